package global.pixell.par;

import global.pixell.par.internal.text.SafeText;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 digest. PAR stores a package under its digest and verifies its bytes with it.
 *
 * <p>Digits in upper and lower case mean the same digest; it prints in lower case.
 *
 * @param hex 64 lower-case hexadecimal digits
 */
public record Digest(String hex) {

  private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
  private static final String PREFIX = "sha256:";

  /**
   * Converts the digits to lower case.
   *
   * @throws ParException of kind {@code CONFIG} unless these are 64 hexadecimal digits
   */
  public Digest {
    hex = hex.toLowerCase(Locale.ROOT);
    if (!HEX.matcher(hex).matches()) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "'"
              + SafeText.words(hex)
              + "' ("
              + hex.length()
              + " characters) is not a SHA-256 digest.",
          "Write 64 hexadecimal digits, as sha256sum prints them.");
    }
  }

  /**
   * Reads a digest as people write it.
   *
   * @param text 64 hexadecimal digits in either case, with or without a leading {@code sha256:};
   *     blanks around it are ignored
   * @return the digest
   * @throws ParException of kind {@code CONFIG} for anything else
   */
  public static Digest parse(String text) {
    String trimmed = text.strip();
    boolean prefixed = trimmed.regionMatches(true, 0, PREFIX, 0, PREFIX.length());
    return new Digest(prefixed ? trimmed.substring(PREFIX.length()) : trimmed);
  }

  /**
   * Wraps a computed digest.
   *
   * @param sha256 its 32 bytes
   * @return the digest
   * @throws ParException of kind {@code CONFIG} for another number of bytes
   */
  public static Digest ofSha256(byte[] sha256) {
    return new Digest(HexFormat.of().formatHex(sha256));
  }

  /**
   * The digest of a file's bytes.
   *
   * @param file the file, which this method reads to its end
   * @return the digest
   * @throws ParException of kind {@code NOT_FOUND} when there is no such file, {@code DISK} when it
   *     cannot be read, {@code CANCELLED} when the thread is interrupted
   */
  public static Digest of(Path file) {
    try (FileChannel channel = FileChannel.open(file);
        var in = new DigestInputStream(Channels.newInputStream(channel), sha256())) {
      in.transferTo(OutputStream.nullOutputStream());
      return ofSha256(in.getMessageDigest().digest());
    } catch (NoSuchFileException e) {
      throw unreadable(ParException.Kind.NOT_FOUND, "There is no file " + file + ".", e);
    } catch (ClosedByInterruptException e) {
      throw new ParException(
          ParException.Kind.CANCELLED,
          "The reading of " + file + " was interrupted.",
          "Call again.",
          e);
    } catch (IOException e) {
      throw unreadable(ParException.Kind.DISK, file + " cannot be read: " + e + ".", e);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static ParException unreadable(ParException.Kind kind, String message, IOException e) {
    return new ParException(kind, message, "Name a file that this user may read.", e);
  }

  // Written by hand, as in TreeFingerprint: Java 17 generates these methods of a record at their
  // first use, which costs each start 20 ms.

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Digest digest && digest.hex.equals(hex);
  }

  @Override
  public int hashCode() {
    return hex.hashCode();
  }

  /** {@code sha256:} and the hexadecimal digits. */
  @Override
  public String toString() {
    return PREFIX + hex;
  }
}
