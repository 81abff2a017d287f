package global.pixell.par.testkit.cli;

/** A command line that cannot be meant. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String sentence) {
    super(sentence);
  }
}
