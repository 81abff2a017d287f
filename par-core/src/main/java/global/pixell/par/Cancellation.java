package global.pixell.par;

/** The failures of calls that somebody ended early. */
final class Cancellation {
  private Cancellation() {}

  /** A call that {@link Par#close} ended. */
  static ParException closed() {
    return new ParException(
        ParException.Kind.CANCELLED, "PAR was closed.", "Open a new Par to fetch again.");
  }
}
