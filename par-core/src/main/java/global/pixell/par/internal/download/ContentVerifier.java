package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.download.checksum.ObjectChecksums;
import global.pixell.par.internal.remote.ContentPin;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Compares downloaded bytes with everything that is known of them.
 *
 * @param address the address they came from
 * @param pin what the server said about them
 * @param expected the digest in the reference
 */
record ContentVerifier(String address, ContentPin pin, Optional<Digest> expected) {

  /**
   * S3's checksums that are worth computing while the bytes arrive. A digest proves all that they
   * would prove, and CRC-64 alone costs as much time as SHA-256.
   */
  ObjectChecksums checksums() {
    return expected.isPresent() ? ObjectChecksums.NONE : new ObjectChecksums(pin.checksums());
  }

  /**
   * Verifies the bytes.
   *
   * @param file the bytes, to say who changed them if they have another digest
   * @param checksums those of {@link #checksums()}, of all bytes
   * @param whole asks S3 for its checksums; used only for bytes that have another digest
   * @return what was compared, joined by {@code +}: {@code length} where the server stated it,
   *     {@code sha256} where the reference has it, else S3's checksums
   * @throws ParException of kind {@code CORRUPT} with both values
   */
  String verify(
      Digest digest,
      long bytes,
      Path file,
      ObjectChecksums checksums,
      Supplier<Map<String, String>> whole)
      throws IOException {
    var verified = new ArrayList<String>();
    if (pin.total().isPresent()) {
      verified.add("length");
    }
    if (expected.isPresent()) {
      if (!expected.get().equals(digest)) {
        requireChecksums(pin.checksums().isEmpty() ? whole.get() : pin.checksums(), file, bytes);
        throw mismatch(digest, bytes, expected.get());
      }
      verified.add("sha256");
    }
    verified.addAll(checksums.proved(address, bytes));
    return verified.isEmpty() ? "none" : String.join("+", verified);
  }

  /** Bytes that are not those of S3 were damaged on their way; the reference is not to blame. */
  private void requireChecksums(Map<String, String> stated, Path file, long bytes)
      throws IOException {
    var checksums = new ObjectChecksums(stated);
    try (InputStream content = Files.newInputStream(file)) {
      checksums.update(content);
    }
    checksums.proved(address, bytes);
  }

  private ParException mismatch(Digest digest, long bytes, Digest wanted) {
    return new ParException(
        Kind.CORRUPT,
        address + " has " + digest + " (" + bytes + " bytes), but " + wanted + " was expected.",
        "The object was changed or the digest is of another build: compare with sha256sum of the file that was published.");
  }
}
