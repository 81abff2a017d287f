package global.pixell.par.launcher.agent;

import global.pixell.par.AgentManifest;
import global.pixell.par.Digest;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.derived.DerivedCache;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An agent that PAR prepares to start: its manifest, its directory and its environment.
 *
 * @param manifest of the package
 * @param tree the package's directory
 * @param digest of the package; empty for a directory of this machine
 * @param config the configuration of the task
 * @param environment of the agent, to which its runtime adds
 * @param made the cache of virtual environments and other derived directories
 * @param phases how long the phases of the boot took so far, in milliseconds by name
 * @param log receives steps and warnings
 */
public record PreparedAgent(
    AgentManifest manifest,
    Path tree,
    Optional<Digest> digest,
    LauncherConfig config,
    AgentVariables environment,
    DerivedCache made,
    Map<String, ?> phases,
    PrepareLog log) {

  /**
   * The same agent in another directory that has at least the same content.
   *
   * @param other the directory
   * @return a copy
   */
  public PreparedAgent in(Path other) {
    return new PreparedAgent(manifest, other, digest, config, environment, made, phases, log);
  }

  /**
   * A command with this agent's environment.
   *
   * @param argv the program and its arguments
   * @return the command
   */
  public AgentCommand command(List<String> argv) {
    return new AgentCommand(argv, environment.toMap(), tree);
  }

  /**
   * The manifest's {@code command} with its variables expanded and its program found.
   *
   * @return the command
   */
  public AgentCommand ownCommand() {
    var argv = new ArrayList<String>();
    for (String word : manifest.command()) {
      argv.add(environment.expand("The word '" + word + "' of command", word));
    }
    argv.set(0, Executable.find(argv.get(0), tree, environment.get("PATH")).toString());
    return command(argv);
  }

  /** Whether the package has a file of this name, such as a lock file, at its top. */
  public boolean has(String name) {
    return java.nio.file.Files.isRegularFile(tree.resolve(name));
  }
}
