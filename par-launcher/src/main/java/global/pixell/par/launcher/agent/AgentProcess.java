package global.pixell.par.launcher.agent;

import global.pixell.par.ParException;
import global.pixell.par.launcher.log.LastWords;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.log.OutputPump;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The agent's process, and all it started. */
public final class AgentProcess {

  private static final Duration DRAIN = Duration.ofSeconds(20);

  private final Process process;
  private final OutputPump stdout;
  private final OutputPump stderr;

  private AgentProcess(Process process, OutputPump stdout, OutputPump stderr) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  public static AgentProcess start(AgentCommand command, LogStream log, Consumer<String> lines) {
    var builder = new ProcessBuilder(command.argv()).directory(command.directory().toFile());
    builder.environment().clear();
    builder.environment().putAll(command.environment());
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      return new AgentProcess(
          process,
          OutputPump.start(process.getInputStream(), "stdout", log, lines),
          OutputPump.start(process.getErrorStream(), "stderr", log, lines));
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.AGENT_FAILED,
          "The agent's program "
              + command.argv().get(0)
              + " cannot be started: "
              + e.getMessage()
              + ".",
          "Check that it is executable and made for this platform.",
          e);
    }
  }

  public long pid() {
    return process.pid();
  }

  public CompletableFuture<Process> exited() {
    return process.onExit();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** The exit code, once every line is in the log. */
  public int awaitExit() throws InterruptedException {
    int code = process.waitFor();
    // As long as lines still come: a slow reader of the log loses none.
    boolean unused = OutputPump.drain(DRAIN, stdout, stderr);
    return code;
  }

  /**
   * TERM to all, then KILL to what is left after the grace. Not {@link Process#destroy()}, which
   * closes the pipes and loses the last words.
   */
  public void stop(Duration grace) {
    List<ProcessHandle> all = new ArrayList<>(process.descendants().toList());
    all.add(process.toHandle());
    all.forEach(ProcessHandle::destroy);
    long deadline = System.nanoTime() + grace.toNanos();
    boolean interrupted = false;
    for (ProcessHandle handle : all) {
      try {
        handle.onExit().get(Math.max(0, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
      } catch (InterruptedException e) {
        interrupted = true;
      } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
        // Killed below.
      }
    }
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    all.forEach(ProcessHandle::destroyForcibly);
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** What it printed last, of both streams. */
  public LastWords lastWords() {
    return OutputPump.lastWords(stderr, stdout);
  }
}
