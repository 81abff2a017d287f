package global.pixell.par.testkit;

import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.LauncherProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * Runs an agent under the real launcher, in its own process.
 *
 * <pre>{@code
 * try (var run = AgentRun.boot(s3, "acme/greeter@^1.0")) {
 *   run.await("Runtime ready");
 *   // send requests to run.rest() …
 *   run.stop();
 *   assertThat(run.exitCode()).isZero();
 *   run.log().isWhole().hasNothingAbove("info");
 * }
 * }</pre>
 *
 * <p>No method sleeps for a fixed time: a wait ends as soon as the awaited line arrives or the
 * process ends, and fails after 60 s. Thread-safe.
 */
public final class AgentRun implements AutoCloseable {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * Above the default of 5 s, because a boot on a machine busy with other tests easily exceeds
   * that.
   */
  private static final Duration BOOT_BUDGET = PATIENCE;

  private final Map<String, String> environment;
  private final Process process;
  private final Optional<Path> ownCache;
  private final Thread reader;
  private final List<String> lines = new ArrayList<>();

  /** For each awaited event, the index after the last returned line. */
  private final Map<String, Integer> awaited = new HashMap<>();

  private boolean ended;

  private AgentRun(Map<String, String> environment, Optional<Path> ownCache) throws IOException {
    this.environment = new TreeMap<>(environment);
    this.ownCache = ownCache;
    process = LauncherProcess.start(environment);
    reader = DaemonThreads.start("agent-run-" + process.pid(), this::read);
  }

  /**
   * Boots a package of a fake S3, with free ports, its own cache directory, and a boot budget of 60
   * s so that a busy machine causes no warning.
   *
   * @param s3 the server that has the package
   * @param reference a value of {@code PACKAGE_URL} if it contains {@code ://}, otherwise of {@code
   *     PACKAGE_NAME}
   * @return the running launcher; the caller must close it
   */
  public static AgentRun boot(FakeS3 s3, String reference) {
    return boot(s3, reference, Map.of());
  }

  /**
   * Boots a package of a fake S3 with further variables.
   *
   * @param s3 the server that has the package
   * @param reference a value of {@code PACKAGE_URL} if it contains {@code ://}, otherwise of {@code
   *     PACKAGE_NAME}
   * @param more further variables; they override all others, including ports, cache and boot budget
   * @return the running launcher; the caller must close it
   */
  public static AgentRun boot(FakeS3 s3, String reference, Map<String, String> more) {
    try {
      Path cache = Files.createTempDirectory("par-run-");
      var variables = LauncherProcess.environment(System.getenv(), s3.environment(), cache);
      variables.put("AGENT_APP_ID", "test-app");
      variables.put("BOOT_BUDGET_MS", String.valueOf(BOOT_BUDGET.toMillis()));
      variables.put(reference.contains("://") ? "PACKAGE_URL" : "PACKAGE_NAME", reference);
      variables.putAll(more);
      return new AgentRun(variables, Optional.of(cache));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Runs the launcher with exactly these variables. It inherits none of this process's variables,
   * and {@link #close} does not delete its cache.
   *
   * @param environment all variables of the process
   * @return the running launcher; the caller must close it
   */
  public static AgentRun start(Map<String, String> environment) {
    try {
      return new AgentRun(environment, Optional.empty());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void read() {
    try (var in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        synchronized (lines) {
          lines.add(line);
          lines.notifyAll();
        }
      }
    } catch (IOException e) {
      // The process has ended, and its output has been read.
    } finally {
      synchronized (lines) {
        ended = true;
        lines.notifyAll();
      }
    }
  }

  /**
   * Waits for the next line of an event. The first call for an event returns its first line, even
   * if that line is already there; the second call returns the second line. Events may be awaited
   * in any order.
   *
   * @param event such as {@code Runtime ready}
   * @return the line
   * @throws AssertionError when the process ends without that line, when the line does not arrive
   *     within 60 s, or when the thread is interrupted
   */
  public ParLog.Line await(String event) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    synchronized (lines) {
      int next = awaited.getOrDefault(event, 0);
      while (true) {
        for (; next < lines.size(); next++) {
          ParLog.Line line = ParLog.line(lines.get(next));
          if (line.event().equals(event)) {
            awaited.put(event, next + 1);
            return line;
          }
        }
        long remaining = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (ended || remaining <= 0) {
          throw new AssertionError(
              "no line '"
                  + event
                  + (ended ? "' before the process ended" : "' within 60 s")
                  + "; the log is\n  "
                  + String.join("\n  ", lines));
        }
        await(remaining);
      }
    }
  }

  private void await(long millis) {
    try {
      lines.wait(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for a line", e);
    }
  }

  /** Stops the launcher as ECS does: with SIGTERM. */
  public void stop() {
    process.toHandle().destroy();
  }

  /**
   * Waits for the launcher to exit.
   *
   * @return the exit code
   * @throws AssertionError when the launcher is still running after 60 s, or when the thread is
   *     interrupted
   */
  public int exitCode() {
    try {
      if (!process.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new AssertionError("par was still running after 60 s; its log:\n" + log());
      }
      reader.join(PATIENCE.toMillis());
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for par to exit", e);
    }
  }

  /**
   * The lines that the launcher has logged so far. After {@link #exitCode} has returned, these are
   * all of its lines.
   *
   * @return a snapshot
   */
  public ParLog log() {
    synchronized (lines) {
      return ParLog.of(lines);
    }
  }

  /**
   * The address of the agent's REST server.
   *
   * @return {@code http://127.0.0.1:REST_PORT/}
   */
  public URI rest() {
    return port("REST_PORT", 8080);
  }

  /**
   * The address of PAR's health endpoint.
   *
   * @return {@code http://127.0.0.1:HEALTH_PORT/}
   */
  public URI health() {
    return port("HEALTH_PORT", 8081);
  }

  /** The variables of the launcher. */
  Map<String, String> environment() {
    return Collections.unmodifiableMap(environment);
  }

  private URI port(String variable, int otherwise) {
    return URI.create(
        "http://127.0.0.1:" + environment.getOrDefault(variable, "" + otherwise) + "/");
  }

  /**
   * Kills the launcher and its descendants if they still run, and deletes the cache directory if
   * {@code boot} created it.
   */
  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    exitCode();
    if (ownCache.isPresent()) {
      try {
        ReadOnlyTreeDeleter.delete(ownCache.get());
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
