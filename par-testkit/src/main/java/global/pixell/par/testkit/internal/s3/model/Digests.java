package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.HexFormat;

/** The digests that S3 computes for each body: MD5 for the ETag, and one checksum. */
public final class Digests implements BodyStorage.Observer {

  private static final int BUFFER = 1 << 16;

  private final ChecksumAlgorithm.Running md5 = ChecksumAlgorithm.MD5.start();
  private final ChecksumAlgorithm.Running checksum;

  public Digests(ChecksumAlgorithm algorithm) {
    checksum = algorithm.start();
  }

  /** Computes the digests of a content. */
  public static Digests of(Content content, ChecksumAlgorithm algorithm) throws IOException {
    var digests = new Digests(algorithm);
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = content.open()) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digests.update(buffer, 0, n);
      }
    }
    return digests;
  }

  @Override
  public void update(byte[] bytes, int offset, int length) {
    md5.update(bytes, offset, length);
    checksum.update(bytes, offset, length);
  }

  /** The MD5 as hexadecimal digits; may be called once. */
  public String md5() {
    return HexFormat.of().formatHex(md5.value());
  }

  /** The checksum as base64; may be called once. */
  public String checksum() {
    return Base64.getEncoder().encodeToString(checksum.value());
  }
}
