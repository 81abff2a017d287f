package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BoundedInputStream;
import java.io.IOException;
import java.io.InputStream;

/** A body of known length. Closing it leaves the connection open. */
final class BoundedBody extends BoundedInputStream {

  BoundedBody(InputStream in, long length) {
    super(in, length);
  }

  @Override
  protected void onEarlyEnd(long missing) throws IOException {
    throw new ConnectionClosedException(
        "the client closed the connection with " + missing + " bytes of the body missing");
  }

  @Override
  public void close() {}
}
