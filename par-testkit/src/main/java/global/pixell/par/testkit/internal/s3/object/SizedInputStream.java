package global.pixell.par.testkit.internal.s3.object;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.IOException;
import java.io.InputStream;

/**
 * A file whose size a policy limits. A file that is too large is read to its end, because the error
 * contains its size, but the stream returns no byte beyond the limit.
 */
final class SizedInputStream extends BlockInputStream {

  private final InputStream in;
  private long min;
  private long max = Long.MAX_VALUE;
  private long count;

  SizedInputStream(InputStream in) {
    this.in = in;
  }

  /** Sets the limits, both inclusive. */
  void limit(long lowest, long highest) {
    min = lowest;
    max = highest;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int n = in.read(bytes, offset, length);
    count += Math.max(n, 0);
    if (count > max) {
      for (int more = in.read(bytes); more >= 0; more = in.read(bytes)) {
        count += more;
      }
      throw new S3ErrorException(
              400, "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")
          .detail("ProposedSize", count)
          .detail("MaxSizeAllowed", max);
    }
    if (n < 0 && count < min) {
      throw new S3ErrorException(
              400,
              "EntityTooSmall",
              "Your proposed upload is smaller than the minimum allowed size")
          .detail("ProposedSize", count)
          .detail("MinSizeAllowed", min);
    }
    return n;
  }
}
