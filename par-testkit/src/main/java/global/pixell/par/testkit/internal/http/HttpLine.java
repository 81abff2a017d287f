package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.InputStream;

/** One line of a head or of a chunked body. */
public final class HttpLine {
  private static final int MAX_LINE = 64 * 1024;

  private HttpLine() {}

  /** Reads a line without its end, as ISO 8859-1. */
  public static String read(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() > MAX_LINE) {
        throw new IOException("a header line is over " + MAX_LINE + " bytes");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }
}
