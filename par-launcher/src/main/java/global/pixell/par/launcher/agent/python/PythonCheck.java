package global.pixell.par.launcher.agent.python;

import global.pixell.par.AgentManifest;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.Finding;
import global.pixell.par.launcher.agent.InstallProcess;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds what of a Python package could not be loaded. The interpreter that checks this runs none of
 * the package's code.
 */
public final class PythonCheck {

  private static final Duration TIME = Duration.ofMinutes(2);

  private PythonCheck() {}

  /**
   * Checks entries, syntax, and what the surfaces need.
   *
   * @param tree the package
   * @param manifest its manifest
   * @param environment has the PATH on which PAR looks for an interpreter
   * @return findings; none about modules and syntax if there is no interpreter
   * @throws InterruptedException when the thread is interrupted
   */
  public static List<Finding> of(Path tree, AgentManifest manifest, Map<String, String> environment)
      throws InterruptedException {
    var findings = new ArrayList<Finding>();
    requirements(tree, manifest, findings);
    Optional<Interpreter> python = interpreter(manifest, environment);
    if (python.isPresent()) {
      findings.addAll(
          ask(python.get(), environment, "modules.py", tree.toString(), entries(manifest)));
    }
    return findings;
  }

  /**
   * Compares the bytecode of a package with its source.
   *
   * @param tree the package
   * @param manifest its manifest
   * @param environment has the PATH on which PAR looks for an interpreter
   * @return findings about bytecode that does not belong to its source; one finding if there is no
   *     interpreter
   * @throws InterruptedException when the thread is interrupted
   */
  public static List<Finding> bytecode(
      Path tree, AgentManifest manifest, Map<String, String> environment)
      throws InterruptedException {
    if (!Bytecode.isIn(tree)) {
      return List.of();
    }
    Optional<Interpreter> python = interpreter(manifest, environment);
    return python.isEmpty()
        ? List.of(
            Finding.warning(
                "The package's bytecode cannot be checked: there is no Python for it here."))
        : ask(python.get(), environment, "bytecode.py", "check", tree.toString());
  }

  static Optional<Interpreter> anyInterpreter(Map<String, String> environment)
      throws InterruptedException {
    return interpreter("", environment);
  }

  static Optional<Interpreter> interpreter(AgentManifest manifest, Map<String, String> environment)
      throws InterruptedException {
    return interpreter(
        manifest.runtime().map(AgentManifest.RuntimeSpec::version).orElse(""), environment);
  }

  private static Optional<Interpreter> interpreter(String version, Map<String, String> environment)
      throws InterruptedException {
    try {
      return Optional.of(
          Interpreter.choose(
              version,
              environment.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin"),
              environment,
              global.pixell.par.launcher.agent.PrepareLog.NONE));
    } catch (LaunchException e) {
      return Optional.empty();
    }
  }

  private static String entries(AgentManifest manifest) {
    var entries = new ArrayList<List<String>>();
    manifest.restEntry().ifPresent(e -> entries.add(List.of("rest.entry", e)));
    manifest.a2aService().ifPresent(e -> entries.add(List.of("a2a.service", e)));
    manifest.httpServer().ifPresent(e -> entries.add(List.of("http_server", e)));
    manifest.exports().values().forEach(e -> entries.add(List.of("exports.handler", e)));
    if (manifest.surfaces().isEmpty() && manifest.command().isEmpty()) {
      manifest
          .entrypoint()
          .filter(e -> e.contains(":"))
          .ifPresent(e -> entries.add(List.of("entrypoint", e)));
    }
    String object = Json.write(Map.of("entries", entries));
    return object.substring(object.indexOf('['), object.length() - 1);
  }

  private static List<Finding> ask(
      Interpreter python, Map<String, String> environment, String script, String... arguments)
      throws InterruptedException {
    var argv =
        new ArrayList<>(
            List.of(python.program().toString(), "-I", "-S", "-c", PythonResource.text(script)));
    argv.addAll(List.of(arguments));
    InstallProcess.Result answer = InstallProcess.run(argv, environment, Path.of("/"), TIME);
    try {
      Map<String, ?> answered = Json.read(answer.output().strip());
      var findings = new ArrayList<Finding>();
      texts(answered.get("fatal")).forEach(text -> findings.add(Finding.fatal(text)));
      texts(answered.get("problems")).forEach(text -> findings.add(Finding.warning(text)));
      return findings;
    } catch (IOException e) {
      return List.of(
          Finding.warning("Python could not check the package: " + answer.output().strip()));
    }
  }

  private static List<String> texts(@Nullable Object list) {
    return list instanceof List<?> items ? items.stream().map(String::valueOf).toList() : List.of();
  }

  /** Only warns, because the image may have the packages that requirements.txt does not name. */
  private static void requirements(Path tree, AgentManifest manifest, List<Finding> findings) {
    Path file = tree.resolve("requirements.txt");
    if (!Files.isRegularFile(file)) {
      return;
    }
    try {
      String text = Files.readString(file).toLowerCase(Locale.ROOT);
      var missing = new ArrayList<String>();
      for (String dependency : manifest.dependencies()) {
        String name = dependency.split("[^A-Za-z0-9._-]", 2)[0].toLowerCase(Locale.ROOT);
        if (!name.isEmpty() && !text.replace('_', '-').contains(name.replace('_', '-'))) {
          missing.add(name);
        }
      }
      if (!missing.isEmpty()) {
        findings.add(
            Finding.warning(
                "dependencies of agent.yaml names "
                    + String.join(", ", missing)
                    + ", which requirements.txt does not: only requirements.txt is installed."));
      }
    } catch (IOException e) {
      findings.add(Finding.warning("requirements.txt cannot be read as UTF-8 text: " + e + "."));
    }
  }
}
