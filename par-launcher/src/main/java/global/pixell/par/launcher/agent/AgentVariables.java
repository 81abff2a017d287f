package global.pixell.par.launcher.agent;

import global.pixell.par.AgentManifest;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.config.LauncherConfig;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The environment of the agent: the task's variables without PAR's own and without credentials,
 * then the package's {@code .env}, then its manifest. Later values replace earlier ones, and only
 * PAR sets the reserved names.
 */
public final class AgentVariables {

  /**
   * A random id of this run. Each process of the agent inherits it. So PAR finds all of them when
   * it stops the agent, even those that left their session and lost their parent.
   */
  static final String RUN_ID = "PIXELL_RUN_ID";

  /**
   * Names of credentials, in addition to {@code AWS_CONTAINER_*}, {@code AWS_BEARER_TOKEN*} and AWS
   * names that sound like a secret.
   */
  private static final Set<String> AWS_CREDENTIALS =
      Set.of(
          "AWS_ACCESS_KEY_ID",
          "AWS_ACCESS_KEY",
          "AWS_SECRET_ACCESS_KEY",
          "AWS_SECRET_KEY",
          "AWS_SESSION_TOKEN",
          "AWS_SECURITY_TOKEN",
          "AWS_DELEGATION_TOKEN",
          "AWS_CREDENTIAL_FILE",
          "AWS_CREDENTIALS_FILE",
          "AWS_SHARED_CREDENTIALS_FILE",
          "AWS_CONFIG_FILE",
          "AWS_PROFILE",
          "AWS_DEFAULT_PROFILE",
          "AWS_ROLE_ARN",
          "AWS_ROLE_SESSION_NAME",
          "AWS_WEB_IDENTITY_TOKEN_FILE");

  private final Map<String, String> variables;
  private final PrepareLog log;

  private AgentVariables(Map<String, String> ofTask, PrepareLog log) {
    this.variables = new TreeMap<>(ofTask);
    this.log = log;
  }

  /**
   * Builds the environment.
   *
   * @param declared the variables of the manifest, not yet expanded
   * @throws ParException of kind {@code BAD_PACKAGE} when the package declares a variable that no
   *     process can have
   */
  public static AgentVariables of(
      Map<String, String> declared, Path tree, LauncherConfig config, PrepareLog log) {
    var result = new AgentVariables(ofTask(config), log);
    DotEnv.read(tree)
        .forEach(
            (name, value) -> {
              checkVariable("The .env of the package", name, value);
              result.variables.put(name, value);
            });
    result.putReserved(tree, config);
    // A value can name the variables above it.
    declared.forEach(
        (name, value) -> {
          checkVariable("'environment' of agent.yaml", name, value);
          String expanded = result.expand("environment." + name, value);
          if (!isReserved(name)) {
            result.variables.put(name, expanded);
          }
        });
    return result;
  }

  /**
   * The part of the task's environment that the agent may see. Installers get only this part, too,
   * because no package should configure them.
   *
   * @param config the configuration of the task
   * @return a copy
   */
  public static Map<String, String> ofTask(LauncherConfig config) {
    Map<String, String> task = config.environment();
    var result = new TreeMap<String, String>();
    task.forEach(
        (name, value) -> {
          if (isPassedOn(name, config)) {
            result.put(name, value);
          }
        });
    LauncherConfig.JAVA_OPTIONS.forEach(
        (privateName, name) -> {
          if (task.containsKey(privateName)) {
            result.put(name, task.get(privateName));
          }
        });
    return result;
  }

  private void putReserved(Path tree, LauncherConfig config) {
    variables.keySet().removeIf(AgentVariables::isReserved);
    variables.put("AGENT_APP_ID", config.agentAppId());
    config.deploymentId().ifPresent(id -> variables.put("DEPLOYMENT_ID", id));
    variables.put("REST_PORT", String.valueOf(config.ports().rest()));
    variables.put("A2A_PORT", String.valueOf(config.ports().a2a()));
    variables.put("UI_PORT", String.valueOf(config.ports().ui()));
    variables.put("HEALTH_PORT", String.valueOf(config.ports().health()));
    variables.put("BASE_PATH", config.basePath());
    variables.put("PATH", config.path());
    variables.put("HOME", home(config));
    variables.put("PYTHONPATH", tree.toString());
    // The tree is read-only, and each line should arrive when the agent prints it.
    variables.putIfAbsent("PYTHONDONTWRITEBYTECODE", "1");
    variables.putIfAbsent("PYTHONUNBUFFERED", "1");
  }

  /** Another user than root cannot use root's home. */
  private static String home(LauncherConfig config) {
    String home = config.environment().getOrDefault("HOME", "/tmp");
    return config.agentUser().isPresent() && home.equals("/root") ? "/tmp" : home;
  }

  private static boolean isPassedOn(String name, LauncherConfig config) {
    if (isAwsCredential(name)) {
      return config.passAwsCredentials();
    }
    return !name.startsWith("PAR_")
        && (name.equals("AWS_REGION") || !LauncherConfig.KNOWN.contains(name));
  }

  static boolean isAwsCredential(String name) {
    return AWS_CREDENTIALS.contains(name)
        || name.startsWith("AWS_CONTAINER_")
        || name.startsWith("AWS_BEARER_TOKEN")
        || (name.startsWith("AWS_") && Redactor.isSecretName(name));
  }

  private static void checkVariable(String where, String name, String value) {
    if (name.isEmpty() || name.indexOf('=') >= 0) {
      throw badPackage(
          where + " has a variable named '" + name + "', which no process can have.",
          "Give it a name without '='.");
    }
    requireNoNul(where + ", variable '" + name.replace("\0", "\\0") + "',", name + value);
  }

  /** Refuses NUL, because arguments and variables of a process are C strings, which end at NUL. */
  public static void requireNoNul(String where, String text) {
    if (text.indexOf('\0') >= 0) {
      throw badPackage(
          where + " contains a NUL character, which no process can be given.",
          "Remove it, and pack the agent again.");
    }
  }

  private static ParException badPackage(String what, String hint) {
    return new ParException(ParException.Kind.BAD_PACKAGE, what, hint);
  }

  /**
   * The value of a variable.
   *
   * @param name such as PATH
   * @return its value; empty when it is not set
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

  /** A copy, in the order of the names. */
  Map<String, String> toMap() {
    return new TreeMap<>(variables);
  }

  /**
   * Replaces {@code ${NAME}} and {@code ${NAME:-default}}, where the default may contain further
   * variables. Uses only the agent's own environment, never PAR's. Other text stays as it is.
   *
   * @param where for the warning about a variable that is not set
   */
  String expand(String where, String text) {
    var out = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      int next = text.startsWith("${", i) ? expandOne(where, text, i, out) : i;
      if (next == i) {
        out.append(text.charAt(i));
        next = i + 1;
      }
      i = next;
    }
    return out.toString();
  }

  /** Returns the index after the variable; {@code start} when no variable begins there. */
  private int expandOne(String where, String text, int start, StringBuilder out) {
    int nameEnd = start + 2;
    while (nameEnd < text.length() && isNameCharacter(text.charAt(nameEnd), nameEnd - start - 2)) {
      nameEnd++;
    }
    if (nameEnd == start + 2) {
      return start;
    }
    String name = text.substring(start + 2, nameEnd);
    String value = variables.getOrDefault(name, "");
    if (text.startsWith("}", nameEnd)) {
      if (!variables.containsKey(name)) {
        log.warning(
            where
                + " names ${"
                + name
                + "}, which is not set for the agent; give it a default: ${"
                + name
                + ":-value}.");
      }
      out.append(value);
      return nameEnd + 1;
    }
    int end = text.startsWith(":-", nameEnd) ? closingBrace(text, nameEnd + 2) : -1;
    if (end < 0) {
      return start;
    }
    out.append(value.isEmpty() ? expand(where, text.substring(nameEnd + 2, end)) : value);
    return end + 1;
  }

  private static boolean isNameCharacter(char c, int index) {
    return c == '_'
        || (c >= 'A' && c <= 'Z')
        || (c >= 'a' && c <= 'z')
        || (index > 0 && c >= '0' && c <= '9');
  }

  private static int closingBrace(String text, int from) {
    int depth = 1;
    for (int i = from; i < text.length(); i++) {
      if (text.startsWith("${", i)) {
        depth++;
      } else if (text.charAt(i) == '}' && --depth == 0) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isReserved(String name) {
    return name.equals(RUN_ID) || AgentManifest.RESERVED_VARIABLES.contains(name);
  }
}
