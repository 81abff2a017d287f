package global.pixell.par.internal.io;

import global.pixell.par.Par;
import global.pixell.par.ParException;

/** The failures of calls that somebody ended early. */
public final class Cancellation {
  private Cancellation() {}

  /** A call that {@link Par#close} ended. */
  public static ParException closed() {
    return new ParException(
        ParException.Kind.CANCELLED, "PAR was closed.", "Open a new Par to fetch again.");
  }
}
