package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.AgentPackage;
import global.pixell.par.internal.cache.PackageLease;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.derived.DerivedCache;
import java.io.IOException;

/**
 * The leases of an agent in exec mode. The leases of PAR's JVM end with the JVM, before the agent
 * starts. The agent is the process of the shell that waits for the JVM, so leases of that process
 * last until the agent ends.
 */
public final class ExecLeases {

  private ExecLeases() {}

  /**
   * Keeps what an agent uses in the cache, for as long as its process lives.
   *
   * @param pid of the process that becomes the agent
   * @param agent the package, which is in use until this returns
   * @param config says where the cache is
   * @param log gets a warning when the cache cannot be written, because the agent can run all the
   *     same
   * @throws InterruptedException when the boot is stopped
   */
  public static void take(long pid, AgentPackage agent, LauncherConfig config, PrepareLog log)
      throws InterruptedException {
    ProcessId user = ProcessId.ofPid(pid);
    try {
      if (agent.digest().isPresent()) {
        PackageLease.takeFor(user, agent.digest().get(), config.par().cache().directory());
      }
      DerivedCache.of(config.par(), log::warning).leaseFor(user);
    } catch (IOException e) {
      log.warning(
          "PAR cannot record in the cache that the agent uses it: "
              + e
              + ". Do not run 'par cache gc' while the agent runs.");
    }
  }
}
