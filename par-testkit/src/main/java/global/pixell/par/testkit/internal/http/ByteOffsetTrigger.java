package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** Passes bytes on, and acts once at a given position. */
public abstract class ByteOffsetTrigger extends BlockOutputStream {
  private final long at;
  private long position;

  /**
   * Acts at one position.
   *
   * @param at the number of bytes before the position; a stream that is not longer never reaches it
   */
  public ByteOffsetTrigger(OutputStream out, long at) {
    super(out);
    this.at = at;
  }

  /**
   * Called when exactly the bytes before the position have been written and at least one more
   * follows.
   */
  protected abstract void reached() throws IOException;

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    if (length == 0) {
      return;
    }
    if (at < position || at >= position + length) {
      pass(bytes, offset, length);
      return;
    }
    int before = (int) (at - position);
    pass(bytes, offset, before);
    reached();
    pass(bytes, offset + before, length - before);
  }

  private void pass(byte[] bytes, int offset, int length) throws IOException {
    out.write(bytes, offset, length);
    position += length;
  }
}
