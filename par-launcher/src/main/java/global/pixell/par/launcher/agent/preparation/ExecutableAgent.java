package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentRuntime;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.PreparedAgent;
import java.nio.file.Path;
import java.util.List;

/** An executable of the package, or a command that PAR runs as it is. */
final class ExecutableAgent implements AgentRuntime {

  @Override
  public AgentCommand prepare(PreparedAgent agent) {
    if (!agent.manifest().command().isEmpty()) {
      return agent.ownCommand();
    }
    String entrypoint = agent.manifest().entrypoint().orElse("");
    Path program = Executable.inPackage(entrypoint, agent.tree());
    Executable.requireStartable(program, Executable.hostPlatform());
    return agent.command(List.of(program.toString()));
  }
}
