package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request with {@code Expect: 100-continue}, which the client sends after it gets 100
 * Continue.
 */
final class AwaitedBody extends BlockInputStream {
  private final InputStream in;
  private @Nullable OutputStream client;

  AwaitedBody(InputStream in, @Nullable OutputStream client) {
    this.in = in;
    this.client = client;
  }

  /** Skips the rest of the body, which precedes the next request. */
  void readToItsEnd() throws IOException {
    byte[] buffer = new byte[1 << 16];
    while (read(buffer, 0, buffer.length) >= 0) {
      // Discard the bytes.
    }
  }

  /** Whether the client still waits for 100 Continue. */
  boolean isAwaited() {
    return client != null;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (client != null) {
      client.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      client.flush();
      client = null;
    }
    try {
      return in.read(bytes, offset, length);
    } catch (MalformedBodyException | ConnectionClosedException e) {
      throw e;
    } catch (IOException e) {
      throw new ConnectionClosedException(
          "the client closed the connection within a body: " + e.getMessage());
    }
  }
}
