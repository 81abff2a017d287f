package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.ExecPlan;
import global.pixell.par.launcher.agent.ExitExplanation;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.agent.ProcessWrapper;
import global.pixell.par.launcher.agent.Supervisor;
import global.pixell.par.launcher.agent.preparation.AgentPreparation;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.health.Health;
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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The straight way from an environment to an exit code: configure, answer for the health, fetch,
 * prepare, start, wait until the agent is ready, wait until it ends.
 *
 * <p>{@link #run} does the work on its caller's thread; {@link #stop} may be called from another at
 * any moment and makes it come to an end. Everything else is decided by {@link BootState}, so no
 * thread waits for another with a lock in its hands, and lines are written after the deed.
 */
public final class Boot {

  /** What a run that was told to stop may take beyond its grace, to write its last line. */
  private static final Duration STOP_MARGIN = Duration.ofSeconds(1);

  private static final Duration MIN_FLUSH = Duration.ofMillis(500);

  private final Map<String, String> environment;
  private final ShellReport shell;
  private final BootPhases phases;
  private final FetchSummary summary = new FetchSummary();
  private final BootState state;
  private final StopSignal stop = new StopSignal();
  private final BootReceipt receipt;
  private final LogStream log;
  private final String agentAppId;

  private volatile Duration grace = Duration.ofSeconds(25);
  private volatile @Nullable Supervisor supervisor;
  private volatile Optional<String> degraded = Optional.empty();
  private volatile Map<String, Object> meta = Map.of();
  private boolean wasReady;

  /**
   * A run that has not begun.
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
    this.log = new LogStream(out, clock, threshold, redactor, agentAppId, deploymentId);
    given("TRACEPARENT").map(String::strip).ifPresent(log::trace);
    // Before the configuration is read: a boot that fails by it counts as well.
    if (LauncherConfig.emitsMetrics(environment)) {
      log.emitMetrics(summary::toMap);
    }
    this.receipt =
        new BootReceipt(
            agentAppId, deploymentId, summary, phases.processStart(), phases::toMap, redactor);
    given("PAR_RECEIPT").map(Path::of).ifPresent(receipt::at);
    state.onChange(this::logReadiness);
  }

  private Optional<String> given(String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
  }

  /** Boots and runs until the agent ends. Returns the exit code; never throws. */
  public int run() {
    LogProvider.install(log);
    Outcome outcome;
    Optional<FailureReport> failure = Optional.empty();
    try {
      outcome = boot();
    } catch (RuntimeException | Error | InterruptedException e) {
      failure = failure(e);
      outcome = failure.map(f -> Outcome.failed(f.code().number())).orElse(Outcome.stopped(0));
    }
    // Work that the order to stop broke off may have left this behind.
    boolean interrupted = Thread.interrupted();
    outcome = finish(outcome, failure);
    state.end(outcome); // Last: whoever waits for the end reads this very outcome.
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    return outcome.exitCode();
  }

  /** Empty when this is how a run ends that was told to stop: work broken off is no failure. */
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

  /** After all else failed: the terminal line, and the exit code that it tells. */
  private Outcome bug(Throwable e) {
    FailureReport report = FailureReport.of(e, phases.current());
    Outcome outcome = Outcome.failed(report.code().number());
    report.logLast(log);
    flush(MIN_FLUSH);
    shell.send(outcome);
    return outcome;
  }

  private void conclude(Outcome outcome, Optional<FailureReport> failure) {
    receipt.put("outcome", outcome.kind().name().toLowerCase(java.util.Locale.ROOT));
    receipt.put("exit_code", outcome.exitCode());
    failure.ifPresent(report -> report.receiptFields().forEach(receipt::put));
    writeReceipt();
    failure.ifPresent(report -> report.logProblems(log));
    if (failure.isPresent()) {
      failure.get().logLast(log);
    } else if (outcome.kind() == Outcome.Kind.REPLACED) {
      log.last(LogStream.Level.INFO, "Runtime replaced", Map.of("phases", phases.toMap()));
    } else {
      log.last(level(outcome), "Runtime stopped", Map.of("exit_code", outcome.exitCode()));
    }
    flush(stop.order().map(StopSignal.Stop::remaining).orElse(grace));
    shell.send(outcome);
  }

  /** An agent that ends without being told to is a fault, whether it says so or not. */
  private LogStream.Level level(Outcome outcome) {
    if (stop.isSet()) {
      return LogStream.Level.INFO;
    }
    return outcome.exitCode() == 0 ? LogStream.Level.WARNING : LogStream.Level.ERROR;
  }

  /** Nothing is lost at a slow reader, within the time there is. */
  private void flush(Duration atMost) {
    try {
      boolean unused = log.flush(atMost.compareTo(MIN_FLUSH) < 0 ? MIN_FLUSH : atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeReceipt() {
    receipt.write().ifPresent(fault -> log.warning("Receipt not written", Map.of("error", fault)));
  }

  /**
   * Brings a run to its end, from another thread: readiness goes first, then a download or unpack,
   * then the agent and all that came from it. Returns when {@link #run} is over, or when the grace
   * is and nobody can wait any longer.
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
      var fields = new LinkedHashMap<String, Object>();
      fields.put("reason", reason);
      fields.put("phase", phases.current());
      log.info("Runtime stopping", fields);
    }
  }

  /** The thread of the run hangs in something that nothing ends, such as a dead file system. */
  private Outcome abandon() {
    Supervisor running = supervisor;
    if (running != null) {
      running.killNow();
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exit_code", 0);
    fields.put("message", "the phase '" + phases.current() + "' did not end in time");
    log.last(LogStream.Level.WARNING, "Runtime stopped", fields);
    flush(Duration.ZERO);
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
    var fields = new LinkedHashMap<String, Object>();
    fields.put("version", ParVersion.current());
    fields.put("config", config.describe());
    log.info("Runtime starting", fields);
    config.warnings().forEach(w -> log.warning("Configuration warning", Map.of("message", w)));
    try (HealthServer health =
            HealthServer.start(config.ports().health(), this::health, () -> meta());
        BootDeadlines deadlines = BootDeadlines.start(config, phases, state, stop, log)) {
      phases.done("config");
      phases.begin("fetch");
      return run(config, wrapper, health.port());
    }
  }

  private Outcome run(LauncherConfig config, ProcessWrapper wrapper, int healthPort)
      throws InterruptedException {
    try (Par par = Par.builder(config.par()).onEvent(this::report).build()) {
      LastGood lastGood = LastGood.of(config.par().cache().directory(), agentAppId);
      AgentPackage agent = null;
      try {
        agent = fetch(par, config);
        return start(agent, config, wrapper, healthPort, lastGood);
      } catch (ParException | LaunchException e) {
        Optional<PackageRef> other = fallback(config, lastGood, agent, e);
        if (other.isEmpty()) {
          throw e;
        }
        return startInstead(other.get(), e, par, config, wrapper, healthPort, lastGood);
      }
    }
  }

  /** Only what fails before it was ever ready is replaced, and never while the run is stopping. */
  private Optional<PackageRef> fallback(
      LauncherConfig config, LastGood lastGood, @Nullable AgentPackage failed, RuntimeException e) {
    if (!config.fallbackToLastGood()
        || wasReady
        || stop.isSet()
        || !LastGood.helps(FailureReport.of(e, "").code())) {
      return Optional.empty();
    }
    Optional<Digest> not = failed == null ? Optional.empty() : failed.digest();
    return lastGood.read(not);
  }

  private Outcome startInstead(
      PackageRef other,
      RuntimeException why,
      Par par,
      LauncherConfig config,
      ProcessWrapper wrapper,
      int healthPort,
      LastGood lastGood)
      throws InterruptedException {
    FailureReport report = FailureReport.of(why, phases.current());
    String reason = "the last good package runs instead: " + report.error();
    degraded = Optional.of(reason);
    receipt.put("degraded", reason);
    var fields = new LinkedHashMap<String, Object>();
    fields.put("code", report.code().name());
    fields.put("phase", report.phase());
    fields.put("error", report.error());
    fields.put("hint", report.hint());
    fields.put("fallback", other.toString());
    log.log(LogStream.Level.ERROR, "Package replaced", fields);
    phases.begin("fallback");
    try {
      return start(par.fetch(other), config, wrapper, healthPort, lastGood);
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
      AgentPackage fetched =
          config.localPackage().isPresent()
              ? par.open(config.localPackage().get())
              : par.fetch(config.reference().orElseThrow());
      config.digest().ifPresent(expected -> requireDigest(fetched, expected));
      return fetched;
    }
  }

  /**
   * A fetch has proved it already; a package of this machine is proved here, and a directory cannot
   * be.
   */
  private static void requireDigest(AgentPackage fetched, Digest expected) {
    if (fetched.digest().filter(expected::equals).isEmpty()) {
      throw new ParException(
          ParException.Kind.CORRUPT,
          fetched.origin()
              + " has "
              + fetched
                  .digest()
                  .map(Digest::toString)
                  .orElse("no digest, because it is a directory")
              + ", expected was "
              + expected
              + ".",
          "Compare PACKAGE_SHA256 with sha256sum of the .apkg.");
    }
  }

  private Outcome start(
      AgentPackage agent,
      LauncherConfig config,
      ProcessWrapper wrapper,
      int healthPort,
      LastGood lastGood)
      throws InterruptedException {
    phases.done(phases.current());
    phases.begin("start");
    describe(agent);
    agent.warnings().forEach(w -> log.warning("Package warning", Map.of("message", w)));
    throwIfStopped();
    AgentCommand command = prepare(agent, config);
    throwIfStopped();
    if (config.exec()) {
      return replace(command, wrapper);
    }
    var probe =
        new ReadinessProbe(
            AgentPreparation.readiness(agent.manifest()), config.ports(), config.readyGrace());
    try (Supervisor started = Supervisor.start(command, wrapper, probe, log, stop)) {
      supervisor = started;
      logStart(command, started.pid(), healthPort);
      phases.done("start");
      phases.begin("ready");
      started.awaitReady(config.readyTimeout());
      if (!becomeReady(agent, probe, lastGood, config)) {
        return stopped(started);
      }
      int code = started.awaitExit(state::probed);
      logExit(code, started.pid());
      return stop.isSet() ? Outcome.stopped(unlessBySignal(code)) : Outcome.exited(code);
    }
  }

  @SuppressWarnings("try") // Registered while this works.
  private AgentCommand prepare(AgentPackage agent, LauncherConfig config)
      throws InterruptedException {
    var report =
        new PrepareLog() {
          @Override
          public void info(String event, Map<String, Object> fields) {
            log.info(event, fields);
          }

          @Override
          public void warning(String event, Map<String, Object> fields) {
            log.warning(event, fields);
          }
        };
    try (var interrupt = stop.onStop(Thread.currentThread()::interrupt)) {
      return AgentPreparation.prepare(agent, config, report);
    }
  }

  /** The order to stop came before the agent was ready. */
  private Outcome stopped(Supervisor started) throws InterruptedException {
    int code = started.awaitExit((passes, reason) -> {});
    logExit(code, started.pid());
    if (stop.order().filter(o -> o.kind() == StopSignal.Kind.BOOT_TIMEOUT).isPresent()) {
      throw bootTimeout();
    }
    return Outcome.stopped(unlessBySignal(code));
  }

  /** Told to stop, it did: how a process says that a signal ended it is no failure. */
  private static int unlessBySignal(int code) {
    return code == 143 || code == 130 || code == 137 ? 0 : code;
  }

  private void logStart(AgentCommand command, long pid, int healthPort) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("pid", pid);
    fields.put("command", command.argv());
    fields.put("health_port", healthPort);
    log.info("Agent started", fields);
  }

  private void logExit(int code, long pid) {
    LogStream.Level level = LogStream.Level.INFO;
    if (!stop.isSet()) {
      level = code == 0 ? LogStream.Level.WARNING : LogStream.Level.ERROR;
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exit_code", code);
    fields.put("pid", pid);
    Supervisor ended = supervisor;
    if (!stop.isSet() && ended != null) {
      ExitExplanation why = ended.explain(code);
      if (code != 0) {
        if (!why.meaning().isEmpty()) {
          fields.put("error", why.meaning());
        }
        fields.put("hint", why.hint());
      }
      fields.put("last_lines", ended.lastWords().lines());
    }
    log.log(level, "Agent exited", fields);
  }

  /** In exec mode: the shell goes on, and PAR is over. */
  private Outcome replace(AgentCommand command, ProcessWrapper wrapper) {
    if (!shell.isPresent()) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "PAR_EXEC is true, but PAR was not started by bin/par.",
          "Start bin/par: a Java process cannot become another program by itself.");
    }
    String plan = ExecPlan.of(command, wrapper, environment);
    if (plan.length() > ShellReport.MAX_PLAN) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The agent's environment is too large for PAR_EXEC: "
              + plan.length()
              + " characters, at most "
              + ShellReport.MAX_PLAN
              + ".",
          "Make it smaller, or unset PAR_EXEC.");
    }
    phases.done("start");
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exec", true);
    fields.put("command", command.argv());
    log.info("Agent started", fields);
    return Outcome.replaced(plan);
  }

  /** False when somebody told the run to stop before. */
  private boolean becomeReady(
      AgentPackage agent, ReadinessProbe probe, LastGood lastGood, LauncherConfig config) {
    if (stop.isSet() || !state.ready(degraded.orElse("the agent is ready"))) {
      return false;
    }
    long total = phases.finish("ready");
    wasReady = true;
    if (!probe.isDeclared()) {
      log.warning(
          "Agent warning",
          Map.of(
              "message",
              "agent.yaml declares no readiness, so PAR took "
                  + probe.lastAnswer()
                  + " for it. Declare ready: {http: /health}, tcp or {line: text}."));
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("boot_ms", total);
    fields.put("phases", phases.toMap());
    degraded.ifPresent(reason -> fields.put("degraded", reason));
    log.info("Runtime ready", fields);
    receipt.put("outcome", "ready");
    writeReceipt();
    if (config.fallbackToLastGood() && degraded.isEmpty()) {
      keep(agent, lastGood);
    }
    return true;
  }

  private void keep(AgentPackage agent, LastGood lastGood) {
    try {
      lastGood.keep(agent);
    } catch (IOException e) {
      log.warning(
          "Package warning",
          Map.of("message", "PAR cannot keep this package as the last good one: " + e + "."));
    }
  }

  private void throwIfStopped() {
    if (stop.isSet()) {
      throw new ParException(
          ParException.Kind.CANCELLED, "The boot was stopped.", "Start it again.");
    }
  }

  private void logReadiness(BootState.Snapshot before, BootState.Snapshot after) {
    boolean was = before.state() == BootState.State.READY;
    boolean is = after.state() == BootState.State.READY;
    if (was != is) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("ready", is);
      fields.put("reason", after.reason());
      log.info("Readiness changed", fields);
    }
  }

  private Health health() {
    BootState.Snapshot now = state.snapshot();
    Supervisor running = supervisor;
    Health.State shown =
        switch (now.state()) {
          case STARTING -> Health.State.STARTING;
          case READY -> degraded.isPresent() ? Health.State.DEGRADED : Health.State.READY;
          case UNREADY, FAILED -> Health.State.FAILED;
          case STOPPING, ENDED -> Health.State.STOPPING;
        };
    boolean alive = running != null && running.isAlive();
    Optional<String> reason =
        shown == Health.State.READY ? Optional.empty() : Optional.of(now.reason());
    return new Health(shown, agentAppId, now.since(), Map.of("agent_alive", alive), reason);
  }

  private Map<String, Object> meta() {
    var copy = new LinkedHashMap<>(meta);
    degraded.ifPresent(reason -> copy.put("degraded", reason));
    copy.put("phases", phases.toMap());
    return copy;
  }

  private void describe(AgentPackage agent) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", agent.manifest().name());
    fields.put("version", agent.manifest().version());
    agent.digest().ifPresent(digest -> fields.put("digest", digest.toString()));
    fields.put("address", agent.origin().toString());
    meta = Map.copyOf(fields);
    log.info("Package opened", fields);
    receipt.of(agent);
  }

  private void report(ParEvent event) {
    summary.note(event);
  }
}
