package global.pixell.par.testkit;

/** A folder that cannot become a package; the message is a sentence for its author. */
final class NotPackable extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotPackable(String sentence) {
    super(sentence);
  }
}
