package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.Par;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentPreparation;
import global.pixell.par.launcher.agent.AgentProcess;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.health.Health;
import global.pixell.par.launcher.health.HealthServer;
import global.pixell.par.launcher.log.EventLogger;
import global.pixell.par.launcher.log.LogProvider;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.ReadinessProbe;
import global.pixell.par.launcher.receipt.BootReceipt;
import global.pixell.par.launcher.receipt.FetchSummary;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The straight way from an environment to an exit code, and the only place that turns failures into
 * one.
 *
 * <p>{@link #run} does the work on its caller's thread; {@link #stop} may be called from another at
 * any moment and makes it come to an end.
 */
public final class Launcher {

  private static final Duration WATCH = Duration.ofSeconds(2);
  private static final Duration STOP_FLUSH = Duration.ofSeconds(4);

  private final Map<String, String> environment;
  private final Clock clock;
  private final BootPhases phases;
  private final FetchSummary facts = new FetchSummary();
  private final BootReceipt receipt;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Map<String, Object> meta = new LinkedHashMap<>();
  private final Thread bootThread = Thread.currentThread();

  private LogStream log;
  private volatile Health.State state = Health.State.STARTING;
  private volatile Instant since;
  private volatile boolean stopping;
  private volatile boolean timedOut;
  private boolean wasReady;

  /** Of the last line, when it is a failure. */
  private @Nullable Map<String, Object> failure;

  private @Nullable Par par;
  private @Nullable AgentProcess agent;
  private Duration grace = Duration.ofSeconds(25);
  private String agentAppId;

  public Launcher(Map<String, String> environment, OutputStream out, Clock clock) {
    this.environment = environment;
    this.clock = clock;
    this.phases = new BootPhases(clock);
    this.since = clock.instant();
    this.agentAppId = environment.getOrDefault("AGENT_APP_ID", "");
    Redactor redactor = Redactor.of(LauncherConfig.secretValues(environment));
    Optional<String> deploymentId = given("DEPLOYMENT_ID");
    LogStream.Level threshold =
        LogStream.levelOf(environment.getOrDefault("LOG_LEVEL", "info").strip());
    this.log = new LogStream(out, clock, threshold, redactor, agentAppId, deploymentId);
    this.receipt =
        new BootReceipt(
            agentAppId, deploymentId, facts, phases.processStart(), phases::toMap, redactor);
    given("PAR_RECEIPT").map(Path::of).ifPresent(receipt::at);
  }

  private Optional<String> given(String variable) {
    return Optional.ofNullable(environment.get(variable)).filter(value -> !value.isBlank());
  }

  /** Boots and runs until the agent ends. Returns the exit code; never throws. */
  public int run() {
    LogProvider.install(log);
    int code = 0;
    try {
      code = boot();
    } catch (ParException e) {
      code = stopping ? 0 : failed(e);
    } catch (RuntimeException | Error e) {
      code = stopping ? 0 : failed(bug(e));
    } finally {
      writeReceipt(code);
      if (failure != null) {
        log.last(LogStream.Level.ERROR, "Runtime failed", failure);
      } else {
        log.last(endLevel(code), "Runtime stopped", Map.of("exit_code", code));
      }
      flush();
      ended.countDown();
    }
    return code;
  }

  /** An agent that ends without being told to is a fault, if it says so or not. */
  private LogStream.Level endLevel(int code) {
    if (stopping) {
      return LogStream.Level.INFO;
    }
    return code == 0 ? LogStream.Level.WARNING : LogStream.Level.ERROR;
  }

  /** Nothing is lost at a slow reader, within the time there is. */
  private void flush() {
    // What interrupted the boot has done its work.
    boolean interrupted = Thread.interrupted();
    try {
      boolean unused = log.flush(stopping ? STOP_FLUSH : grace);
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeReceipt(int code) {
    if (stopping || wasReady) {
      receipt.put("outcome", stopping ? "stopped" : "exited");
    }
    receipt.put("exit_code", code);
    writeReceipt();
  }

  private void writeReceipt() {
    receipt.write().ifPresent(fault -> log.warning("Receipt not written", Map.of("error", fault)));
  }

  /** The one class that may be wrong in ways nobody thought of is ours. */
  private static ParException bug(Throwable e) {
    return new ParException(
        ParException.Kind.INTERNAL, "PAR failed: " + e + ".", "Report this with the log.", e);
  }

  private int boot() {
    LauncherConfig config = LauncherConfig.fromEnvironment(environment);
    config.proxies().install();
    grace = config.shutdownGrace();
    receipt.in(config.par().cacheDirectory());
    log.info(
        "Runtime starting", Map.of("config", config.describe(), "version", ParVersion.current()));
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              var thread = new Thread(work, "par-timer");
              thread.setDaemon(true);
              return thread;
            });
    try (HealthServer health =
        HealthServer.start(config.ports().health(), this::health, this::meta)) {
      phases.done("config");
      startTimers(timer, config);
      phases.begin("fetch");
      try (Par opened = Par.builder(config.par()).onEvent(this::report).build()) {
        setPar(opened);
        AgentPackage fetched =
            config.localPackage().isPresent()
                ? opened.open(config.localPackage().get())
                : opened.fetch(config.reference().orElseThrow());
        config.digest().ifPresent(expected -> requireDigest(fetched, expected));
        return supervise(fetched, config, timer, health);
      }
    } finally {
      timer.shutdownNow();
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
              + fetched.digest().map(Digest::toString).orElse("no digest, for it is a directory")
              + ", expected was "
              + expected
              + ".",
          "Compare PACKAGE_SHA256 with sha256sum of the .apkg.");
    }
  }

  private int supervise(
      AgentPackage fetched,
      LauncherConfig config,
      ScheduledExecutorService timer,
      HealthServer health) {
    phases.done("fetch");
    phases.begin("start");
    describe(fetched);
    fetched.warnings().forEach(w -> log.warning("Package warning", Map.of("message", w)));
    var probe = new ReadinessProbe(AgentPreparation.readiness(fetched.manifest()), config.ports());
    AgentCommand command = prepare(fetched, config);
    AgentProcess process = startAgent(command, probe);
    log.info(
        "Agent started",
        Map.of("pid", process.pid(), "command", command.argv(), "health_port", health.port()));
    phases.done("start");
    phases.begin("ready");
    try {
      awaitReady(process, probe, config);
      var unused =
          timer.scheduleWithFixedDelay(
              () -> watch(process, probe),
              WATCH.toMillis(),
              WATCH.toMillis(),
              TimeUnit.MILLISECONDS);
      int code = process.awaitExit();
      log.log(endLevel(code), "Agent exited", Map.of("exit_code", code, "pid", process.pid()));
      // Told to stop, it did: how a process says that it was stopped by a signal is no failure.
      return stopping && (code == 143 || code == 130 || code == 137) ? 0 : code;
    } catch (InterruptedException e) {
      process.stop(grace);
      throw stopped();
    } finally {
      process.stop(Duration.ZERO);
    }
  }

  private AgentCommand prepare(AgentPackage fetched, LauncherConfig config) {
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
    try {
      return AgentPreparation.prepare(fetched, config, report);
    } catch (InterruptedException e) {
      throw stopped();
    }
  }

  private synchronized AgentProcess startAgent(AgentCommand command, ReadinessProbe probe) {
    throwIfStopped();
    AgentProcess process = AgentProcess.start(command, log, probe::line);
    agent = process;
    return process;
  }

  private synchronized void setPar(Par opened) {
    par = opened;
    throwIfStopped();
  }

  private void awaitReady(AgentProcess process, ReadinessProbe probe, LauncherConfig config)
      throws InterruptedException {
    ReadinessWait.await(process, probe, config.readyTimeout(), this::throwIfStopped);
    synchronized (this) {
      throwIfStopped();
      if (!process.alive()) {
        throw ReadinessWait.failed("The agent exited before it was ready.", process);
      }
      long total = phases.finish("ready");
      wasReady = true;
      become(Health.State.READY, "the agent is ready");
      log.info("Runtime ready", Map.of("boot_ms", total, "phases", phases.toMap()));
    }
    receipt.put("outcome", "ready");
    writeReceipt();
  }

  private void watch(AgentProcess process, ReadinessProbe probe) {
    boolean passes = process.alive() && probe.passes();
    synchronized (this) {
      if (stopping || !process.alive()) {
        return;
      }
      if (!passes && state == Health.State.READY) {
        become(Health.State.FAILED, "the probe fails: " + probe.describe());
      } else if (passes && state == Health.State.FAILED) {
        become(Health.State.READY, "the probe passes again");
      }
    }
  }

  private void startTimers(ScheduledExecutorService timer, LauncherConfig config) {
    var unused =
        timer.schedule(
            () -> {
              synchronized (this) {
                if (!wasReady && !stopping) {
                  log.warning(
                      "Boot budget exceeded",
                      Map.of(
                          "budget_ms", config.bootBudget().toMillis(), "phase", phases.current()));
                }
              }
            },
            left(config.bootBudget()),
            TimeUnit.MILLISECONDS);
    config
        .bootHardLimit()
        .ifPresent(
            limit -> {
              var hard = timer.schedule(this::timeOut, left(limit), TimeUnit.MILLISECONDS);
              log.log(
                  LogStream.Level.DEBUG,
                  "Boot hard limit set",
                  Map.of("due_in_ms", hard.getDelay(TimeUnit.MILLISECONDS)));
            });
  }

  private long left(Duration ofBoot) {
    return Math.max(0, ofBoot.toMillis() - phases.sinceStart());
  }

  private void timeOut() {
    synchronized (this) {
      if (wasReady || stopping) {
        return;
      }
      timedOut = true;
    }
    breakOff(Duration.ZERO);
  }

  /**
   * Brings a run to its end, from another thread: readiness goes first, then a download or unpack,
   * then the agent. Returns when {@link #run} is over.
   *
   * @param reason for the log, such as SIGTERM
   */
  public void stop(String reason) {
    synchronized (this) {
      if (ended.getCount() == 0 || stopping) {
        return;
      }
      stopping = true;
      become(Health.State.STOPPING, reason);
      log.info("Runtime stopping", Map.of("reason", reason, "phase", phases.current()));
    }
    breakOff(grace);
    try {
      if (!ended.await(grace.toMillis() + 5000, TimeUnit.MILLISECONDS)) {
        log.warning(
            "Runtime stopped", Map.of("exit_code", 0, "message", "the boot did not end in time"));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void breakOff(Duration agentGrace) {
    AgentProcess process;
    Par opened;
    synchronized (this) {
      process = agent;
      opened = par;
    }
    if (process != null) {
      process.stop(agentGrace);
      return;
    }
    if (opened != null) {
      opened.close();
    }
    bootThread.interrupt();
  }

  private void throwIfStopped() {
    if (stopping || timedOut) {
      throw stopped();
    }
  }

  private static ParException stopped() {
    return new ParException(ParException.Kind.CANCELLED, "The boot was stopped.", "Start again.");
  }

  private int failed(ParException e) {
    // What the timer broke off shows as a cancelled fetch or a dead agent; the reason is the
    // deadline.
    ParException cause = timedOut ? bootTimeout(e) : e;
    ExitCode code = ExitCode.of(cause.kind());
    for (ParException.Problem problem : cause.problems()) {
      if (code == ExitCode.CONFIG) {
        log.log(
            LogStream.Level.ERROR,
            "Configuration invalid",
            Map.of(
                "variable", problem.where(), "error", problem.message(), "hint", problem.hint()));
      }
    }
    synchronized (this) {
      become(Health.State.FAILED, cause.getMessage());
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("code", code.name());
    fields.put("exit_code", code.number());
    fields.put("phase", phases.current());
    fields.put("error", cause.getMessage());
    fields.put("hint", cause.hint());
    if (code == ExitCode.INTERNAL) {
      var stack = new StringWriter();
      e.printStackTrace(new PrintWriter(stack));
      fields.put("stack", stack.toString());
    }
    receipt.put("outcome", "failed");
    fields.forEach(
        (name, value) -> {
          if (!name.equals("stack")) {
            receipt.put(name, value);
          }
        });
    failure = fields;
    return code.number();
  }

  private ParException bootTimeout(ParException brokenOff) {
    return new ParException(
        ParException.Kind.BOOT_TIMEOUT,
        "The boot passed its hard limit after "
            + phases.sinceStart()
            + " ms, in phase '"
            + phases.current()
            + "'.",
        "Raise BOOT_BUDGET_MS or BOOT_HARD_LIMIT_MULTIPLIER, or make that phase faster.",
        brokenOff);
  }

  private void become(Health.State next, String reason) {
    if (state == next) {
      return;
    }
    boolean readiness = state == Health.State.READY || next == Health.State.READY;
    state = next;
    since = clock.instant();
    if (readiness) {
      log.info("Readiness changed", Map.of("ready", next == Health.State.READY, "reason", reason));
    }
  }

  private synchronized Health health() {
    AgentProcess process = agent;
    return new Health(
        state, agentAppId, since, Map.of("agent_alive", process != null && process.alive()));
  }

  private synchronized Map<String, Object> meta() {
    var copy = new LinkedHashMap<>(meta);
    copy.put("phases", phases.toMap());
    return copy;
  }

  private synchronized void describe(AgentPackage fetched) {
    meta.put("name", fetched.manifest().name());
    meta.put("version", fetched.manifest().version());
    fetched.digest().ifPresent(digest -> meta.put("digest", digest.toString()));
    meta.put("address", fetched.origin().toString());
    log.info("Package opened", new LinkedHashMap<>(meta));
    receipt.of(fetched);
  }

  private void report(ParEvent event) {
    facts.note(event);
    EventLogger.write(event, log);
  }
}
