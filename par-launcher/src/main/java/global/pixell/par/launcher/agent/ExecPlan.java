package global.pixell.par.launcher.agent;

import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The last words of PAR in exec mode: a script by which the shell that waits for PAR becomes the
 * agent, with the agent's environment and directory and under its own process id.
 *
 * <p>Variables that stay as they are do not appear, because the shell has them, byte by byte.
 * Nothing secret is ever a word of a command, with one exception that has no other way: variables
 * whose names no shell can set go through {@code env}.
 */
public final class ExecPlan {

  private static final Pattern SHELL_NAME = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");

  private ExecPlan() {}

  /**
   * Writes the script.
   *
   * @param command the agent
   * @param wrapper what stands before it
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

  /** Within single quotes a shell takes every character as it is, but for the quote itself. */
  private static String quoted(String text) {
    return "'" + text.replace("'", "'\\''") + "'";
  }
}
