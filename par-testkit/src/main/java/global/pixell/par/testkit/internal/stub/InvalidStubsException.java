package global.pixell.par.testkit.internal.stub;

/** A directory of stubs that cannot be used; the message is a sentence for its author. */
public final class InvalidStubsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidStubsException(String sentence) {
    super(sentence);
  }

  InvalidStubsException(String sentence, Throwable cause) {
    super(sentence, cause);
  }
}
