package global.pixell.par.testkit;

import java.io.IOException;

/** The connection has ended, by a fault or by the client: nothing more can be said on it. */
final class ConnectionLost extends IOException {
  private static final long serialVersionUID = 1L;

  ConnectionLost(String why) {
    super(why);
  }
}
