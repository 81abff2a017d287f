package global.pixell.par.launcher.boot;

import java.util.Optional;

/**
 * How a run ended.
 *
 * @param kind for the receipt
 * @param exitCode the exit code of the process
 * @param execPlan the commands that the shell runs after PAR, in exec mode
 */
record Outcome(Kind kind, int exitCode, Optional<String> execPlan) {

  /** How, in one word. */
  public enum Kind {
    /** The agent was ready and ended by itself. */
    EXITED,
    /** A signal stopped the run. */
    STOPPED,
    /** The boot failed, or PAR did. */
    FAILED,
    /** The agent takes the place of this process. */
    REPLACED
  }

  static Outcome exited(int exitCode) {
    return new Outcome(Kind.EXITED, exitCode, Optional.empty());
  }

  static Outcome stopped(int exitCode) {
    return new Outcome(Kind.STOPPED, exitCode, Optional.empty());
  }

  static Outcome failed(int exitCode) {
    return new Outcome(Kind.FAILED, exitCode, Optional.empty());
  }

  static Outcome replaced(String execPlan) {
    return new Outcome(Kind.REPLACED, 0, Optional.of(execPlan));
  }
}
