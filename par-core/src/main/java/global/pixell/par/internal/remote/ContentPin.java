package global.pixell.par.internal.remote;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the first response said about the content. Every later response must agree with it; else the
 * object has changed.
 *
 * @param total the size
 * @param eTag the strong entity tag, without quotes
 * @param versionId the version
 * @param checksums the {@code x-amz-checksum-} headers, by lower-case name; none from a range
 */
public record ContentPin(
    OptionalLong total,
    Optional<String> eTag,
    Optional<String> versionId,
    Map<String, String> checksums) {

  public static ContentPin of(ObjectSource.Response first) {
    return new ContentPin(
        first.total(),
        first.eTag(),
        first.versionId(),
        first.partial() ? Map.of() : Map.copyOf(first.checksums()));
  }

  /** Whether a later response is about the same content. */
  public boolean matches(ObjectSource.Response later) {
    boolean otherVersion =
        versionId.isPresent()
            && later.versionId().isPresent()
            && !versionId.equals(later.versionId());
    return total.equals(later.total()) && eTag.equals(later.eTag()) && !otherVersion;
  }

  /** Whether a range may be requested by itself: only if it is sure to be of the same content. */
  public boolean supportsRanges() {
    return total.isPresent() && eTag.isPresent();
  }
}
