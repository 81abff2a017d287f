package global.pixell.par.internal.download.checksum;

import global.pixell.par.ParException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/**
 * Compares the checksums that S3 sends for a whole object with those of the received bytes.
 *
 * <p>Only checksums of the full object count. A composite checksum (its value ends in {@code -N},
 * or its type is {@code COMPOSITE}) is computed from the checksums of the uploaded parts. Only the
 * uploader knows the parts, so PAR ignores it. PAR also ignores values that do not fit their
 * algorithm, and unknown algorithms.
 *
 * <p>Not thread-safe.
 */
public final class ObjectChecksums {

  private static final int BUFFER = 1 << 16;
  private static final String PREFIX = "x-amz-checksum-";
  private static final List<String> ALGORITHMS =
      List.of("crc64nvme", "crc32c", "crc32", "sha256", "sha1");

  /** No checksum at all. */
  public static final ObjectChecksums NONE = new ObjectChecksums(Map.of());

  /** One algorithm, and the value that S3 sent for it. */
  private record Sum(String algorithm, String expected, Engine engine) {}

  /** Computes a checksum, with the most significant byte first, as S3 writes it. */
  private interface Engine {
    void update(byte[] bytes, int length);

    byte[] value();
  }

  private final List<Sum> sums = new ArrayList<>();

  /**
   * @param headers the {@code x-amz-checksum-} headers of a response, by lower-case name
   */
  public ObjectChecksums(Map<String, String> headers) {
    if ("COMPOSITE".equalsIgnoreCase(headers.get(PREFIX + "type"))) {
      return;
    }
    for (String algorithm : ALGORITHMS) {
      String value = headers.get(PREFIX + algorithm);
      if (value == null) {
        continue;
      }
      Engine engine = engine(algorithm);
      decoded(value)
          .filter(expected -> expected.length == engine.value().length)
          .ifPresent(
              expected -> sums.add(new Sum(algorithm, encoded(expected), engine(algorithm))));
    }
  }

  private static Optional<byte[]> decoded(String value) {
    try {
      // Decoding fails for a composite value, because '-' is not in this alphabet.
      return Optional.of(Base64.getDecoder().decode(value));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static String encoded(byte[] value) {
    return Base64.getEncoder().encodeToString(value);
  }

  private static Engine engine(String algorithm) {
    return switch (algorithm) {
      case "crc64nvme" -> new OfChecksum(new Crc64Nvme(), Long.BYTES);
      case "crc32c" -> new OfChecksum(new CRC32C(), Integer.BYTES);
      case "crc32" -> new OfChecksum(new CRC32(), Integer.BYTES);
      case "sha256" -> new OfDigest(digest("SHA-256"));
      default -> new OfDigest(digest("SHA-1"));
    };
  }

  private static MessageDigest digest(String name) {
    try {
      return MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has " + name, e);
    }
  }

  public void update(byte[] bytes, int length) {
    sums.forEach(sum -> sum.engine().update(bytes, length));
  }

  /** Adds the bytes of a stream. */
  public void update(InputStream bytes) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = bytes.read(buffer); n >= 0; n = bytes.read(buffer)) {
      update(buffer, n);
    }
  }

  /**
   * Compares the checksums and returns the algorithms compared. Call it once, after the last byte.
   *
   * @throws ParException of kind {@code CORRUPT} with both values, if one differs
   */
  public List<String> proved(String address, long bytes) {
    for (Sum sum : sums) {
      String actual = encoded(sum.engine().value());
      if (!actual.equals(sum.expected())) {
        throw new ParException(
            ParException.Kind.CORRUPT,
            address
                + " has the "
                + sum.algorithm()
                + " "
                + actual
                + " ("
                + bytes
                + " bytes), S3 says "
                + sum.expected()
                + ".",
            "Fetch again; if it stays so, something between S3 and the task changes bytes, or the object has to be published again.");
      }
    }
    return sums.stream().map(Sum::algorithm).toList();
  }

  private record OfChecksum(Checksum checksum, int size) implements Engine {
    @Override
    public void update(byte[] bytes, int length) {
      checksum.update(bytes, 0, length);
    }

    @Override
    public byte[] value() {
      byte[] eight = ByteBuffer.allocate(Long.BYTES).putLong(checksum.getValue()).array();
      return Arrays.copyOfRange(eight, Long.BYTES - size, Long.BYTES);
    }
  }

  private record OfDigest(MessageDigest digest) implements Engine {
    @Override
    public void update(byte[] bytes, int length) {
      digest.update(bytes, 0, length);
    }

    @Override
    public byte[] value() {
      return digest.digest();
    }
  }
}
