package global.pixell.par.testkit.internal.http;

import java.io.IOException;

/** The connection has ended, by a fault or by the client: nothing more can be said on it. */
public final class ConnectionClosedException extends IOException {
  private static final long serialVersionUID = 1L;

  public ConnectionClosedException(String why) {
    super(why);
  }
}
