package global.pixell.par.testkit;

import java.io.IOException;

/** A fault has ended the connection: nothing more can be said on it. */
final class ConnectionLost extends IOException {
  private static final long serialVersionUID = 1L;

  ConnectionLost(String fault) {
    super("the connection was ended by the fault " + fault);
  }
}
