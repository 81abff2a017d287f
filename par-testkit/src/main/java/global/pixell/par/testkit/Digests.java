package global.pixell.par.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.HexFormat;

/** What S3 computes of every body as it comes in: MD5 for the tag, and one checksum. */
final class Digests implements Spool.Observer {

  private static final int BUFFER = 1 << 16;

  private final ChecksumAlgorithm.Running md5 = ChecksumAlgorithm.MD5.start();
  private final ChecksumAlgorithm.Running checksum;

  Digests(ChecksumAlgorithm algorithm) {
    checksum = algorithm.start();
  }

  @Override
  public void update(byte[] bytes, int offset, int length) {
    md5.update(bytes, offset, length);
    checksum.update(bytes, offset, length);
  }

  void readAll(InputStream in) throws IOException {
    byte[] buffer = new byte[BUFFER];
    for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
      update(buffer, 0, n);
    }
  }

  /** Hexadecimal; once only. */
  String md5() {
    return HexFormat.of().formatHex(md5.value());
  }

  /** Base64; once only. */
  String checksum() {
    return Base64.getEncoder().encodeToString(checksum.value());
  }
}
