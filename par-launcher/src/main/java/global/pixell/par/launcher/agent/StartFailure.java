package global.pixell.par.launcher.agent;

import global.pixell.par.ParException;

/** Why an agent cannot be started, in the words of its author: exit code 87. */
public final class StartFailure {

  private StartFailure() {}

  /**
   * A failure of kind {@code AGENT_FAILED}.
   *
   * @param what a sentence with its values
   * @param hint what to do
   * @return to be thrown
   */
  public static RuntimeException of(String what, String hint) {
    return new ParException(ParException.Kind.AGENT_FAILED, what, hint);
  }

  static RuntimeException of(String what, String hint, Throwable cause) {
    return new ParException(ParException.Kind.AGENT_FAILED, what, hint, cause);
  }
}
