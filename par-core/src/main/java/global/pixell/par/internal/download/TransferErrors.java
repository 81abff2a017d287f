package global.pixell.par.internal.download;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;

/**
 * The failures that the bodies of a download can have, each with its sentence.
 *
 * @param source the object that is read
 * @param settings its limits
 */
record TransferErrors(ObjectSource source, DownloadSettings settings) {

  private static final String NETWORK = "Check the network between the task and S3.";

  /** A body that ended too early. */
  FetchFailure shortBody(ContentPin pin, long bytes) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.CORRUPT,
            "The body of "
                + source.address()
                + " ended after "
                + (pin.total().isPresent()
                    ? bytes + " of " + pin.total().getAsLong() + " bytes."
                    : bytes + " bytes, before its end."),
            "Try again; a proxy or the network between cuts connections."));
  }

  FetchFailure stalled(long bytes) {
    return unavailable(
        "a connection brought "
            + bytes
            + " bytes in "
            + settings.stallWindow().toSeconds()
            + " s, less than "
            + settings.stallMinBytes(),
        NETWORK);
  }

  FetchFailure changed() {
    return FetchFailure.objectChanged(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading " + source.address() + " failed: the object changed while it was downloaded.",
            "Publish packages under a new key instead of overwriting one."));
  }

  FetchFailure otherRange(long requested, long sent) {
    return unavailable(
        "the request was for the bytes from " + requested + ", the server sent those from " + sent,
        "Check the server, or the proxy before it.");
  }

  /** The deadline passed during an attempt. */
  FetchFailure late(long bytes) {
    return unavailable(
        "it did not arrive in time, only " + bytes + " bytes of it",
        "Check the network between the task and S3, or make the package smaller.");
  }

  private FetchFailure unavailable(String what, String hint) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.UNAVAILABLE, "Reading " + source.address() + " failed: " + what + ".", hint));
  }

  ParException oversize(long bytes) {
    return new ParException(
        Kind.BAD_PACKAGE,
        "The package "
            + source.address()
            + " is "
            + bytes
            + " bytes or more, over the limit of "
            + settings.maxBytes()
            + ".",
        "Make the package smaller, or raise maxPackageBytes(…).");
  }

  ParException stopped() {
    return new ParException(
        Kind.CANCELLED,
        "The fetch of " + source.address() + " was stopped.",
        "Fetch again to start over.");
  }
}
