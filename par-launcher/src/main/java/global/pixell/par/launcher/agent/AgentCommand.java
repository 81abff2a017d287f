package global.pixell.par.launcher.agent;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What to start, with which environment and where; nothing is started yet.
 *
 * @param argv the program, as an absolute path, and its arguments
 * @param environment all of the agent's
 * @param directory where it starts: the package
 */
public record AgentCommand(List<String> argv, Map<String, String> environment, Path directory) {

  /** Copies. */
  public AgentCommand {
    argv = List.copyOf(argv);
    environment = Map.copyOf(environment);
  }
}
