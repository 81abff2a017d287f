package global.pixell.par.launcher.agent;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The script that PAR leaves to its shell in exec mode. By this script, the shell that waits for
 * PAR becomes the agent: it takes the agent's environment and directory, and keeps its process id.
 *
 * <p>Unchanged variables do not appear, because the shell has them already. No secret becomes an
 * argument of a command, with one unavoidable exception: {@code env} sets the variables whose names
 * a shell cannot set.
 */
public final class ExecPlan {

  private static final Pattern SHELL_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private ExecPlan() {}

  /**
   * Writes the script.
   *
   * @param command the agent's command
   * @param wrapper the tools that start it
   * @param current the environment of the shell
   */
  public static String of(
      AgentCommand command, ProcessWrapper wrapper, Map<String, String> current) {
    var script = new StringBuilder();
    new TreeMap<>(current)
        .forEach(
            (name, value) -> {
              if (!command.environment().containsKey(name) && isShellName(name)) {
                script.append("unset ").append(name).append('\n');
              }
            });
    var others = new StringBuilder();
    new TreeMap<>(command.environment())
        .forEach(
            (name, value) -> {
              if (!isShellName(name)) {
                others.append(' ').append(quoted(name + "=" + value));
              } else if (!value.equals(current.get(name))) {
                script.append(name).append('=').append(quoted(value)).append('\n');
                script.append("export ").append(name).append('\n');
              }
            });
    script.append("cd ").append(quoted(command.directory().toString())).append(" || exit 87\n");
    script.append("exec");
    if (!others.isEmpty()) {
      script.append(" env").append(others);
    }
    for (String word : wrapper.replacement(command.argv())) {
      script.append(' ').append(quoted(word));
    }
    return script.append('\n').toString();
  }

  private static boolean isShellName(String name) {
    return SHELL_NAME.matcher(name).matches();
  }

  /** Within single quotes a shell takes every character literally, except the quote itself. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
