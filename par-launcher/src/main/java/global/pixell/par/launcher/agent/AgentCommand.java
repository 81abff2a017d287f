package global.pixell.par.launcher.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The command that starts an agent, with its environment and its working directory.
 *
 * @param argv the program, as an absolute path, and its arguments
 * @param environment the agent's whole environment
 * @param directory the working directory: the package
 */
public record AgentCommand(List<String> argv, Map<String, String> environment, Path directory) {

  /** Copies the collections. */
  public AgentCommand {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
  }
}
