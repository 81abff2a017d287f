package global.pixell.par.testkit.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.StandardCopyOption.ATOMIC_MOVE;

import global.pixell.par.launcher.boot.Boot;
import global.pixell.par.launcher.boot.ShellReport;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.internal.launch.LauncherProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A boot of the real launcher on a thread of this JVM, with a real agent. For tests of preparation
 * and start, for which a separate JVM would cost more than the test.
 */
final class LocalBoot implements AutoCloseable {

  private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

  private final Boot boot;
  private final Thread thread;
  private final List<String> lines = new ArrayList<>();
  private boolean ended;

  private LocalBoot(Map<String, String> environment) {
    boot = new Boot(environment, new Lines(), Clock.systemUTC(), ShellReport.to(null));
    thread =
        new Thread(
            () -> {
              int unused = boot.run();
              synchronized (lines) {
                ended = true;
                lines.notifyAll();
              }
            },
            "local-boot");
    thread.start();
  }

  static LocalBoot start(Map<String, String> environment) {
    return new LocalBoot(environment);
  }

  /** Boots, and waits until the agent is ready. */
  static LocalBoot ready(Map<String, String> environment) {
    LocalBoot boot = start(environment);
    try {
      boot.await("Runtime ready");
      return boot;
    } catch (AssertionError e) {
      boot.close();
      throw e;
    }
  }

  /** The variables of a task without a package; mutable. */
  static Map<String, String> environment(Path cache) throws IOException {
    var environment = new TreeMap<>(LauncherProcess.environment(System.getenv(), Map.of(), cache));
    environment.put("AGENT_APP_ID", "app-1");
    environment.put("BOOT_BUDGET_MS", "60000");
    return environment;
  }

  /**
   * The same variables with a package. Its file appears whole, because an earlier boot may still
   * read the file that it replaces.
   *
   * @param directory where the package is written
   */
  static Map<String, String> with(Apkg agent, Path directory, Map<String, String> environment) {
    Path file = directory.resolve("agent.apkg");
    try {
      Files.move(agent.writeTo(directory.resolve("agent.new")), file, ATOMIC_MOVE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var all = new TreeMap<>(environment);
    all.put("AGENT_PACKAGE_PATH", file.toString());
    return all;
  }

  /** Splits the log into lines. */
  private final class Lines extends OutputStream {
    private final ByteArrayOutputStream partial = new ByteArrayOutputStream();

    @Override
    public void write(int b) {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) {
      synchronized (lines) {
        for (int i = from; i < from + length; i++) {
          if (bytes[i] == '\n') {
            lines.add(partial.toString(UTF_8));
            partial.reset();
          } else {
            partial.write(bytes[i]);
          }
        }
        lines.notifyAll();
      }
    }
  }

  /** Waits for the first line of an event. */
  ParLog.Line await(String event) {
    long end = System.nanoTime() + PATIENCE;
    synchronized (lines) {
      while (log().lines(event).isEmpty()) {
        long remaining = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (ended || remaining <= 0) {
          throw new AssertionError("no line '" + event + "' in\n" + log());
        }
        pause(remaining);
      }
      return log().lines(event).get(0);
    }
  }

  private void pause(long millis) {
    try {
      lines.wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a line", e);
    }
  }

  /** Stops the launcher as SIGTERM does, and returns the exit code. */
  int stop() {
    return boot.stop("SIGTERM");
  }

  /** Waits for a boot that ends by itself, and returns the exit code. */
  int exitCode() {
    try {
      thread.join(TimeUnit.NANOSECONDS.toMillis(PATIENCE));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    synchronized (lines) {
      if (!ended) {
        throw new AssertionError("the boot did not end; its log is\n" + log());
      }
    }
    return boot.stop("end");
  }

  ParLog log() {
    synchronized (lines) {
      return ParLog.of(lines);
    }
  }

  @Override
  public void close() {
    int unused = boot.stop("close");
  }
}
