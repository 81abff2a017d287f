package global.pixell.par.testkit.cli.dev;

import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.launch.LauncherProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** One run of the launcher under {@code dev}; its lines go to a listener. */
final class DevLauncher {

  /** The time in which a launcher reports that it stops. */
  private static final Duration OWN_STOP = Duration.ofSeconds(1);

  private static final Duration LAST_LINES = Duration.ofSeconds(2);

  private final Process process;
  private final DevListener listener;
  private final CountDownLatch followed = new CountDownLatch(1);
  private final CountDownLatch stopsItself = new CountDownLatch(1);
  private volatile boolean stopping;

  private DevLauncher(Process process, DevListener listener) {
    this.process = process;
    this.listener = listener;
  }

  /**
   * Starts the launcher.
   *
   * @param environment all its variables
   */
  static DevLauncher start(Map<String, String> environment, DevListener listener)
      throws IOException {
    var launcher = new DevLauncher(LauncherProcess.start(environment), listener);
    listener.started(launcher.process.pid(), environment);
    DaemonThreads.start("par-dev-log", launcher::follow);
    return launcher;
  }

  boolean isAlive() {
    return process.isAlive();
  }

  private void follow() {
    String reason = "the launcher exited";
    try (var lines =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        Map<String, ?> line = fields(text);
        if (isEvent(line, "Runtime stopping")) {
          stopsItself.countDown();
        }
        listener.line(text, line);
        if (isEvent(line, "Agent exited")) {
          reason = "the agent exited with code " + text(line, "exit_code");
        } else if (isEvent(line, "Runtime failed")) {
          // The agent's last lines are above this one in the log.
          String error = text(line, "error").lines().findFirst().orElse("");
          error = error.replaceFirst(" Its last lines: .*", "");
          reason = text(line, "code") + ": " + error.replaceFirst("\\.$", "");
        }
      }
      int exitCode = process.waitFor();
      if (!stopping) {
        listener.ended(exitCode, reason);
      }
    } catch (IOException e) {
      // The process was killed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      stopsItself.countDown();
      followed.countDown();
    }
  }

  /** Whether the launcher itself, not the agent, reports this event. */
  static boolean isEvent(Map<String, ?> line, String event) {
    return text(line, "origin").equals("par") && text(line, "event").equals(event);
  }

  /** A field of a line as text; empty when the line does not have it. */
  static String text(Map<String, ?> line, String field) {
    Object value = line.get(field);
    return value == null ? "" : value.toString();
  }

  private static Map<String, ?> fields(String line) {
    try {
      return Json.read(line);
    } catch (IOException e) {
      return Map.of();
    }
  }

  /** Stops the launcher as a container runtime does: SIGTERM, then SIGKILL. */
  void stop(Duration grace) throws InterruptedException {
    stopping = true;
    process.toHandle().destroy();
    awaitEnd(grace);
  }

  /**
   * Waits for the end of a launcher that got the signal of a terminal together with this process. A
   * signal that only this process got is passed on.
   */
  void stopAfterInterrupt(Duration grace) throws InterruptedException {
    stopping = true;
    if (!stopsItself.await(OWN_STOP.toMillis(), TimeUnit.MILLISECONDS)) {
      process.toHandle().destroy();
    }
    awaitEnd(grace);
  }

  private void awaitEnd(Duration grace) throws InterruptedException {
    if (!process.waitFor(grace.toMillis(), TimeUnit.MILLISECONDS)) {
      kill();
    }
    // Until its last line is printed. A process that left the agent may hold the stream open.
    boolean unused = followed.await(LAST_LINES.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Kills the launcher and the agent. */
  void kill() {
    stopping = true;
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
