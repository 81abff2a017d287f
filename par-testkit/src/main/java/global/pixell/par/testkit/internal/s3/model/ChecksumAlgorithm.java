package global.pixell.par.testkit.internal.s3.model;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/** The checksum algorithms of S3, with their headers and elements. */
public enum ChecksumAlgorithm {
  CRC32(4),
  CRC32C(4),
  CRC64NVME(8),
  SHA1(20),
  SHA256(32),
  SHA512(64),
  MD5(16);

  private static final String HEADER = "x-amz-checksum-";

  private final int bytes;

  ChecksumAlgorithm(int bytes) {
    this.bytes = bytes;
  }

  /** A checksum in progress. */
  public interface Running {
    void update(byte[] bytes, int offset, int length);

    /** The checksum; may be called once. */
    byte[] value();
  }

  public static Optional<ChecksumAlgorithm> named(String name) {
    return Arrays.stream(values()).filter(each -> each.name().equalsIgnoreCase(name)).findFirst();
  }

  public static Optional<ChecksumAlgorithm> ofHeader(String header) {
    String name = header.strip().toLowerCase(Locale.ROOT);
    return name.startsWith(HEADER) ? named(name.substring(HEADER.length())) : Optional.empty();
  }

  public String header() {
    return HEADER + name().toLowerCase(Locale.ROOT);
  }

  public String element() {
    return "Checksum" + name();
  }

  /** Whether the checksum of an object can be computed from those of its parts. */
  public boolean isCrc() {
    return name().startsWith("CRC");
  }

  /** Whether a text is base64 of the right length. */
  public boolean isValue(String text) {
    try {
      return Base64.getDecoder().decode(text).length == bytes;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  public Running start() {
    return switch (this) {
      case CRC32 -> crc(new CRC32());
      case CRC32C -> crc(new CRC32C());
      case CRC64NVME -> crc(new Crc64Nvme());
      case SHA1 -> digest("SHA-1");
      case SHA256 -> digest("SHA-256");
      case SHA512 -> digest("SHA-512");
      case MD5 -> digest("MD5");
    };
  }

  public byte[] of(byte[] content) {
    Running running = start();
    running.update(content, 0, content.length);
    return running.value();
  }

  private Running crc(Checksum crc) {
    return new Running() {
      @Override
      public void update(byte[] bytes, int offset, int length) {
        crc.update(bytes, offset, length);
      }

      @Override
      public byte[] value() {
        byte[] all = ByteBuffer.allocate(Long.BYTES).putLong(crc.getValue()).array();
        return Arrays.copyOfRange(all, Long.BYTES - bytes, Long.BYTES);
      }
    };
  }

  private static Running digest(String algorithm) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has " + algorithm, e);
    }
    return new Running() {
      @Override
      public void update(byte[] bytes, int offset, int length) {
        digest.update(bytes, offset, length);
      }

      @Override
      public byte[] value() {
        return digest.digest();
      }
    };
  }
}
