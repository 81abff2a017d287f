package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.checksum.ObjectChecksums;
import global.pixell.par.internal.remote.ContentPin;
import java.util.ArrayList;
import java.util.Optional;

/**
 * Bytes held against everything that is known of them.
 *
 * @param address where they came from
 * @param pin what the server said of them
 * @param expected what the reference says they hash to
 */
record ContentVerifier(String address, ContentPin pin, Optional<Digest> expected) {

  /**
   * What agreed: {@code length} where the server told it, {@code sha256} where the reference gave
   * it or S3 did, and S3's other checksums, joined by {@code +}.
   *
   * @throws ParException of kind {@code CORRUPT} with both values
   */
  String of(Digest digest, long bytes, ObjectChecksums checksums) {
    var agreed = new ArrayList<String>();
    if (pin.total().isPresent()) {
      agreed.add("length");
    }
    expected.ifPresent(
        wanted -> {
          if (!wanted.equals(digest)) {
            throw other(digest, bytes, wanted);
          }
          agreed.add("sha256");
        });
    for (String algorithm : checksums.proved(address, bytes)) {
      if (!agreed.contains(algorithm)) {
        agreed.add(algorithm);
      }
    }
    return agreed.isEmpty() ? "none" : String.join("+", agreed);
  }

  private ParException other(Digest digest, long bytes, Digest wanted) {
    return new ParException(
        Kind.CORRUPT,
        address + " has " + digest + " (" + bytes + " bytes), expected was " + wanted + ".",
        "The object was changed or the digest is of another build: compare with sha256sum of the file that was published.");
  }
}
