package global.pixell.par.testkit.internal.http;

import java.io.IOException;

/** A fault or the client has closed the connection, so the server cannot send an answer. */
public final class ConnectionClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  public ConnectionClosedException(String why) {
    super(why);
  }
}
