package global.pixell.par.testkit.internal.io;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;

/** A filter whose subclasses implement only writes of blocks; a single byte is a block of one. */
public abstract class BlockOutputStream extends FilterOutputStream {

  protected BlockOutputStream(OutputStream out) {
    super(out);
  }

  @Override
  public final void write(int b) throws IOException {
    write(new byte[] {(byte) b}, 0, 1);
  }

  @Override
  public abstract void write(byte[] bytes, int offset, int length) throws IOException;
}
