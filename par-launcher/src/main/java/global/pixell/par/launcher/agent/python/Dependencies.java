package global.pixell.par.launcher.agent.python;

import global.pixell.par.AgentManifest;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The dependencies of a package, and the file that lists them: {@code requirements.txt}, else
 * {@code pyproject.toml}, else the builder's {@code setup.py}, else the {@code dependencies} of
 * agent.yaml.
 *
 * @param source the file's name
 * @param requirements its content
 */
record Dependencies(String source, Requirements requirements) {

  private static final Duration QUESTION = Duration.ofSeconds(30);

  /**
   * Finds the dependencies of a package.
   *
   * @param wheelsOnly whether a wheelhouse is the only source
   * @param environment of the task, or of the author's shell
   * @param warn receives warnings
   * @return empty when there is nothing to install
   */
  static Optional<Dependencies> of(
      Path tree,
      AgentManifest manifest,
      Interpreter interpreter,
      boolean wheelsOnly,
      Map<String, String> environment,
      Consumer<String> warn)
      throws InterruptedException {
    boolean ownIndex = environment.containsKey("PIP_INDEX_URL");
    Path file = tree.resolve("requirements.txt");
    if (Files.isRegularFile(file)) {
      Requirements read = Requirements.read(file, tree, wheelsOnly, ownIndex);
      if (!read.itself()) {
        return nonEmpty("requirements.txt", read);
      }
      var all = new ArrayList<>(read.lines());
      all.addAll(ofProject(tree, manifest, interpreter, environment, warn).lines());
      return nonEmpty("requirements.txt", merged(read, all, tree, wheelsOnly));
    }
    Found found = ofProject(tree, manifest, interpreter, environment, warn);
    return nonEmpty(found.source(), Requirements.of(found.lines(), tree, wheelsOnly));
  }

  private static Requirements merged(
      Requirements read, List<String> lines, Path tree, boolean wheelsOnly) {
    Requirements merged = Requirements.of(lines, tree, wheelsOnly);
    merged.constraints().addAll(read.constraints());
    merged.warnings().addAll(read.warnings());
    return merged;
  }

  private static Optional<Dependencies> nonEmpty(String source, Requirements requirements) {
    boolean nothing = requirements.lines().stream().allMatch(line -> line.startsWith("-"));
    return nothing ? Optional.empty() : Optional.of(new Dependencies(source, requirements));
  }

  private record Found(String source, List<String> lines) {}

  private static Found ofProject(
      Path tree,
      AgentManifest manifest,
      Interpreter interpreter,
      Map<String, String> environment,
      Consumer<String> warn)
      throws InterruptedException {
    for (String name : List.of("pyproject.toml", "setup.py")) {
      Path file = tree.resolve(name);
      if (Files.isRegularFile(file)) {
        List<String> lines = ask(interpreter, file, environment, warn);
        if (!lines.isEmpty()) {
          return new Found(name, lines);
        }
      }
    }
    return new Found("agent.yaml", manifest.dependencies());
  }

  /** Reads a project file without running it. */
  private static List<String> ask(
      Interpreter interpreter, Path file, Map<String, String> environment, Consumer<String> warn)
      throws InterruptedException {
    InstallProcess.Result answer =
        InstallProcess.run(
            List.of(
                interpreter.program().toString(),
                "-I",
                "-c",
                PythonResource.text("dependencies.py"),
                file.toString()),
            environment,
            Path.of("/"),
            QUESTION);
    try {
      Map<String, ?> fields = Json.read(answer.output().strip());
      Json.text(fields, "warning").ifPresent(w -> warn.accept(file.getFileName() + ": " + w));
      var lines = new ArrayList<String>();
      if (fields.get("dependencies") instanceof List<?> list) {
        list.forEach(item -> lines.add(String.valueOf(item)));
      }
      return lines;
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          file.getFileName() + " cannot be read: " + answer.output().strip(),
          "Correct it, or list the dependencies in requirements.txt.");
    }
  }
}
