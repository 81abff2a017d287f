package global.pixell.par.testkit.internal.http;

import java.io.IOException;

/** A request's body breaks the rules of its transfer coding. */
public final class MalformedBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  public MalformedBodyException(String message) {
    super(message);
  }
}
