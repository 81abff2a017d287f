package global.pixell.par.internal.remote;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What the first answer said of the content. Every later answer has to agree, or the object is
 * another one by now.
 *
 * @param total the size
 * @param eTag the strong entity tag, without quotes
 * @param versionId the version
 * @param checksums the {@code x-amz-checksum-} headers, by lower-case name
 */
public record ContentPin(
    OptionalLong total,
    Optional<String> eTag,
    Optional<String> versionId,
    Map<String, String> checksums) {

  public static ContentPin of(ObjectSource.Response first) {
    return new ContentPin(
        first.total(), first.eTag(), first.versionId(), Map.copyOf(first.checksums()));
  }

  public boolean agrees(ObjectSource.Response later) {
    boolean otherVersion =
        versionId.isPresent()
            && later.versionId().isPresent()
            && !versionId.equals(later.versionId());
    return total.equals(later.total()) && eTag.equals(later.eTag()) && !otherVersion;
  }

  /** Whether a part may be asked for by itself: only if it is sure to be of the same content. */
  public boolean divisible() {
    return total.isPresent() && eTag.isPresent();
  }
}
