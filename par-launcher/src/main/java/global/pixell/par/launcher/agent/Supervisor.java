package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.log.LastWords;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.ReadinessProbe;
import global.pixell.par.launcher.stop.StopSignal;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Starts, watches and stops one agent and all its descendants.
 *
 * <p>The caller's thread does the work. It wakes at once when the agent ends, when the agent prints
 * its ready line, and when an order to stop arrives. The end and the order also abort a running
 * probe.
 */
public final class Supervisor implements AutoCloseable {

  /** Receives the results of probes after readiness. */
  public interface Watcher {

    /**
     * Reports a probe.
     *
     * @param reason the request and its result
     */
    void probed(boolean passes, String reason);
  }

  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration PAUSE_WHEN_READY = Duration.ofSeconds(10);

  /** Grace for descendants of an agent that ended by itself. */
  private static final Duration LEFTOVER_GRACE = Duration.ofSeconds(5);

  /** The part of the grace that is reserved for the last lines after a KILL. */
  private static final Duration MAX_RESERVE = Duration.ofMillis(1500);

  private static final Duration KILL_PATIENCE = Duration.ofSeconds(2);
  private static final Duration DRAIN_WHEN_ENDED = Duration.ofSeconds(20);

  /** Enough to read and count the remaining lines of two pipes, when no line waits any more. */
  private static final Duration COUNT_LOST_LINES = Duration.ofMillis(200);

  private final AgentProcess process;
  private final OutOfMemoryKills kills = OutOfMemoryKills.fromNow();
  private final ReadinessProbe probe;
  private final LogStream log;
  private final StopSignal stop;
  private final StopSignal.Registration wakeOnStop;
  private final Semaphore wake;
  private boolean swept;

  private Supervisor(
      AgentProcess process, ReadinessProbe probe, LogStream log, StopSignal stop, Semaphore wake) {
    this.process = process;
    this.probe = probe;
    this.log = log;
    this.stop = stop;
    this.wake = wake;
    this.wakeOnStop = stop.onStop(this::wake);
    var unused = process.onExit().thenRun(this::wake);
  }

  /**
   * Starts the agent.
   *
   * @param command the agent's command
   * @param wrapper the tools that start it
   * @param probe checks its readiness
   * @param stop ends {@link #awaitReady} and {@link #awaitExit}
   * @param started receives the agent's process id before the log receives a line of the agent
   * @throws LaunchException when the system cannot start it
   */
  public static Supervisor start(
      AgentCommand command,
      ProcessWrapper wrapper,
      ReadinessProbe probe,
      LogStream log,
      StopSignal stop,
      LongConsumer started) {
    var wake = new Semaphore(0);
    AgentProcess process =
        AgentProcess.start(
            command,
            wrapper,
            log,
            line -> {
              if (probe.line(line)) {
                wake.release();
              }
              return !probe.isWaitingForLine();
            },
            started);
    return new Supervisor(process, probe, log, stop, wake);
  }

  /** What the agent printed last. */
  public LastWords lastWords() {
    return process.lastWords();
  }

  private void wake() {
    probe.abort();
    wake.release();
  }

  /** The agent's process id. */
  public long pid() {
    return process.pid();
  }

  /** Whether the agent itself runs. Any thread may call this method. */
  public boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits until the agent is ready or an order to stop arrives; the caller checks which of the two.
   *
   * @throws LaunchException when the agent ends first, or the time is over
   */
  public void awaitReady(Duration timeout) throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    Duration pause = FIRST_PAUSE;
    while (!stop.isSet()) {
      if (!process.isAlive()) {
        throw endedBeforeReady();
      }
      Duration remaining = Duration.ofNanos(deadline - System.nanoTime());
      if (remaining.isNegative() || remaining.isZero()) {
        throw failed(
            "The agent was not ready within "
                + timeout.toMillis()
                + " ms. PAR asked for "
                + probe.describe()
                + "; the last answer was: "
                + probe.lastAnswer()
                + ".",
            "Raise PAR_READY_TIMEOUT_MS, or see the agent's output above this line.");
      }
      if (probe.passes(remaining) && process.isAlive()) {
        return;
      }
      Duration wait = shorter(pause, remaining);
      if (!probe.isDeclared()) {
        wait = shorter(wait, probe.graceRemaining());
      }
      await(wait);
      pause = shorter(pause.multipliedBy(3).dividedBy(2), LONGEST_PAUSE);
    }
  }

  private LaunchException endedBeforeReady() throws InterruptedException {
    int code = process.exitCode(KILL_PATIENCE);
    sweep(LEFTOVER_GRACE);
    drain();
    ExitExplanation why = explain(code);
    return failed(
        ("The agent exited with code " + code + " before it was ready. " + why.meaning()).strip(),
        why.hint());
  }

  /** What an exit code of the agent means. */
  public ExitExplanation explain(int code) {
    return ExitExplanation.of(code, process.lastWords(), kills);
  }

  private LaunchException failed(String what, String hint) {
    return LaunchException.agentFailed(what + " " + process.lastWords().sentence(), hint);
  }

  /**
   * Watches a ready agent until it ends or an order to stop arrives. Then stops its remaining
   * processes, within the time that the order gives, and waits for their output.
   *
   * @return the agent's exit code
   */
  public int awaitExit(Watcher watcher) throws InterruptedException {
    Duration pause = PAUSE_WHEN_READY;
    while (process.isAlive() && !stop.isSet()) {
      if (!probe.isRepeatable()) {
        wake.acquire();
      } else if (!await(pause)) {
        boolean passes = probe.passes(LONGEST_PAUSE.multipliedBy(2));
        if (process.isAlive() && !stop.isSet()) {
          watcher.probed(passes, probe.describe() + ": " + probe.lastAnswer());
          pause = passes ? PAUSE_WHEN_READY : LONGEST_PAUSE;
        }
      }
    }
    return stopAndDrain();
  }

  /** Ends the remaining processes, and returns the exit code of the agent. */
  private int stopAndDrain() throws InterruptedException {
    sweep(stop.order().map(StopSignal.Stop::remaining).orElse(LEFTOVER_GRACE));
    drain();
    return process.exitCode(KILL_PATIENCE);
  }

  /**
   * Waits until the agent's output is in the log. When the reader of the log is too slow, counts
   * the remaining lines instead of writing them.
   */
  private void drain() throws InterruptedException {
    Duration time =
        stop.order()
            .map(order -> longer(order.remaining().minus(COUNT_LOST_LINES), COUNT_LOST_LINES))
            .orElse(DRAIN_WHEN_ENDED);
    if (!process.drain(time)) {
      log.dropInsteadOfWaiting();
      var unused = process.drain(COUNT_LOST_LINES);
    }
  }

  /**
   * Sends TERM to each process of the tree, even to those that start meanwhile, and then KILL to
   * the remaining ones. Uses {@link ProcessHandle}, because {@link Process#destroy()} closes the
   * pipes and loses the last lines.
   */
  private void sweep(Duration grace) throws InterruptedException {
    long now = System.nanoTime();
    Duration reserve = shorter(MAX_RESERVE, grace.dividedBy(10));
    long killAt = now + grace.minus(reserve).toNanos();
    Set<ProcessHandle> told = new HashSet<>();
    long pause = 5;
    wake.drainPermits();
    List<ProcessHandle> members = process.members();
    while (!members.isEmpty() && System.nanoTime() - killAt < 0) {
      members.stream().filter(told::add).forEach(ProcessHandle::destroy);
      long left = (killAt - System.nanoTime()) / 1_000_000;
      // The agent's own end wakes this thread. The next scan sees the end of its descendants.
      boolean unused = await(Duration.ofMillis(Math.max(1, Math.min(pause, left))));
      pause = Math.min(100, pause * 2);
      members = process.members();
    }
    if (!members.isEmpty()) {
      kill(members, grace);
    }
    swept = true;
  }

  private void kill(List<ProcessHandle> members, Duration grace) throws InterruptedException {
    if (!grace.isZero()) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("pids", members.stream().map(ProcessHandle::pid).toList());
      fields.put("after_ms", grace.toMillis());
      log.warning("Agent killed", fields);
    }
    killAll(members);
  }

  private void killAll(List<ProcessHandle> first) throws InterruptedException {
    List<ProcessHandle> members = first;
    long giveUp = System.nanoTime() + KILL_PATIENCE.toNanos();
    // Scan repeatedly, because one scan can miss children of a process that forks fast.
    while (!members.isEmpty() && System.nanoTime() - giveUp < 0) {
      members.forEach(ProcessHandle::destroyForcibly);
      Thread.sleep(1);
      members = process.members();
    }
  }

  /** Kills all processes at once, for a caller that has no time left. */
  public void killNow() {
    process.members().forEach(ProcessHandle::destroyForcibly);
  }

  private boolean await(Duration atMost) throws InterruptedException {
    return wake.tryAcquire(Math.max(1, atMost.toNanos()), TimeUnit.NANOSECONDS);
  }

  private static Duration shorter(Duration a, Duration b) {
    return a.compareTo(b) < 0 ? a : b;
  }

  private static Duration longer(Duration a, Duration b) {
    return a.compareTo(b) > 0 ? a : b;
  }

  /** Stops the remaining processes: within the grace of an order to stop, else within 5 s. */
  @Override
  public void close() {
    wakeOnStop.close();
    if (swept) {
      return;
    }
    boolean interrupted = Thread.interrupted();
    try {
      sweep(stop.order().map(StopSignal.Stop::remaining).orElse(LEFTOVER_GRACE));
    } catch (InterruptedException e) {
      interrupted = true;
      killNow();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
