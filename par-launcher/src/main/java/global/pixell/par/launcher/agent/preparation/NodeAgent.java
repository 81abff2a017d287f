package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentRuntime;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.agent.InstallProcess.Result;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.agent.TreeDigest;
import global.pixell.par.launcher.agent.VersionRule;
import global.pixell.par.launcher.derived.DerivedCache;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Node agent: a script, or a {@code command}. If the package has a lock file and no {@code
 * node_modules}, PAR installs them once and caches them like virtual environments.
 */
final class NodeAgent implements AgentRuntime {

  private static final List<String> LOCKS = List.of("package-lock.json", "npm-shrinkwrap.json");
  private static final Duration QUESTION = Duration.ofSeconds(20);

  @Override
  public AgentCommand prepare(PreparedAgent agent) throws InterruptedException {
    Path node = node(agent);
    Optional<Path> modules = modules(agent, node);
    if (modules.isPresent()) {
      // import looks for modules only beside the code, so this directory has the code, too.
      return command(agent.in(modules.get()), node);
    }
    return command(agent, node);
  }

  private static AgentCommand command(PreparedAgent agent, Path node) {
    Path bin = agent.tree().resolve("node_modules").resolve(".bin");
    if (Files.isDirectory(bin)) {
      agent.environment().put("PATH", bin + ":" + agent.environment().get("PATH"));
    }
    if (!agent.manifest().command().isEmpty()) {
      return agent.ownCommand();
    }
    String entrypoint = agent.manifest().entrypoint().orElse("");
    return agent.command(
        List.of(node.toString(), Executable.inPackage(entrypoint, agent.tree()).toString()));
  }

  private static Path node(PreparedAgent agent) throws InterruptedException {
    String path = agent.environment().get("PATH");
    Path node = Executable.find("node", agent.tree(), path);
    VersionRule wanted =
        VersionRule.of(agent.manifest().runtime().map(r -> r.version()).orElse(""));
    if (!wanted.toString().isEmpty()) {
      Result answer =
          InstallProcess.run(
              List.of(node.toString(), "--version"),
              AgentVariables.ofTask(agent.config()),
              agent.tree(),
              QUESTION);
      String version = answer.output().strip().replaceFirst("^v", "");
      if (!answer.ok()) {
        throw LaunchException.agentFailed(
            node + " --version fails: " + answer.output().strip(), "Install Node " + wanted + ".");
      }
      if (!wanted.admitsOrNewer(version)) {
        throw LaunchException.agentFailed(
            "The agent needs Node " + wanted + ", and " + node + " is Node " + version + ".",
            "Take an image with Node " + wanted + ".");
      }
      if (!wanted.admits(version)) {
        agent
            .log()
            .warning("The agent asks for Node " + wanted + " and runs on Node " + version + ".");
      }
    }
    return node;
  }

  /** A copy of the package with {@code node_modules} installed; empty if the package needs none. */
  private static Optional<Path> modules(PreparedAgent agent, Path node)
      throws InterruptedException {
    Optional<String> lock = LOCKS.stream().filter(agent::has).findFirst();
    if (lock.isEmpty() || Files.isDirectory(agent.tree().resolve("node_modules"))) {
      return Optional.empty();
    }
    Path npm = Executable.find("npm", agent.tree(), agent.environment().get("PATH"));
    long start = System.nanoTime();
    // The code is part of the key, because node resolves imports from the folder of the code.
    var key = new ArrayList<>(List.of("node-1", node.toString(), Executable.hostPlatform()));
    key.add(agent.digest().map(Object::toString).orElseGet(() -> TreeDigest.of(agent.tree())));
    DerivedCache.Made made =
        agent
            .made()
            .get(
                "node",
                DerivedCache.key(key),
                agent.config().installTimeout(),
                (staging, place) -> install(agent, npm, staging, lock.get()));
    agent
        .log()
        .info(
            "Dependencies installed",
            Map.of(
                "source", lock.get(),
                "installer", "npm",
                "reused", made.reused(),
                "packages", String.valueOf(made.facts().getOrDefault("packages", "0")),
                "duration_ms", (System.nanoTime() - start) / 1_000_000,
                "environment", made.path().toString()));
    return Optional.of(made.path());
  }

  private static Map<String, Object> install(
      PreparedAgent agent, Path npm, Path staging, String lock)
      throws IOException, InterruptedException {
    TreeDigest.copy(agent.tree(), staging);
    var environment = AgentVariables.ofTask(agent.config());
    Path cache = Files.createTempDirectory("par-npm-");
    // The home directory in a container is often read-only.
    environment.putIfAbsent("npm_config_cache", cache.toString());
    var argv =
        new ArrayList<>(
            List.of(
                npm.toString(),
                "ci",
                "--omit=dev",
                "--no-audit",
                "--no-fund",
                "--no-update-notifier"));
    if (agent.config().environment().containsKey("PAR_AGENT_USER")) {
      // Install scripts of packages would run as PAR's user.
      argv.add("--ignore-scripts");
    }
    Result result;
    try {
      result = InstallProcess.run(argv, environment, staging, agent.config().installTimeout());
    } finally {
      DerivedCache.deleteQuietly(cache);
    }
    if (!result.ok()) {
      throw LaunchException.agentFailed(
          result.timedOut()
              ? "npm ci did not end within "
                  + agent.config().installTimeout().toSeconds()
                  + " s (PAR_PIP_TIMEOUT_MS)."
              : "npm ci failed for " + lock + ": " + why(result.output()),
          "Put node_modules into the package, or check the registry that this task can reach.");
    }
    Path modules = staging.resolve("node_modules");
    long packages = 0;
    if (Files.isDirectory(modules)) {
      try (var list = Files.list(modules)) {
        packages = list.filter(p -> !p.getFileName().toString().startsWith(".")).count();
      }
    }
    return Map.of(
        "packages",
        packages,
        "source",
        lock + " of " + agent.manifest().name() + " " + agent.manifest().version());
  }

  private static String why(String output) {
    List<String> errors =
        output
            .lines()
            .filter(line -> line.matches("(?i)npm (err!|error).*"))
            .filter(line -> !line.contains("A complete log of this run"))
            .limit(8)
            .toList();
    return errors.isEmpty() ? output.strip() : String.join(" / ", errors);
  }
}
