package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;

/** Decodes {@code Transfer-Encoding: chunked}; skips extensions and trailers. */
final class ChunkedBody extends BlockInputStream {
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,15}");

  private final InputStream in;
  private long remaining;
  private boolean ended;
  private boolean broken;

  ChunkedBody(InputStream in) {
    this.in = in;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (broken) {
      throw new ConnectionClosedException(
          "the body is malformed, so the next request cannot be found");
    }
    if (remaining == 0 && !ended) {
      nextChunk();
    }
    if (ended) {
      return -1;
    }
    int n = in.read(bytes, offset, (int) Math.min(remaining, length));
    if (n < 0) {
      throw new ConnectionClosedException("the client closed the connection within a chunk");
    }
    remaining -= n;
    if (remaining == 0) {
      HttpLine.readWhole(in);
    }
    return n;
  }

  private void nextChunk() throws IOException {
    String size = HttpLine.readWhole(in).split(";", 2)[0].strip();
    if (size.isEmpty()) {
      throw new ConnectionClosedException("the client closed the connection between two chunks");
    }
    if (!CHUNK_SIZE.matcher(size).matches()) {
      broken = true;
      throw new MalformedBodyException("\"" + size + "\" is not the size of a chunk");
    }
    remaining = Long.parseLong(size, 16);
    if (remaining == 0) {
      ended = true;
      while (!HttpLine.readWhole(in).isEmpty()) {
        // Skip the trailer.
      }
    }
  }
}
