package global.pixell.par.testkit.cli.console;

/** Invalid arguments; the message is a sentence for the user. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String sentence) {
    super(sentence);
  }

  private UsageException(IllegalArgumentException refusal) {
    super(refusal.getMessage(), refusal);
  }

  /** Runs a step that refuses a bad value with an {@link IllegalArgumentException}. */
  public static void ifRefused(Runnable step) {
    try {
      step.run();
    } catch (IllegalArgumentException e) {
      throw new UsageException(e);
    }
  }
}
