package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Verifies that a body has the signed hash. For a wrong body, a read fails before it returns the
 * last bytes.
 */
public final class Sha256VerifyingInputStream extends BlockInputStream {

  private final InputStream in;
  private final String expected;
  private final long length;
  private final MessageDigest sha256 = SigV4.sha256();
  private long count;
  private boolean checked;

  /**
   * Wraps a body.
   *
   * @param length the length of the body; negative when unknown
   */
  public Sha256VerifyingInputStream(InputStream in, String expected, long length) {
    this.in = in;
    this.expected = expected.toLowerCase(Locale.ROOT);
    this.length = length;
  }

  @Override
  public int read(byte[] bytes, int offset, int limit) throws IOException {
    int n = in.read(bytes, offset, limit);
    if (n > 0) {
      sha256.update(bytes, offset, n);
      count += n;
    }
    if (!checked && (n < 0 || count == length)) {
      checked = true;
      check();
    }
    return n;
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  private void check() throws S3ErrorException {
    String computed = HexFormat.of().formatHex(sha256.digest());
    if (!computed.equals(expected)) {
      throw mismatch(expected, computed);
    }
  }

  public static S3ErrorException mismatch(String expected, String computed) {
    return new S3ErrorException(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.")
        .detail("ClientComputedContentSHA256", expected)
        .detail("S3ComputedContentSHA256", computed);
  }
}
