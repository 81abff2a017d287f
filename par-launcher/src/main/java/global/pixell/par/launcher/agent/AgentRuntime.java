package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.failure.LaunchException;

/** How agents of one language are made ready and started. */
public interface AgentRuntime {

  /**
   * Makes an agent ready: finds its interpreter and installs its dependencies.
   *
   * @param agent what is to be started
   * @return the command that starts it
   * @throws InterruptedException when the boot is stopped meanwhile
   * @throws LaunchException that says why it cannot be started
   */
  AgentCommand prepare(PreparedAgent agent) throws InterruptedException;
}
