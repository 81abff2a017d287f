package global.pixell.par.testkit.internal.auth;

import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The arithmetic of AWS Signature Version 4: hashes, keys and signatures.
 *
 * <p>Source: "Signature Version 4 signing process" of the IAM user guide, and "Authenticating
 * Requests" of the S3 API reference for the differences of S3.
 */
public final class SigV4 {

  public static final String ALGORITHM = "AWS4-HMAC-SHA256";
  static final String TERMINATOR = "aws4_request";
  public static final String UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD";
  public static final String EMPTY_SHA256 = hash("");

  private SigV4() {}

  /**
   * The credential scope of a signing key.
   *
   * @param date {@code yyyyMMdd}
   * @param region for instance {@code us-east-2}
   * @param service for instance {@code s3}
   */
  public record Scope(String date, String region, String service) {
    @Override
    public String toString() {
      return date + "/" + region + "/" + service + "/" + TERMINATOR;
    }
  }

  /** Derives the signing key of a scope. */
  public static byte[] key(String secret, Scope scope) {
    byte[] key = bytes("AWS4" + secret);
    for (String part : new String[] {scope.date(), scope.region(), scope.service(), TERMINATOR}) {
      key = hmac(key, part);
    }
    return key;
  }

  /**
   * The string to sign.
   *
   * @param algorithm {@link #ALGORITHM}, or its variants for chunks and trailers
   * @param time {@code yyyyMMdd'T'HHmmss'Z'}
   * @param rest the lines after the scope
   */
  public static String stringToSign(String algorithm, String time, Scope scope, String rest) {
    return algorithm + "\n" + time + "\n" + scope + "\n" + rest;
  }

  public static String sign(byte[] key, String text) {
    return HexFormat.of().formatHex(hmac(key, text));
  }

  /** Compares in constant time. */
  static boolean same(String one, String other) {
    return MessageDigest.isEqual(bytes(one), bytes(other));
  }

  public static String hash(String text) {
    return HexFormat.of().formatHex(sha256().digest(bytes(text)));
  }

  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new AssertionError("every Java platform has HmacSHA256, for keys of any length", e);
    }
  }

  /** A request head holds one char per byte, so this returns the bytes as the client sent them. */
  static byte[] bytes(String text) {
    return text.chars().allMatch(c -> c < 0x100)
        ? text.getBytes(StandardCharsets.ISO_8859_1)
        : text.getBytes(StandardCharsets.UTF_8);
  }
}
