package global.pixell.par.testkit.internal.s3.listing;

import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/**
 * The continuation token of a listing: a checksum and the last name of a page. The checksum lets
 * the fake accept only tokens that a listing of the same bucket returned.
 */
public final class ContinuationToken {

  private static final int CHECKSUM_BYTES = 8;

  private ContinuationToken() {}

  /**
   * Makes a token.
   *
   * @param bucket empty for the list of buckets
   * @param last the last name of the page
   */
  public static String encode(String bucket, String last) {
    byte[] name = last.getBytes(StandardCharsets.UTF_8);
    byte[] checksum = checksum(bucket, name);
    return Base64.getUrlEncoder()
        .encodeToString(
            ByteBuffer.allocate(checksum.length + name.length).put(checksum).put(name).array());
  }

  /**
   * Reads the token of a request.
   *
   * @param bucket empty for the list of buckets
   * @return the last name of the previous page; empty when the request has no token
   * @throws S3ErrorException InvalidArgument for text that is not a token of this listing
   */
  public static String decode(String bucket, S3Request request) throws S3ErrorException {
    if (!request.hasQuery("continuation-token")) {
      return "";
    }
    String token = request.query("continuation-token");
    try {
      byte[] all = Base64.getUrlDecoder().decode(token);
      byte[] name = Arrays.copyOfRange(all, Math.min(CHECKSUM_BYTES, all.length), all.length);
      byte[] checksum = Arrays.copyOf(all, all.length - name.length);
      if (name.length > 0 && Arrays.equals(checksum, checksum(bucket, name))) {
        return new String(name, StandardCharsets.UTF_8);
      }
    } catch (IllegalArgumentException e) {
      // Reported below.
    }
    throw S3ErrorException.invalidArgument(
        "continuation-token", token, "The continuation token provided is incorrect");
  }

  private static byte[] checksum(String bucket, byte[] name) {
    var sha256 = SigV4.sha256();
    sha256.update(bucket.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) 0);
    return Arrays.copyOf(sha256.digest(name), CHECKSUM_BYTES);
  }
}
