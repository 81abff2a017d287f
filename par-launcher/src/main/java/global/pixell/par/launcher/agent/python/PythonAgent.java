package global.pixell.par.launcher.agent.python;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentRuntime;
import global.pixell.par.launcher.agent.AgentVariables;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A Python agent: its interpreter, its virtual environment, and either its own script or command or
 * PAR's host, which serves its surfaces.
 */
public final class PythonAgent implements AgentRuntime {

  /** The directory beside the code into which {@code pack --deps} puts dependencies. */
  public static final String PACKED_DEPENDENCIES = "site-packages";

  /** Functions that serve by themselves if they take no arguments; host.py has the same names. */
  private static final Pattern SELF_SERVING =
      Pattern.compile(".*:(main|run|serve|start|server|cli)");

  /**
   * How an agent shows that it is ready: as its manifest declares, else by the {@code /health} of
   * PAR's host if the host serves the agent.
   *
   * @param manifest of the agent
   * @return empty if neither applies
   */
  public static Optional<Readiness> readiness(AgentManifest manifest) {
    String entrypoint = manifest.entrypoint().orElse("");
    boolean hosted =
        manifest.command().isEmpty()
            && (!manifest.surfaces().isEmpty()
                || !manifest.exports().isEmpty()
                || (entrypoint.contains(":") && !SELF_SERVING.matcher(entrypoint).matches()));
    return manifest
        .readiness()
        .or(() -> hosted ? Optional.of(new Readiness(Probe.HTTP, "/health")) : Optional.empty());
  }

  @Override
  public AgentCommand prepare(PreparedAgent fetched) throws InterruptedException {
    AgentManifest manifest = fetched.manifest();
    AgentVariables environment = fetched.environment();
    Interpreter interpreter =
        Interpreter.choose(
            manifest.runtime().map(AgentManifest.RuntimeSpec::version).orElse(""),
            environment.get("PATH"),
            AgentVariables.ofTask(fetched.config()),
            fetched.log());
    PreparedAgent agent = fetched.in(CompiledTree.of(fetched, interpreter));
    environment.put("PYTHONPATH", agent.tree().toString());
    String python = interpreter.program().toString();
    Path packed = agent.tree().resolve(PACKED_DEPENDENCIES);
    if (Files.isDirectory(packed)) {
      environment.put("PYTHONPATH", environment.get("PYTHONPATH") + ":" + packed);
    } else {
      Optional<Path> own = PythonEnvironment.of(agent, interpreter);
      if (own.isPresent()) {
        Path bin = own.get().resolve("bin");
        python = bin.resolve("python").toString();
        environment.put("VIRTUAL_ENV", own.get().toString());
        environment.put("PATH", bin + ":" + environment.get("PATH"));
      }
    }
    if (!manifest.command().isEmpty()) {
      return agent.ownCommand();
    }
    String entrypoint = manifest.entrypoint().orElse("");
    boolean surfaces = !manifest.surfaces().isEmpty() || !manifest.exports().isEmpty();
    if (!surfaces && !entrypoint.contains(":")) {
      return agent.command(script(python, entrypoint, agent.tree()));
    }
    return agent.command(List.of(python, "-u", host(agent.config()).toString(), config(agent)));
  }

  /** The command for an entrypoint such as {@code main.py}, {@code main} or {@code pkg.main}. */
  private static List<String> script(String python, String entrypoint, Path tree) {
    Path file = tree.resolve(entrypoint).normalize();
    if (file.startsWith(tree) && Files.isRegularFile(file)) {
      return List.of(python, file.toString());
    }
    Path module = tree.resolve(entrypoint.replace('.', '/') + ".py").normalize();
    Path main = tree.resolve(entrypoint.replace('.', '/')).resolve("__main__.py").normalize();
    if (module.startsWith(tree) && (Files.isRegularFile(module) || Files.isRegularFile(main))) {
      return List.of(python, "-m", entrypoint);
    }
    throw LaunchException.agentFailed(
        "The entrypoint '" + entrypoint + "' is not a file of the package.",
        "Name a script like main.py, or a function like main:handler.");
  }

  /** The file of PAR's host, outside every package. An agent only reads it. */
  private static Path host(LauncherConfig config) {
    Path directory = config.par().cache().directory().resolve("v1").resolve("host");
    try {
      return PythonResource.file("host.py", directory);
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          "The Python host cannot be written to " + directory + ": " + e + ".",
          "Check the space and the permissions of PAR_CACHE_DIR.");
    }
  }

  private static String config(PreparedAgent agent) {
    AgentManifest manifest = agent.manifest();
    LauncherConfig config = agent.config();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", manifest.name());
    fields.put("version", manifest.version());
    manifest.description().ifPresent(text -> fields.put("description", text));
    manifest.author().ifPresent(text -> fields.put("author", text));
    agent.digest().ifPresent(digest -> fields.put("digest", digest.hex()));
    fields.put("root", agent.tree().toString());
    fields.put("dependencyFile", dependencyFile(agent.tree()));
    fields.put("multiplexed", config.multiplexed());
    fields.put("grace", config.shutdownGrace().toSeconds());
    fields.put("phases", agent.phases());
    manifest.restEntry().ifPresent(entry -> fields.put("rest", entry));
    manifest.a2aService().ifPresent(entry -> fields.put("a2a", entry));
    manifest.httpServer().ifPresent(entry -> fields.put("http", entry));
    manifest.ui().ifPresent(ui -> fields.put("ui", ui(ui, agent.tree())));
    if (manifest.surfaces().isEmpty()) {
      manifest
          .entrypoint()
          .filter(entry -> entry.contains(":"))
          .ifPresent(entry -> fields.put("entrypoint", entry));
      fields.put("exports", manifest.exports());
    }
    return Json.write(fields);
  }

  /**
   * The UI's directory. The builder puts it under {@code dist}, even if the manifest omits that.
   */
  private static Map<String, Object> ui(AgentManifest.Ui ui, Path tree) {
    Path named = tree.resolve(ui.path()).normalize();
    Path built = tree.resolve("dist").resolve(ui.path()).normalize();
    Path directory = !Files.isDirectory(named) && Files.isDirectory(built) ? built : named;
    return Map.of("directory", directory.toString(), "basePath", ui.basePath());
  }

  private static String dependencyFile(Path tree) {
    for (String name : List.of("requirements.txt", "pyproject.toml")) {
      if (Files.isRegularFile(tree.resolve(name))) {
        return name;
      }
    }
    return "requirements.txt";
  }
}
