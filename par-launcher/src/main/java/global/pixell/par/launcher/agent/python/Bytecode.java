package global.pixell.par.launcher.agent.python;

import global.pixell.par.AgentManifest;
import global.pixell.par.launcher.agent.InstallProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Compiles the bytecode of a package's own modules. Python checks the hash of the source at every
 * import, and the same source gives the same bytecode.
 */
public final class Bytecode {

  private static final Duration TIME = Duration.ofMinutes(5);

  private Bytecode() {}

  /**
   * Compiles the modules of an agent's folder.
   *
   * @param tree the folder
   * @param manifest its manifest; PAR compiles nothing unless it names one version of Python that
   *     is installed
   * @param environment has the PATH on which PAR looks for Python
   * @param target an empty directory for the files
   * @return the files by their names in the package
   * @throws IOException when the disk fails
   * @throws InterruptedException when the thread is interrupted
   */
  public static NavigableMap<String, Path> compile(
      Path tree, AgentManifest manifest, Map<String, String> environment, Path target)
      throws IOException, InterruptedException {
    var files = new TreeMap<String, Path>();
    String version = manifest.runtime().map(AgentManifest.RuntimeSpec::version).orElse("");
    Optional<Interpreter> python =
        version.matches("3\\.\\d+")
            ? PythonCheck.interpreter(manifest, environment)
                .filter(i -> (i.version() + ".").startsWith(version + "."))
            : Optional.empty();
    if (python.isEmpty() || !compile(python.get(), tree, target, environment)) {
      return files;
    }
    try (Stream<Path> all = Files.walk(target)) {
      all.filter(Files::isRegularFile)
          .forEach(file -> files.put(target.relativize(file).toString(), file));
    }
    return files;
  }

  private static boolean compile(
      Interpreter python, Path tree, Path target, Map<String, String> environment)
      throws InterruptedException {
    return InstallProcess.run(
            List.of(
                python.program().toString(),
                "-I",
                "-S",
                "-c",
                PythonResource.text("bytecode.py"),
                "compile",
                tree.toString(),
                target.toString()),
            environment,
            Path.of("/"),
            TIME)
        .ok();
  }

  /** Whether a package has bytecode. */
  static boolean isIn(Path tree) {
    try (Stream<Path> all = Files.walk(tree)) {
      return all.anyMatch(file -> file.getFileName().toString().endsWith(".pyc"));
    } catch (IOException e) {
      return false;
    }
  }
}
