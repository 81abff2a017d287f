package global.pixell.par.testkit.cli;

/** Invalid arguments; the message is a sentence for the user. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String sentence) {
    super(sentence);
  }
}
