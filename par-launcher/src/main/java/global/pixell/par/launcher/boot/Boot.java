package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.ProcessWrapper;
import global.pixell.par.launcher.agent.Supervisor;
import global.pixell.par.launcher.agent.preparation.AgentPreparation;
import global.pixell.par.launcher.agent.preparation.ExecLeases;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.health.HealthServer;
import global.pixell.par.launcher.log.LogProvider;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.ReadinessProbe;
import global.pixell.par.launcher.receipt.BootReceipt;
import global.pixell.par.launcher.receipt.FetchSummary;
import global.pixell.par.launcher.stop.StopSignal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * One run, from an environment to an exit code: configure, serve health, fetch, prepare, start,
 * wait until the agent is ready, wait until it ends.
 *
 * <p>{@link #run} does the work on its caller's thread; {@link #stop} may be called from another at
 * any moment and ends the run. {@link BootState} decides everything else, so no thread waits while
 * it holds a lock, and lines are written after the action.
 */
public final class Boot {

  /** The time for writing the last line, after the grace of a stop. */
  private static final Duration STOP_MARGIN = Duration.ofSeconds(1);

  private final Map<String, String> environment;
  private final ShellReport shell;
  private final BootPhases phases;
  private final FetchSummary summary = new FetchSummary();
  private final BootState state;
  private final StopSignal stop = new StopSignal();
  private final BootReceipt receipt;
  private final BootStatus status;
  private final LogStream stream;
  private final BootLog log;
  private final String agentAppId;

  private volatile Duration grace = Duration.ofSeconds(25);
  private boolean wasReady;

  /** What every attempt to start a package needs. */
  private record Context(
      LauncherConfig config, ProcessWrapper wrapper, int healthPort, LastGood lastGood) {}

  /**
   * Creates a run; {@link #run} starts it.
   *
   * @param environment all of it
   * @param out where the log goes
   * @param shell the shell that waits for this process
   */
  public Boot(Map<String, String> environment, OutputStream out, Clock clock, ShellReport shell) {
    this.environment = environment;
    this.shell = shell;
    this.phases = new BootPhases(clock);
    this.state = new BootState(clock);
    this.agentAppId = environment.getOrDefault("AGENT_APP_ID", "");
    Redactor redactor = Redactor.of(LauncherConfig.secretValues(environment));
    Optional<String> deploymentId = given("DEPLOYMENT_ID");
    LogStream.Level threshold =
        LogStream.levelOf(environment.getOrDefault("LOG_LEVEL", "info").strip());
    this.stream = new LogStream(out, clock, threshold, redactor, agentAppId, deploymentId);
    given("TRACEPARENT").map(String::strip).ifPresent(stream::trace);
    // Before the configuration is read, because a boot that fails there counts, too.
    if (LauncherConfig.emitsMetrics(environment)) {
      stream.emitMetrics(summary::toMap);
    }
    this.receipt =
        new BootReceipt(
            agentAppId, deploymentId, summary, phases.processStart(), phases::toMap, redactor);
    given("PAR_RECEIPT").map(Path::of).ifPresent(receipt::at);
    this.status = new BootStatus(agentAppId, state, phases);
    this.log = new BootLog(stream, phases, stop);
    state.onChange(log::readinessChanged);
  }

  private Optional<String> given(String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
  }

  /** Boots and runs until the agent ends. Returns the exit code; never throws. */
  public int run() {
    LogProvider.install(stream);
    Outcome outcome;
    Optional<FailureReport> failure = Optional.empty();
    try {
      outcome = boot();
    } catch (RuntimeException | Error | InterruptedException e) {
      failure = failure(e);
      outcome = failure.map(f -> Outcome.failed(f.code().number())).orElse(Outcome.stopped(0));
    }
    // An order to stop may have interrupted this thread.
    boolean interrupted = Thread.interrupted();
    outcome = finish(outcome, failure);
    state.end(outcome); // Last, because stop() returns this outcome.
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return outcome.exitCode();
  }

  /** Empty when an order to stop interrupted the work, which is not a failure. */
  private Optional<FailureReport> failure(Throwable e) {
    Optional<StopSignal.Kind> told = stop.order().map(StopSignal.Stop::kind);
    boolean brokenOff = e instanceof InterruptedException || isExpected(e);
    FailureReport report;
    if (told.isPresent() && brokenOff) {
      if (told.get() == StopSignal.Kind.SIGNAL) {
        return Optional.empty();
      }
      report = FailureReport.of(bootTimeout(), phases.current());
    } else {
      report = FailureReport.of(e, phases.current());
    }
    state.failed(report.error());
    return Optional.of(report);
  }

  /** A bug stays a bug, also while the run is stopping. */
  private static boolean isExpected(Throwable e) {
    return e instanceof LaunchException
        || (e instanceof ParException par && par.kind() != ParException.Kind.INTERNAL);
  }

  private LaunchException bootTimeout() {
    return LaunchException.bootTimeout(
        "The boot passed its hard limit after "
            + phases.sinceStart()
            + " ms, in phase '"
            + phases.current()
            + "'.",
        "Raise BOOT_BUDGET_MS or BOOT_HARD_LIMIT_MULTIPLIER, or make that phase faster.");
  }

  private Outcome finish(Outcome outcome, Optional<FailureReport> failure) {
    try {
      conclude(outcome, failure);
      return outcome;
    } catch (RuntimeException | Error e) {
      return bug(e);
    }
  }

  /** Reports a bug at the end of a run, with the final line and the exit code. */
  private Outcome bug(Throwable e) {
    FailureReport report = FailureReport.of(e, phases.current());
    Outcome outcome = Outcome.failed(report.code().number());
    log.end(outcome, Optional.of(report), Duration.ZERO);
    shell.send(outcome);
    return outcome;
  }

  private void conclude(Outcome outcome, Optional<FailureReport> failure) {
    receipt.put("outcome", outcome.kind().name().toLowerCase(java.util.Locale.ROOT));
    receipt.put("exit_code", outcome.exitCode());
    failure.ifPresent(report -> report.receiptFields().forEach(receipt::put));
    writeReceipt();
    log.end(outcome, failure, grace);
    shell.send(outcome);
  }

  private void writeReceipt() {
    receipt.write().ifPresent(log::receiptNotWritten);
  }

  /**
   * Ends a run, from another thread: first its readiness, then a download or unpack, then the agent
   * and all its descendants. Returns when {@link #run} has returned, or when the grace is over.
   *
   * @param reason for the log, such as SIGTERM
   * @return the exit code of the process
   */
  public int stop(String reason) {
    try {
      order(reason);
    } catch (RuntimeException | Error e) {
      return bug(e).exitCode();
    }
    Duration remaining = stop.order().map(StopSignal.Stop::remaining).orElse(grace);
    return state.awaitEnd(remaining.plus(STOP_MARGIN)).orElseGet(this::abandon).exitCode();
  }

  private void order(String reason) {
    if (state.stopping(reason)) {
      stop.set(StopSignal.Kind.SIGNAL, reason, grace);
      log.stopping(reason);
    }
  }

  /** The thread of the run hangs in an uninterruptible call, such as on a dead file system. */
  private Outcome abandon() {
    status.agent().ifPresent(Supervisor::killNow);
    log.abandoned();
    Outcome outcome = Outcome.stopped(0);
    shell.send(outcome);
    return outcome;
  }

  @SuppressWarnings("try") // The deadlines run beside the boot.
  private Outcome boot() throws InterruptedException {
    LauncherConfig config = LauncherConfig.fromEnvironment(environment);
    config.proxies().install();
    grace = config.shutdownGrace();
    receipt.in(config.par().cache().directory());
    config
        .digest()
        .or(() -> config.reference().flatMap(PackageRef::digest))
        .ifPresent(expected -> receipt.put("expected_sha256", expected.hex()));
    ProcessWrapper wrapper =
        ProcessWrapper.of(config.path(), config.agentUser(), Boolean.getBoolean("par.deathsig"));
    log.starting(config);
    try (HealthServer health =
            HealthServer.start(config.ports().health(), status::health, status::meta);
        BootDeadlines deadlines = BootDeadlines.start(config, phases, state, stop, stream)) {
      phases.done("config");
      phases.begin("fetch");
      LastGood lastGood = LastGood.of(config.par().cache().directory(), agentAppId);
      return run(new Context(config, wrapper, health.port(), lastGood));
    }
  }

  private Outcome run(Context context) throws InterruptedException {
    try (Par par = Par.builder(context.config().par()).onEvent(summary::note).build()) {
      AgentPackage agent = null;
      try {
        agent = fetch(par, context.config());
        return start(agent, context);
      } catch (ParException | LaunchException e) {
        Optional<Digest> failed = agent == null ? Optional.empty() : agent.digest();
        Optional<PackageRef> other = fallback(context, failed, e);
        if (other.isEmpty()) {
          throw e;
        }
        return startInstead(other.get(), e, par, context);
      }
    }
  }

  /** Only an agent that was never ready is replaced, and never while the run is stopping. */
  private Optional<PackageRef> fallback(
      Context context, Optional<Digest> failed, RuntimeException e) {
    boolean applies =
        context.config().fallbackToLastGood()
            && !wasReady
            && !stop.isSet()
            && LastGood.helps(FailureReport.of(e, "").code());
    return applies ? context.lastGood().read(failed) : Optional.empty();
  }

  private Outcome startInstead(PackageRef other, RuntimeException why, Par par, Context context)
      throws InterruptedException {
    FailureReport report = FailureReport.of(why, phases.current());
    String reason = "the last good package runs instead: " + report.error();
    status.degraded(reason);
    receipt.put("degraded", reason);
    log.packageReplaced(report, other);
    phases.begin("fallback");
    try {
      return start(par.fetch(other), context);
    } catch (ParException | LaunchException e) {
      e.addSuppressed(why);
      throw e;
    }
  }

  @SuppressWarnings("try") // Registered while this works.
  private AgentPackage fetch(Par par, LauncherConfig config) {
    Thread boot = Thread.currentThread();
    try (var close = stop.onStop(par::close);
        var interrupt = stop.onStop(boot::interrupt)) {
      return PackageSource.fetch(par, config);
    }
  }

  private Outcome start(AgentPackage agent, Context context) throws InterruptedException {
    LauncherConfig config = context.config();
    phases.done(phases.current());
    phases.begin("start");
    receipt.of(agent);
    log.opened(agent, status.describe(agent));
    throwIfStopped();
    AgentCommand command = prepare(agent, config);
    throwIfStopped();
    if (config.exec()) {
      return replace(agent, command, context);
    }
    var probe =
        new ReadinessProbe(
            AgentPreparation.readiness(agent.manifest()), config.ports(), config.readyGrace());
    LongConsumer logStart = pid -> log.agentStarted(command, pid, context.healthPort());
    try (Supervisor started =
        Supervisor.start(command, context.wrapper(), probe, stream, stop, logStart)) {
      status.agent(started);
      phases.done("start");
      phases.begin("ready");
      started.awaitReady(config.readyTimeout());
      if (!becomeReady(agent, probe, context)) {
        return stopped(started);
      }
      int code = started.awaitExit(state::probed);
      log.agentExited(code, started);
      return stop.isSet() ? Outcome.stopped(unlessBySignal(code)) : Outcome.exited(code);
    }
  }

  @SuppressWarnings("try") // Registered while this works.
  private AgentCommand prepare(AgentPackage agent, LauncherConfig config)
      throws InterruptedException {
    try (var interrupt = stop.onStop(Thread.currentThread()::interrupt)) {
      return AgentPreparation.prepare(agent, config, phases.toMap(), log);
    }
  }

  /** The order to stop came before the agent was ready. */
  private Outcome stopped(Supervisor started) throws InterruptedException {
    int code = started.awaitExit((passes, reason) -> {});
    log.agentExited(code, started);
    if (stop.order().filter(o -> o.kind() == StopSignal.Kind.BOOT_TIMEOUT).isPresent()) {
      throw bootTimeout();
    }
    return Outcome.stopped(unlessBySignal(code));
  }

  /** During a stop, the exit code of a signal is not a failure. */
  private static int unlessBySignal(int code) {
    return code == 143 || code == 130 || code == 137 ? 0 : code;
  }

  /** In exec mode, PAR ends here and the shell becomes the agent. */
  private Outcome replace(AgentPackage agent, AgentCommand command, Context context)
      throws InterruptedException {
    String plan = ExecHandover.plan(shell, command, context.wrapper(), environment);
    long shellPid = Long.getLong("par.shell", ProcessHandle.current().pid());
    ExecLeases.take(shellPid, agent, context.config(), log);
    phases.done("start");
    log.agentReplacesRuntime(command);
    return Outcome.replaced(plan);
  }

  /** False when an order to stop came first. */
  private boolean becomeReady(AgentPackage agent, ReadinessProbe probe, Context context) {
    Optional<String> degraded = status.degraded();
    if (stop.isSet() || !state.ready(degraded.orElse("the agent is ready"))) {
      return false;
    }
    wasReady = true;
    log.ready(phases.finish("ready"), probe, degraded);
    receipt.put("outcome", "ready");
    writeReceipt();
    if (context.config().fallbackToLastGood() && degraded.isEmpty()) {
      keep(agent, context.lastGood());
    }
    return true;
  }

  private void keep(AgentPackage agent, LastGood lastGood) {
    try {
      lastGood.keep(agent);
    } catch (IOException e) {
      log.notKept(e);
    }
  }

  private void throwIfStopped() {
    if (stop.isSet()) {
      throw new ParException(
          ParException.Kind.CANCELLED, "The boot was stopped.", "Start it again.");
    }
  }
}
