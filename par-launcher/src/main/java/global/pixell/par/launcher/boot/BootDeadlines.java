package global.pixell.par.launcher.boot;

import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.stop.StopSignal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The two clocks of a boot: the soft budget, which only warns, and the hard limit, which ends it.
 * Both count from the start of the process, and have no effect after the agent is ready.
 */
final class BootDeadlines implements AutoCloseable {

  private final ScheduledExecutorService timer;
  private final BootPhases phases;
  private final BootState state;
  private final StopSignal stop;
  private final LogStream log;

  private BootDeadlines(BootPhases phases, BootState state, StopSignal stop, LogStream log) {
    this.phases = phases;
    this.state = state;
    this.stop = stop;
    this.log = log;
    this.timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> DaemonThreads.create("par-deadlines", work));
  }

  /** Starts both clocks; the hard one only if the configuration sets it. */
  static BootDeadlines start(
      LauncherConfig config, BootPhases phases, BootState state, StopSignal stop, LogStream log) {
    var deadlines = new BootDeadlines(phases, state, stop, log);
    deadlines.schedule(config.bootBudget(), () -> deadlines.warn(config.bootBudget()));
    config
        .bootHardLimit()
        .ifPresent(limit -> deadlines.schedule(limit, () -> deadlines.end(limit)));
    return deadlines;
  }

  private void schedule(Duration sinceStart, Runnable action) {
    long delay = Math.max(0, sinceStart.toMillis() - phases.sinceStart());
    var unused = timer.schedule(action, delay, TimeUnit.MILLISECONDS);
  }

  private void warn(Duration budget) {
    if (state.snapshot().state() == BootState.State.STARTING) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("budget_ms", budget.toMillis());
      fields.put("phase", phases.current());
      log.warning("Boot budget exceeded", fields);
    }
  }

  private void end(Duration limit) {
    String reason = "the boot passed its hard limit of " + limit.toMillis() + " ms";
    if (state.timedOut(reason)) {
      stop.set(StopSignal.Kind.BOOT_TIMEOUT, reason, Duration.ZERO);
    }
  }

  /** For tests: waits until everything that was due has run. */
  void runAfterAllDue(Duration atMost) throws InterruptedException {
    var unused = timer.schedule(timer::shutdown, 0, TimeUnit.MILLISECONDS);
    if (!timer.awaitTermination(atMost.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("the deadlines did not run within " + atMost);
    }
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }
}
