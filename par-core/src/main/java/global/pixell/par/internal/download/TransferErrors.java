package global.pixell.par.internal.download;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;

/**
 * What may go wrong with the bodies of a download, each with its sentence.
 *
 * @param source what is read
 * @param settings what counts as too little or too much
 * @param pin what is known of the content
 */
record TransferErrors(ObjectSource source, DownloadSettings settings, ContentPin pin) {

  /** A body that ended before its time. */
  FetchFailure shortBody(long here) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.CORRUPT,
            "The body of "
                + source.address()
                + " ended after "
                + (pin.total().isPresent()
                    ? here + " of " + pin.total().getAsLong() + " bytes."
                    : here + " bytes, before its end."),
            "Try again; a proxy or the network between cuts connections."));
  }

  FetchFailure stalled(long brought) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading "
                + source.address()
                + " failed: a connection brought "
                + brought
                + " bytes in "
                + settings.window().toSeconds()
                + " s, less than "
                + settings.leastBytes()
                + ".",
            "Check the network between the task and S3."));
  }

  FetchFailure changed() {
    return FetchFailure.objectChanged(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading " + source.address() + " failed: the object changed while it was downloaded.",
            "Publish packages under a new key instead of overwriting one."));
  }

  FetchFailure otherRange(long asked, long sent) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.UNAVAILABLE,
            "Reading "
                + source.address()
                + " failed: asked for the bytes from "
                + asked
                + ", the server sent those from "
                + sent
                + ".",
            "Check the server, or the proxy before it."));
  }

  /** Also before there is a content to know anything of. */
  static ParException oversize(ObjectSource source, long bytes, long maxBytes) {
    return new ParException(
        Kind.BAD_PACKAGE,
        "The package "
            + source.address()
            + " is "
            + bytes
            + " bytes or more, over the limit of "
            + maxBytes
            + ".",
        "Make the package smaller, or raise maxPackageBytes(…).");
  }
}
