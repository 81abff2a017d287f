package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;

/**
 * Checks that the agent's ports are free before the agent starts. Otherwise the agent would fail
 * late with a message of its own, or the probe would reach another process and take its response
 * for the agent's.
 */
final class PortCheck {

  private PortCheck() {}

  static void requireFree(AgentManifest manifest, LauncherConfig config, PrepareLog log) {
    Probe probe =
        AgentPreparation.readiness(manifest).map(AgentManifest.Readiness::probe).orElse(Probe.LINE);
    check("REST_PORT", config.ports().rest(), probe == Probe.HTTP, log);
    boolean a2a = manifest.a2aService().isPresent() || manifest.httpServer().isPresent();
    if (a2a || probe == Probe.TCP) {
      check("A2A_PORT", config.ports().a2a(), true, log);
    }
    if (manifest.ui().isPresent() && !config.multiplexed()) {
      check("UI_PORT", config.ports().ui(), true, log);
    }
  }

  /** PAR only warns about a port that the agent may not need. */
  private static void check(String variable, int port, boolean needed, PrepareLog log) {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(port));
    } catch (IOException e) {
      String what = variable + " " + port + " cannot be used: " + e.getMessage() + ".";
      if (needed) {
        throw LaunchException.agentFailed(
            what, "Set " + variable + " to a free port above 1023, or end what listens there.");
      }
      log.warning(what);
    }
  }
}
