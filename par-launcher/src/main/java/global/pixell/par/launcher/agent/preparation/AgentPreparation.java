package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentRuntime;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.PrepareLog;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.agent.python.PythonAgent;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.derived.DerivedCache;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Turns a package into the command that starts its agent, with the runtime that its manifest names.
 */
public final class AgentPreparation {

  private AgentPreparation() {}

  /**
   * Makes the agent of a package ready to start, and installs its dependencies.
   *
   * @param agent the fetched package
   * @param config the configuration of the task
   * @param phases how long the phases of the boot took so far, in milliseconds by name; a Python
   *     agent's {@code /meta} shows them
   * @param log receives steps and warnings
   * @return the command
   * @throws InterruptedException when the boot is stopped meanwhile
   */
  public static AgentCommand prepare(
      AgentPackage agent, LauncherConfig config, Map<String, ?> phases, PrepareLog log)
      throws InterruptedException {
    return prepare(agent.manifest(), agent.directory(), agent.digest(), config, phases, log);
  }

  static AgentCommand prepare(
      AgentManifest manifest,
      Path tree,
      Optional<Digest> digest,
      LauncherConfig config,
      Map<String, ?> phases,
      PrepareLog log)
      throws InterruptedException {
    manifest.command().forEach(w -> AgentVariables.requireNoNul("'command' of agent.yaml", w));
    manifest
        .entrypoint()
        .ifPresent(text -> AgentVariables.requireNoNul("'entrypoint' of agent.yaml", text));
    if (!manifest.runnable()) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The package " + manifest.name() + " has nothing to run.",
          "Add command: [...] or entrypoint: to agent.yaml.");
    }
    var agent =
        new PreparedAgent(
            manifest,
            tree,
            digest,
            config,
            AgentVariables.of(manifest.environment(), tree, config, log),
            DerivedCache.of(config.par(), log::warning),
            phases,
            log);
    PortCheck.requireFree(manifest, config, log);
    return runtime(manifest, tree).prepare(agent);
  }

  /**
   * How the agent shows that it is ready.
   *
   * @param manifest of the package
   * @return the declared probe, else the probe that PAR knows for this kind of agent; empty if
   *     there is neither
   */
  public static Optional<AgentManifest.Readiness> readiness(AgentManifest manifest) {
    boolean python = manifest.runtime().map(r -> r.name().equals("python")).orElse(true);
    return python ? PythonAgent.readiness(manifest) : manifest.readiness();
  }

  private static AgentRuntime runtime(AgentManifest manifest, Path tree) {
    return switch (language(manifest, tree)) {
      case "java" -> new JavaAgent();
      case "node" -> new NodeAgent();
      case "python" -> new PythonAgent();
      default -> new ExecutableAgent();
    };
  }

  /**
   * The language that the manifest names, else the one that its surfaces, entrypoint and files
   * suggest.
   */
  static String language(AgentManifest manifest, Path tree) {
    if (manifest.runtime().isPresent()) {
      return manifest.runtime().get().name();
    }
    if (!manifest.command().isEmpty()) {
      String program = manifest.command().get(0);
      program = program.substring(program.lastIndexOf('/') + 1);
      return program.startsWith("python") || Files.isRegularFile(tree.resolve("requirements.txt"))
          ? "python"
          : program.equals("node") || program.equals("npm") || program.equals("npx")
              ? "node"
              : "executable";
    }
    String entrypoint = manifest.entrypoint().orElse("");
    if (!manifest.surfaces().isEmpty()
        || !manifest.exports().isEmpty()
        || entrypoint.contains(":")) {
      return "python";
    }
    if (entrypoint.endsWith(".jar")) {
      return "java";
    }
    if (entrypoint.matches(".*\\.[cm]?js")) {
      return "node";
    }
    return Files.isExecutable(tree.resolve(entrypoint)) && !entrypoint.endsWith(".py")
        ? "executable"
        : "python";
  }
}
