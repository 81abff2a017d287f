package global.pixell.par.testkit.internal.http;

import java.io.IOException;

/** The client's bytes are not the head of a request; the message says why. */
final class MalformedHeadException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;

  MalformedHeadException(String why) {
    this(400, why);
  }

  MalformedHeadException(int status, String why) {
    super(why);
    this.status = status;
  }

  int status() {
    return status;
  }
}
