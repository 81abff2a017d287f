package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.InputStream;

/** One line of a chunked body. */
public final class HttpLine {
  private static final int MAX_LINE = 64 * 1024;

  private HttpLine() {}

  /**
   * Reads a line as ISO 8859-1 and returns it without its end. The end of the stream also ends a
   * line.
   */
  public static String read(InputStream in) throws IOException {
    return read(in, false);
  }

  /** Reads a line that must have a line end. */
  static String readWhole(InputStream in) throws IOException {
    return read(in, true);
  }

  private static String read(InputStream in, boolean whole) throws IOException {
    var line = new StringBuilder();
    int c = in.read();
    for (; c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() > MAX_LINE) {
        throw new IOException("a line is over " + MAX_LINE + " bytes");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    if (whole && c < 0) {
      throw new ConnectionClosedException("the client closed the connection within a line");
    }
    return line.toString();
  }
}
