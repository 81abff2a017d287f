package global.pixell.par.internal.remote;

import java.io.IOException;

/** An answer whose head cannot be right; the message says how, as the end of a sentence. */
public final class MalformedResponse extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedResponse(String message) {
    super(message);
  }
}
