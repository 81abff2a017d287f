package global.pixell.par.launcher.agent;

import global.pixell.par.AgentManifest;
import global.pixell.par.ParException;
import global.pixell.par.launcher.config.LauncherConfig;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What to start, with which environment and where: made from the manifest and the configuration,
 * nothing started yet.
 */
public record AgentCommand(List<String> argv, Map<String, String> environment, Path directory) {

  private static final Set<String> AWS_SECRETS =
      Set.of(
          "AWS_ACCESS_KEY_ID",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_SESSION_TOKEN",
          "AWS_SECURITY_TOKEN",
          "AWS_WEB_IDENTITY_TOKEN_FILE",
          "AWS_PROFILE",
          "AWS_SHARED_CREDENTIALS_FILE");
  private static final Set<String> RESERVED =
      Set.of(
          "AGENT_APP_ID",
          "DEPLOYMENT_ID",
          "REST_PORT",
          "A2A_PORT",
          "UI_PORT",
          "HEALTH_PORT",
          "BASE_PATH",
          "PATH",
          "HOME",
          "PYTHONPATH");
  private static final Pattern VARIABLE =
      Pattern.compile("\\$\\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?}");

  public static AgentCommand of(AgentManifest manifest, Path tree, LauncherConfig config) {
    String path = config.environment().getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    return new AgentCommand(
        argv(manifest, tree, path), environment(manifest, tree, config, path), tree);
  }

  private static List<String> argv(AgentManifest manifest, Path tree, String path) {
    if (!manifest.command().isEmpty()) {
      var argv = new ArrayList<>(manifest.command());
      argv.set(0, program(argv.get(0), tree, path));
      return List.copyOf(argv);
    }
    if (!manifest.runnable()) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The package " + manifest.name() + " has nothing to run.",
          "Add command: [...] or entrypoint: to agent.yaml.");
    }
    String entrypoint =
        manifest
            .entrypoint()
            .orElseThrow(() -> notServed(manifest, "its surfaces " + manifest.surfaces()));
    String runtime = manifest.runtime().map(AgentManifest.RuntimeSpec::name).orElse("python");
    return switch (runtime) {
      case "java" -> java(entrypoint, tree, path);
      case "node" -> List.of(program("node", tree, path), inPackage(entrypoint, tree));
      case "go" -> List.of(inPackage(entrypoint, tree));
      default -> python(manifest, entrypoint, tree, path);
    };
  }

  private static List<String> java(String entrypoint, Path tree, String path) {
    String java =
        onPath("java", path)
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java"))
            .toString();
    if (entrypoint.endsWith(".jar")) {
      return List.of(java, "-jar", inPackage(entrypoint, tree));
    }
    try (Stream<Path> files = Files.walk(tree, 2)) {
      var classPath = new StringBuilder(tree.toString());
      files
          .filter(f -> f.getFileName().toString().endsWith(".jar"))
          .sorted()
          .forEach(jar -> classPath.append(File.pathSeparatorChar).append(jar));
      return List.of(java, "-cp", classPath.toString(), entrypoint);
    } catch (IOException e) {
      throw failed("The package " + tree + " cannot be read: " + e + ".", "Fetch it again.");
    }
  }

  private static List<String> python(
      AgentManifest manifest, String entrypoint, Path tree, String path) {
    if (entrypoint.contains(":")) {
      throw notServed(manifest, "the entrypoint " + entrypoint);
    }
    String version = manifest.runtime().map(AgentManifest.RuntimeSpec::version).orElse("");
    Optional<Path> python = version.isEmpty() ? Optional.empty() : onPath("python" + version, path);
    return List.of(
        python.map(Path::toString).orElseGet(() -> program("python3", tree, path)),
        inPackage(entrypoint, tree));
  }

  private static ParException notServed(AgentManifest manifest, String what) {
    return failed(
        "The agent "
            + manifest.name()
            + " is to be started by "
            + what
            + ", which PAR does not serve yet.",
        "Give agent.yaml a command, such as [python3, main.py], or a script as entrypoint.");
  }

  private static String inPackage(String name, Path tree) {
    Path file = tree.resolve(name).normalize();
    if (!file.startsWith(tree) || !Files.isRegularFile(file)) {
      throw failed(
          "The entrypoint '" + name + "' is not a file of the package.",
          "Name a file inside the package.");
    }
    return file.toString();
  }

  /** In the package first, then on PATH. */
  private static String program(String name, Path tree, String path) {
    Path own = tree.resolve(name).normalize();
    if (own.startsWith(tree) && Files.isRegularFile(own)) {
      if (!Files.isExecutable(own)) {
        throw failed(
            "'" + name + "' of the package is not executable.",
            "Pack it with its x bit, or start it by its interpreter.");
      }
      return own.toString();
    }
    if (name.startsWith("/") && Files.isExecutable(Path.of(name))) {
      return name;
    }
    return onPath(name, path)
        .map(Path::toString)
        .orElseThrow(
            () ->
                failed(
                    "The program '"
                        + name
                        + "' is neither in the package nor on PATH "
                        + path
                        + ".",
                    "Add it to the package or to the image."));
  }

  private static Optional<Path> onPath(String name, String path) {
    if (name.contains("/")) {
      return Optional.empty();
    }
    return Stream.of(path.split(File.pathSeparator, -1))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, name))
        .filter(file -> Files.isRegularFile(file) && Files.isExecutable(file))
        .findFirst();
  }

  private static ParException failed(String what, String hint) {
    return new ParException(ParException.Kind.AGENT_FAILED, what, hint);
  }

  /**
   * The task's own variables, then the package's .env, then its manifest; reserved names are PAR's.
   */
  private static Map<String, String> environment(
      AgentManifest manifest, Path tree, LauncherConfig config, String path) {
    Map<String, String> task = config.environment();
    var result = new TreeMap<String, String>();
    task.forEach(
        (name, value) -> {
          if (passedOn(name, config)) {
            result.put(name, value);
          }
        });
    dotEnv(tree)
        .forEach(
            (name, value) -> {
              if (!RESERVED.contains(name)) {
                result.put(name, value);
              }
            });
    manifest.environment().forEach((name, value) -> result.put(name, expand(value, task)));
    result.put("AGENT_APP_ID", config.agentAppId());
    config.deploymentId().ifPresent(id -> result.put("DEPLOYMENT_ID", id));
    result.put("REST_PORT", String.valueOf(config.ports().rest()));
    result.put("A2A_PORT", String.valueOf(config.ports().a2a()));
    result.put("UI_PORT", String.valueOf(config.ports().ui()));
    result.put("HEALTH_PORT", String.valueOf(config.ports().health()));
    result.put("BASE_PATH", config.basePath());
    result.put("PATH", path);
    result.put("HOME", task.getOrDefault("HOME", "/tmp"));
    result.put("PYTHONPATH", tree.toString());
    // The tree is read-only, and lines should come when they are printed.
    result.putIfAbsent("PYTHONDONTWRITEBYTECODE", "1");
    result.putIfAbsent("PYTHONUNBUFFERED", "1");
    return result;
  }

  private static boolean passedOn(String name, LauncherConfig config) {
    boolean aws = AWS_SECRETS.contains(name) || name.startsWith("AWS_CONTAINER_");
    if (aws) {
      return config.passAwsCredentials();
    }
    return !name.startsWith("PAR_")
        && (name.equals("AWS_REGION") || !LauncherConfig.KNOWN.contains(name));
  }

  static Map<String, String> dotEnv(Path tree) {
    Path file = tree.resolve(".env");
    var result = new LinkedHashMap<String, String>();
    if (!Files.isRegularFile(file)) {
      return result;
    }
    try {
      for (String line : Files.readAllLines(file)) {
        String text = line.strip();
        int equals = text.indexOf('=');
        if (text.startsWith("#") || equals < 1) {
          continue;
        }
        result.put(text.substring(0, equals).strip(), unquoted(text.substring(equals + 1).strip()));
      }
    } catch (IOException e) {
      throw failed(
          "The .env of the package cannot be read: " + e + ".",
          "Write it as UTF-8, or leave it out.");
    }
    return result;
  }

  private static String unquoted(String value) {
    boolean quoted =
        value.length() >= 2
            && (value.charAt(0) == '"' || value.charAt(0) == '\'')
            && value.charAt(value.length() - 1) == value.charAt(0);
    return quoted ? value.substring(1, value.length() - 1) : value;
  }

  static String expand(String value, Map<String, String> environment) {
    Matcher m = VARIABLE.matcher(value);
    var out = new StringBuilder();
    while (m.find()) {
      String set = environment.getOrDefault(m.group(1), "");
      String fallback = m.group(2) == null ? "" : m.group(2);
      m.appendReplacement(out, Matcher.quoteReplacement(set.isEmpty() ? fallback : set));
    }
    return m.appendTail(out).toString();
  }
}
