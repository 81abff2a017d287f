package global.pixell.par.testkit.testing;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * The lines that a process prints. A read of a pipe cannot be interrupted, so a thread of its own
 * reads, and a test waits with a deadline: when that passes, the test fails and shows all lines.
 */
public final class OutputLines implements AutoCloseable {

  /** Long, because a busy machine starts a JVM slowly. */
  private static final long PATIENCE_SECONDS = 90;

  private final Process process;
  private final List<String> lines = new ArrayList<>();
  private int read;
  private boolean ended;

  /** Begins to read the process's output. */
  public OutputLines(Process process) {
    this.process = process;
    var thread = new Thread(this::read, "output-of-" + process.pid());
    thread.setDaemon(true);
    thread.start();
  }

  private void read() {
    try (var in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (this) {
          lines.add(line);
          notifyAll();
        }
      }
    } catch (IOException e) {
      // The process was killed.
    }
    synchronized (this) {
      ended = true;
      notifyAll();
    }
  }

  /**
   * Waits for the next line that fits.
   *
   * @param what describes the line, after "no line"
   * @throws AssertionError with all lines, when the output ends without it, or after 90 s
   */
  public synchronized String await(String what, Predicate<String> wanted)
      throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (true) {
      while (read < lines.size()) {
        String line = lines.get(read++);
        if (wanted.test(line)) {
          return line;
        }
      }
      long remaining = end - System.nanoTime();
      if (ended || remaining <= 0) {
        throw new AssertionError(
            "no line " + what + (ended ? " before the end of" : " within 90 s in") + shown());
      }
      TimeUnit.NANOSECONDS.timedWait(this, remaining);
    }
  }

  /**
   * Waits for the end of the process.
   *
   * @throws AssertionError with all lines, when it runs for 90 s more
   */
  public int exitCode() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new AssertionError("the process did not end within 90 s:" + shown());
    }
    return process.exitValue();
  }

  /**
   * Reads the whole output of a process whose lines need not be watched.
   *
   * @throws AssertionError with the output so far, when the process runs for more than 90 s; it is
   *     then killed
   */
  public static String readAll(Process process) throws InterruptedException {
    return readAll(process, Duration.ofSeconds(PATIENCE_SECONDS));
  }

  /** As {@link #readAll(Process)}, with another deadline. */
  public static String readAll(Process process, Duration patience) throws InterruptedException {
    var output = new ByteArrayOutputStream();
    var thread =
        new Thread(
            () -> {
              try (var in = process.getInputStream()) {
                in.transferTo(output);
              } catch (IOException e) {
                // The process was killed.
              }
            },
            "output-of-" + process.pid());
    thread.setDaemon(true);
    thread.start();
    thread.join(patience.toMillis());
    String text = output.toString(StandardCharsets.UTF_8);
    if (thread.isAlive()) {
      kill(process);
      throw new AssertionError(
          "the process did not end within " + patience.toSeconds() + " s: its output is\n" + text);
    }
    return text;
  }

  /** All lines so far. */
  public synchronized List<String> all() {
    return List.copyOf(lines);
  }

  private String shown() {
    return " the output of process " + process.pid() + ":\n" + String.join("\n", all());
  }

  /** Kills the process and its descendants. */
  @Override
  public void close() {
    kill(process);
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
