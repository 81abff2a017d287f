package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.failure.LaunchException;

/** Prepares the agents of one language. */
public interface AgentRuntime {

  /**
   * Makes an agent ready: finds its interpreter and installs its dependencies.
   *
   * @param agent the agent to start
   * @return the command that starts it
   * @throws InterruptedException when the boot is stopped meanwhile
   * @throws LaunchException if it cannot be started; its message says why
   */
  AgentCommand prepare(PreparedAgent agent) throws InterruptedException;
}
