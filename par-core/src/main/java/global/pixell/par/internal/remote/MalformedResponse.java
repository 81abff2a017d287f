package global.pixell.par.internal.remote;

import java.io.IOException;

/** A response whose head cannot be right. The message says why, as the end of a sentence. */
public final class MalformedResponse extends IOException {
  private static final long serialVersionUID = 1L;

  MalformedResponse(String message) {
    super(message);
  }
}
