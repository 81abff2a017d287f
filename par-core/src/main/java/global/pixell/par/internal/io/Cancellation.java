package global.pixell.par.internal.io;

import global.pixell.par.Par;
import global.pixell.par.ParException;

/** The failures of calls that somebody ended early. */
public final class Cancellation {
  private Cancellation() {}

  /** A call whose thread was interrupted. */
  public static ParException interrupted(String address, InterruptedException e) {
    return new ParException(
        ParException.Kind.CANCELLED,
        "The fetch of " + address + " was interrupted.",
        "Fetch again to begin anew.",
        e);
  }

  /** A call that {@link Par#close} ended. */
  public static ParException closed() {
    return new ParException(
        ParException.Kind.CANCELLED, "PAR was closed.", "Open a new Par to fetch again.");
  }
}
