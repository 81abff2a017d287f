package global.pixell.par.launcher.boot;

import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.ExecPlan;
import global.pixell.par.launcher.agent.ProcessWrapper;
import java.util.Map;

/** Hands the agent's command over to the shell that waits for PAR, in exec mode. */
final class ExecHandover {

  private ExecHandover() {}

  /**
   * Writes the plan by which the shell becomes the agent.
   *
   * @param environment the environment of the shell
   * @throws ParException of kind {@code CONFIG} when no shell waits, {@code BAD_PACKAGE} when the
   *     plan is too long for the pipe to the shell
   */
  static String plan(
      ShellReport shell,
      AgentCommand command,
      ProcessWrapper wrapper,
      Map<String, String> environment) {
    if (!shell.isPresent()) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "PAR_EXEC is true, but PAR was not started by bin/par.",
          "Start bin/par: a Java process cannot become another program by itself.");
    }
    String plan = ExecPlan.of(command, wrapper, environment);
    if (plan.length() > ShellReport.MAX_PLAN) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The agent's environment is too large for PAR_EXEC: "
              + plan.length()
              + " characters, at most "
              + ShellReport.MAX_PLAN
              + ".",
          "Make it smaller, or unset PAR_EXEC.");
    }
    return plan;
  }
}
