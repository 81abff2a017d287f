package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.checksum.ObjectChecksums;
import global.pixell.par.internal.remote.ContentPin;
import java.util.ArrayList;
import java.util.Optional;

/**
 * Compares downloaded bytes with everything that is known of them.
 *
 * @param address the address they came from
 * @param pin what the server said about them
 * @param expected the digest in the reference
 */
record ContentVerifier(String address, ContentPin pin, Optional<Digest> expected) {

  /**
   * Verifies the bytes.
   *
   * @return what was compared, joined by {@code +}: {@code length} where the server stated it,
   *     {@code sha256} where the reference or S3 has it, and S3's other checksums
   * @throws ParException of kind {@code CORRUPT} with both values
   */
  String verify(Digest digest, long bytes, ObjectChecksums checksums) {
    var verified = new ArrayList<String>();
    if (pin.total().isPresent()) {
      verified.add("length");
    }
    expected.ifPresent(
        wanted -> {
          if (!wanted.equals(digest)) {
            throw mismatch(digest, bytes, wanted);
          }
          verified.add("sha256");
        });
    for (String algorithm : checksums.proved(address, bytes)) {
      if (!verified.contains(algorithm)) {
        verified.add(algorithm);
      }
    }
    return verified.isEmpty() ? "none" : String.join("+", verified);
  }

  private ParException mismatch(Digest digest, long bytes, Digest wanted) {
    return new ParException(
        Kind.CORRUPT,
        address + " has " + digest + " (" + bytes + " bytes), expected was " + wanted + ".",
        "The object was changed or the digest is of another build: compare with sha256sum of the file that was published.");
  }
}
