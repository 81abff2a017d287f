package global.pixell.par.internal.remote.s3;

import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;

/**
 * Text of a server, whose bytes that are not UTF-8 become U+FFFD. The JDK's XML parser, which the
 * SDK uses, reports such bytes on {@code System.err}, and a library must print nothing.
 */
final class Utf8InputStream extends InputStream {

  private static final int CHARACTERS = 4096;

  private final Reader reader;
  private final char[] characters = new char[CHARACTERS];
  private byte[] bytes = {};
  private int next;

  Utf8InputStream(InputStream in) {
    reader = new InputStreamReader(in, StandardCharsets.UTF_8);
  }

  @Override
  public int read() throws IOException {
    return fill() ? bytes[next++] & 0xff : -1;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (!fill()) {
      return -1;
    }
    int count = Math.min(length, bytes.length - next);
    System.arraycopy(bytes, next, target, offset, count);
    next += count;
    return count;
  }

  private boolean fill() throws IOException {
    if (next < bytes.length) {
      return true;
    }
    // One place stays free for the second half of a pair.
    int count = reader.read(characters, 0, CHARACTERS - 1);
    if (count < 0) {
      return false;
    }
    if (Character.isHighSurrogate(characters[count - 1])) {
      int low = reader.read();
      if (low >= 0) {
        characters[count++] = (char) low;
      }
    }
    bytes = new String(characters, 0, count).getBytes(StandardCharsets.UTF_8);
    next = 0;
    return true;
  }

  @Override
  public void close() throws IOException {
    reader.close();
  }
}
