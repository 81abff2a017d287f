package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body of known length. */
final class BoundedBody extends BlockInputStream {
  private final InputStream in;
  private long remaining;

  BoundedBody(InputStream in, long length) {
    this.in = in;
    this.remaining = length;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (remaining == 0) {
      return -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(remaining, length));
    if (n < 0) {
      throw new ConnectionClosedException(
          "the client closed the connection with " + remaining + " bytes of the body missing");
    }
    remaining -= n;
    return n;
  }
}
