package global.pixell.par.launcher.agent;

import global.pixell.par.AgentManifest;
import global.pixell.par.launcher.config.LauncherConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The environment of an agent: the task's own without PAR's and without AWS secrets, then the
 * package's {@code .env}, then its manifest's; the reserved names are PAR's.
 */
public final class AgentVariables {

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
  private static final String DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin";

  private final Map<String, String> variables = new TreeMap<>();
  private final PrepareLog log;

  private AgentVariables(PrepareLog log) {
    this.log = log;
  }

  static AgentVariables of(
      AgentManifest manifest, Path tree, LauncherConfig config, PrepareLog log) {
    var environment = new AgentVariables(log);
    environment.fill(manifest, tree, config);
    return environment;
  }

  private void fill(AgentManifest manifest, Path tree, LauncherConfig config) {
    variables.putAll(ofTask(config));
    dotEnv(tree)
        .forEach(
            (name, value) -> {
              if (!RESERVED.contains(name)) {
                variables.put(name, value);
              }
            });
    putReserved(tree, config);
    manifest
        .environment()
        .forEach((name, value) -> variables.put(name, expand("environment." + name, value)));
    // The tree is read-only, and lines should come when they are printed.
    variables.putIfAbsent("PYTHONDONTWRITEBYTECODE", "1");
    variables.putIfAbsent("PYTHONUNBUFFERED", "1");
  }

  private void putReserved(Path tree, LauncherConfig config) {
    Map<String, String> task = config.environment();
    variables.put("AGENT_APP_ID", config.agentAppId());
    config.deploymentId().ifPresent(id -> variables.put("DEPLOYMENT_ID", id));
    variables.put("REST_PORT", String.valueOf(config.ports().rest()));
    variables.put("A2A_PORT", String.valueOf(config.ports().a2a()));
    variables.put("UI_PORT", String.valueOf(config.ports().ui()));
    variables.put("HEALTH_PORT", String.valueOf(config.ports().health()));
    variables.put("BASE_PATH", config.basePath());
    variables.put("PATH", task.getOrDefault("PATH", DEFAULT_PATH));
    variables.put("HOME", task.getOrDefault("HOME", "/tmp"));
    variables.put("PYTHONPATH", tree.toString());
  }

  /**
   * What of the task's environment the agent may see: for installers, too, which no package should
   * configure.
   *
   * @param config the task's
   * @return a copy
   */
  public static Map<String, String> ofTask(LauncherConfig config) {
    var result = new TreeMap<String, String>();
    config
        .environment()
        .forEach(
            (name, value) -> {
              if (passedOn(name, config)) {
                result.put(name, value);
              }
            });
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

  /**
   * One variable.
   *
   * @param name one that is always set, such as PATH
   * @return its value, empty when it is not set
   */
  public String get(String name) {
    return variables.getOrDefault(name, "");
  }

  /**
   * Sets a variable.
   *
   * @param name its name
   * @param value its value
   */
  public void put(String name, String value) {
    variables.put(name, value);
  }

  Map<String, String> toMap() {
    return Map.copyOf(variables);
  }

  /**
   * Fills in {@code ${VAR}} and {@code ${VAR:-default}}.
   *
   * @param where for the warning about a variable that is not set
   */
  String expand(String where, String value) {
    Matcher m = VARIABLE.matcher(value);
    var out = new StringBuilder();
    while (m.find()) {
      String set = variables.getOrDefault(m.group(1), "");
      if (set.isEmpty() && m.group(2) == null) {
        log.warning(
            where
                + " names ${"
                + m.group(1)
                + "}, which is not set for the agent; give it a default: ${"
                + m.group(1)
                + ":-value}.");
      }
      String fallback = m.group(2) == null ? "" : m.group(2);
      m.appendReplacement(out, Matcher.quoteReplacement(set.isEmpty() ? fallback : set));
    }
    return m.appendTail(out).toString();
  }

  static Map<String, String> dotEnv(Path tree) {
    Path file = tree.resolve(".env");
    var result = new LinkedHashMap<String, String>();
    if (!Files.isRegularFile(file)) {
      return result;
    }
    try {
      int number = 0;
      for (String line : Files.readAllLines(file)) {
        number++;
        String text = line.strip();
        int equals = text.indexOf('=');
        if (text.startsWith("#") || equals < 1) {
          continue;
        }
        if (text.indexOf('\0') >= 0) {
          throw StartFailure.of(
              "Line " + number + " of the package's .env holds a NUL character.", "Remove it.");
        }
        result.put(text.substring(0, equals).strip(), unquoted(text.substring(equals + 1).strip()));
      }
    } catch (IOException e) {
      throw StartFailure.of(
          "The .env of the package cannot be read: " + e + ".",
          "Write it as UTF-8, or leave it out.",
          e);
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
}
