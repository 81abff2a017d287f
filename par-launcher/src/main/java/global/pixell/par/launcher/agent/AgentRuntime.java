package global.pixell.par.launcher.agent;

/** How agents of one language are made ready and started. */
public interface AgentRuntime {

  /**
   * Makes an agent ready: finds its interpreter and installs its dependencies.
   *
   * @param agent what is to be started
   * @return the command that starts it
   * @throws InterruptedException when the boot is stopped meanwhile
   * @throws global.pixell.par.ParException of kind {@code AGENT_FAILED} that says why it cannot be
   *     started
   */
  AgentCommand prepare(PreparedAgent agent) throws InterruptedException;
}
