package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.ExitExplanation;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.agent.Supervisor;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.ReadinessProbe;
import global.pixell.par.launcher.stop.StopSignal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** The lines of a run: their fields, and how serious each is. Thread-safe. */
final class BootLog implements PrepareLog {

  private static final Duration MIN_FLUSH = Duration.ofMillis(500);

  private final LogStream log;
  private final BootPhases phases;
  private final StopSignal stop;

  BootLog(LogStream log, BootPhases phases, StopSignal stop) {
    this.log = log;
    this.phases = phases;
    this.stop = stop;
  }

  @Override
  public void info(String event, Map<String, Object> fields) {
    log.info(event, fields);
  }

  @Override
  public void warning(String event, Map<String, Object> fields) {
    log.warning(event, fields);
  }

  private void warning(String event, String message) {
    log.warning(event, Map.of("message", message));
  }

  void starting(LauncherConfig config) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("version", ParVersion.current());
    fields.put("config", config.describe());
    log.info("Runtime starting", fields);
    config.warnings().forEach(message -> warning("Configuration warning", message));
  }

  void opened(AgentPackage agent, Map<String, Object> description) {
    log.info("Package opened", description);
    agent.warnings().forEach(message -> warning("Package warning", message));
  }

  void notKept(Exception why) {
    warning("Package warning", "PAR cannot keep this package as the last good one: " + why + ".");
  }

  /** The last good package runs instead of one that failed. */
  void packageReplaced(FailureReport report, PackageRef fallback) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("code", report.code().name());
    fields.put("phase", report.phase());
    fields.put("error", report.error());
    fields.put("hint", report.hint());
    fields.put("fallback", fallback.toString());
    log.log(LogStream.Level.ERROR, "Package replaced", fields);
  }

  void agentStarted(AgentCommand command, long pid, int healthPort) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("pid", pid);
    fields.put("command", command.argv());
    fields.put("health_port", healthPort);
    log.info("Agent started", fields);
  }

  /** In exec mode PAR does not start the agent, but becomes it. */
  void agentReplacesRuntime(AgentCommand command) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exec", true);
    fields.put("command", command.argv());
    log.info("Agent started", fields);
  }

  void agentExited(int code, Supervisor agent) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exit_code", code);
    fields.put("pid", agent.pid());
    if (!stop.isSet()) {
      ExitExplanation why = agent.explain(code);
      if (code != 0) {
        if (!why.meaning().isEmpty()) {
          fields.put("error", why.meaning());
        }
        fields.put("hint", why.hint());
      }
      fields.put("last_lines", agent.lastWords().lines());
    }
    log.log(levelOfEnd(code), "Agent exited", fields);
  }

  /** An agent that ends without an order is a fault, even with exit code 0. */
  private LogStream.Level levelOfEnd(int exitCode) {
    if (stop.isSet()) {
      return LogStream.Level.INFO;
    }
    return exitCode == 0 ? LogStream.Level.WARNING : LogStream.Level.ERROR;
  }

  void ready(long bootMillis, ReadinessProbe probe, Optional<String> degraded) {
    if (!probe.isDeclared()) {
      warning(
          "Agent warning",
          "agent.yaml declares no readiness probe. PAR took it for ready because "
              + probe.lastAnswer()
              + ". Declare ready: {http: /health}, tcp or {line: text}.");
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("boot_ms", bootMillis);
    fields.put("phases", phases.toMap());
    degraded.ifPresent(reason -> fields.put("degraded", reason));
    log.info("Runtime ready", fields);
  }

  void readinessChanged(BootState.Snapshot before, BootState.Snapshot after) {
    boolean was = before.state() == BootState.State.READY;
    boolean is = after.state() == BootState.State.READY;
    if (was != is) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("ready", is);
      fields.put("reason", after.reason());
      log.info("Readiness changed", fields);
    }
  }

  void stopping(String reason) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("reason", reason);
    fields.put("phase", phases.current());
    log.info("Runtime stopping", fields);
  }

  void receiptNotWritten(String fault) {
    log.warning("Receipt not written", Map.of("error", fault));
  }

  /**
   * The final line of a run.
   *
   * @param grace how long a slow reader may take, unless an order to stop sets a limit
   */
  void end(Outcome outcome, Optional<FailureReport> failure, Duration grace) {
    if (failure.isPresent()) {
      failure.get().logProblems(log);
      failure.get().logLast(log);
    } else if (outcome.kind() == Outcome.Kind.REPLACED) {
      log.last(LogStream.Level.INFO, "Runtime replaced", Map.of("phases", phases.toMap()));
    } else {
      log.last(
          levelOfEnd(outcome.exitCode()),
          "Runtime stopped",
          Map.of("exit_code", outcome.exitCode()));
    }
    flush(stop.order().map(StopSignal.Stop::remaining).orElse(grace));
  }

  /** The final line of a run that hangs. */
  void abandoned() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("exit_code", 0);
    fields.put("message", "the phase '" + phases.current() + "' did not end in time");
    log.last(LogStream.Level.WARNING, "Runtime stopped", fields);
    flush(MIN_FLUSH);
  }

  /** A slow reader loses nothing, as long as there is time. */
  private void flush(Duration atMost) {
    try {
      boolean unused = log.flush(atMost.compareTo(MIN_FLUSH) < 0 ? MIN_FLUSH : atMost);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
