package global.pixell.par.launcher.agent.python;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.agent.TreeDigest;
import global.pixell.par.launcher.derived.DerivedCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A copy of a package that brings no bytecode, with the bytecode that PAR compiled. The files of
 * the copy are links to those of the package. The agent runs from this copy and only reads it, so
 * no agent runs bytecode that an earlier agent wrote.
 *
 * <p>PAR compiles a small amount of code before the agent starts, which costs no more than the
 * agent's imports would. It compiles a large amount, such as packed libraries of which an agent
 * imports a part, in the background while the agent runs, for later boots.
 */
final class CompiledTree {

  /** Bytes of source that PAR compiles before the start: about a second of one core. */
  private static final long LITTLE = 1 << 20;

  private static final Duration TIME = Duration.ofMinutes(5);
  private static final Duration BEHIND = Duration.ofSeconds(20);

  private CompiledTree() {}

  /** The tree to run the agent from. */
  static Path of(PreparedAgent agent, Interpreter interpreter) throws InterruptedException {
    if (agent.digest().isEmpty()) {
      return agent.tree();
    }
    long source = source(agent.tree());
    if (source <= 0) {
      return agent.tree();
    }
    Digest key =
        DerivedCache.key(
            List.of(
                "bytecode 1",
                agent.digest().get().hex(),
                interpreter.executable().toString(),
                interpreter.cacheTag()));
    Optional<DerivedCache.Made> there = agent.made().find("bytecode", key);
    if (there.isPresent()) {
      return there.get().path();
    }
    if (source <= LITTLE) {
      return agent.made().get("bytecode", key, TIME, maker(agent, interpreter)).path();
    }
    DaemonThreads.start(
        "par-bytecode",
        () -> {
          try {
            TimeUnit.SECONDS.sleep(BEHIND.toSeconds());
            agent.made().get("bytecode", key, TIME, maker(agent, interpreter));
          } catch (InterruptedException | RuntimeException e) {
            agent.log().warning("The package's bytecode was not compiled: " + e.getMessage());
          }
        });
    return agent.tree();
  }

  /** Bytes of source; 0 if the package has bytecode already, or has no modules. */
  private static long source(Path tree) {
    long bytes = 0;
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith(".pyc")) {
          return 0;
        }
        if (name.endsWith(".py")) {
          bytes += file.toFile().length();
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return bytes;
  }

  private static DerivedCache.Maker maker(PreparedAgent agent, Interpreter interpreter) {
    return (staging, place) -> {
      TreeDigest.copy(agent.tree(), staging);
      var argv = new ArrayList<String>();
      Executable.onPath("nice", agent.environment().get("PATH"))
          .ifPresent(nice -> argv.addAll(List.of(nice.toString(), "-n", "5")));
      argv.addAll(
          List.of(
              interpreter.program().toString(),
              "-I",
              "-S",
              "-c",
              PythonResource.text("bytecode.py"),
              "compile",
              staging.toString(),
              staging.toString()));
      InstallProcess.Result result =
          InstallProcess.run(argv, AgentVariables.ofTask(agent.config()), Path.of("/"), TIME);
      if (!result.ok()) {
        agent.log().warning("The package's bytecode was not compiled: " + result.output().strip());
      }
      return Map.of("source", agent.manifest().name() + " " + agent.manifest().version());
    };
  }
}
