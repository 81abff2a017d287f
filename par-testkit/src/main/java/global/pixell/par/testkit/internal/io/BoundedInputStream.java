package global.pixell.par.testkit.internal.io;

import java.io.IOException;
import java.io.InputStream;

/** The first bytes of another stream, which {@link #close} closes. */
public class BoundedInputStream extends BlockInputStream {

  private final InputStream in;
  private long remaining;

  /**
   * Reads nothing yet.
   *
   * @param length how many bytes of the other stream belong to this one
   */
  public BoundedInputStream(InputStream in, long length) {
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
      onEarlyEnd(remaining);
    }
    remaining -= Math.max(n, 0);
    return n;
  }

  /**
   * The other stream has ended too early; by default, so does this one.
   *
   * @param missing how many bytes are missing
   */
  protected void onEarlyEnd(long missing) throws IOException {}

  @Override
  public void close() throws IOException {
    in.close();
  }
}
