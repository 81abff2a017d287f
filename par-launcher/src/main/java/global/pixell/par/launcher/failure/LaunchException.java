package global.pixell.par.launcher.failure;

import org.jspecify.annotations.Nullable;

/**
 * A boot failed for a reason that only the launcher knows: the agent, or a deadline. As with {@code
 * ParException}, the message says what happened with its values, and the hint what to do.
 */
public final class LaunchException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final ExitCode code;
  private final String hint;

  private LaunchException(ExitCode code, String message, String hint, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.hint = hint;
  }

  /** The agent cannot be prepared or started, or does not become ready: exit code 87. */
  public static LaunchException agentFailed(String message, String hint) {
    return new LaunchException(ExitCode.AGENT_FAILED, message, hint, null);
  }

  /** The agent cannot be prepared or started, or does not become ready: exit code 87. */
  public static LaunchException agentFailed(String message, String hint, Throwable cause) {
    return new LaunchException(ExitCode.AGENT_FAILED, message, hint, cause);
  }

  /** A deadline of the boot passed: exit code 88. */
  public static LaunchException bootTimeout(String message, String hint) {
    return new LaunchException(ExitCode.BOOT_TIMEOUT, message, hint, null);
  }

  /** What happened, as a sentence. */
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }

  /** The exit code of a boot that ends with this. */
  public ExitCode code() {
    return code;
  }

  /** What to do, as a sentence. */
  public String hint() {
    return hint;
  }
}
