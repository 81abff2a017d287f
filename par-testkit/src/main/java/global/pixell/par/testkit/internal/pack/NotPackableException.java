package global.pixell.par.testkit.internal.pack;

/** A folder that cannot become a package; the message is a sentence for the agent's author. */
public final class NotPackableException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NotPackableException(String sentence) {
    super(sentence);
  }
}
