package global.pixell.par.internal.io;

import global.pixell.par.Par;
import global.pixell.par.ParException;
import java.nio.channels.ClosedByInterruptException;
import java.util.function.BooleanSupplier;

/** How a call ends that was interrupted, closed or cancelled. */
public final class Cancellation {
  private Cancellation() {}

  /** A call whose thread was interrupted. */
  public static ParException interrupted(String address, InterruptedException e) {
    return new ParException(
        ParException.Kind.CANCELLED,
        "The fetch of " + address + " was interrupted.",
        "Fetch again.",
        e);
  }

  /**
   * Ends the work of this thread if it was cancelled.
   *
   * @throws ParException of kind {@code CANCELLED} when cancelled
   * @throws ClosedByInterruptException when the thread is interrupted
   */
  public static void check(BooleanSupplier cancelled) throws ClosedByInterruptException {
    if (Thread.currentThread().isInterrupted()) {
      throw new ClosedByInterruptException();
    }
    if (cancelled.getAsBoolean()) {
      throw closed();
    }
  }

  /** A call that {@link Par#close} ended. */
  public static ParException closed() {
    return new ParException(
        ParException.Kind.CANCELLED, "PAR was closed.", "Open a new Par to fetch again.");
  }
}
