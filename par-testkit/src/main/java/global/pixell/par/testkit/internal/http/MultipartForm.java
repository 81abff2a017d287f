package global.pixell.par.testkit.internal.http;

import global.pixell.par.testkit.internal.io.BlockInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A body of {@code multipart/form-data} (RFC 7578), read part by part, with streamed contents. File
 * names are decoded as browsers encode them: in UTF-8, with {@code %22} for a quote.
 */
public final class MultipartForm {

  private static final int BUFFER = 1 << 16;
  private static final int MAX_LINE = 16 * 1024;
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*([\\w*-]+)=(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]*))");

  private final InputStream in;
  private final byte[] delimiter;
  private final byte[] buffer;
  private int at;
  private int end;
  private Content current = new Content();
  private boolean closed;

  /**
   * A part of the form. The caller must read its content before it asks for the next part.
   *
   * @param fileName empty when the part does not name a file
   */
  public record Part(String name, Optional<String> fileName, InputStream content) {}

  /**
   * Reads a body.
   *
   * @param boundary the boundary in the {@code Content-Type}
   */
  public MultipartForm(InputStream in, String boundary) {
    this.in = in;
    delimiter = ("\r\n--" + boundary).getBytes(StandardCharsets.ISO_8859_1);
    buffer = new byte[BUFFER + delimiter.length];
    // A body may begin with its first delimiter, without the line break that otherwise precedes
    // one.
    buffer[0] = '\r';
    buffer[1] = '\n';
    end = 2;
  }

  /** The boundary in a {@code Content-Type}; empty without one. */
  public static Optional<String> boundary(String contentType) {
    return Optional.ofNullable(parameters(contentType).get("boundary"))
        .filter(boundary -> !boundary.isEmpty() && boundary.length() <= 70);
  }

  /**
   * The next part.
   *
   * @return empty after the last part
   * @throws MalformedBodyException when the body is not a form, or ends early
   */
  public Optional<Part> next() throws IOException {
    if (closed) {
      return Optional.empty();
    }
    current.transferTo(OutputStream.nullOutputStream());
    at += delimiter.length;
    String rest = line();
    if (rest.startsWith("--")) {
      closed = true;
      return Optional.empty();
    }
    if (!rest.isBlank()) {
      throw new MalformedBodyException("\"" + rest + "\" follows a boundary");
    }
    Map<String, String> disposition = Map.of();
    for (String header = line(); !header.isEmpty(); header = line()) {
      if (header.toLowerCase(Locale.ROOT).startsWith("content-disposition:")) {
        disposition = parameters(header);
      }
    }
    String name = disposition.get("name");
    if (name == null) {
      throw new MalformedBodyException("a part of the form has no name");
    }
    current = new Content();
    return Optional.of(new Part(name, Optional.ofNullable(disposition.get("filename")), current));
  }

  private static Map<String, String> parameters(String header) {
    var found = new LinkedHashMap<String, String>();
    Matcher parameter = PARAMETER.matcher(header);
    while (parameter.find()) {
      String quoted = parameter.group(2);
      found.put(
          parameter.group(1).toLowerCase(Locale.ROOT),
          quoted == null ? parameter.group(3) : quoted.replace("\\\"", "\""));
    }
    return found;
  }

  /** A line of the head of a part, without its end. */
  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    while (true) {
      if (at == end && !fill()) {
        return line.toString(StandardCharsets.UTF_8);
      }
      byte next = buffer[at++];
      if (next == '\n') {
        return line.toString(StandardCharsets.UTF_8).stripTrailing();
      }
      if (line.size() == MAX_LINE) {
        throw new MalformedBodyException(
            "a line in the head of a part is over " + MAX_LINE + " bytes");
      }
      line.write(next);
    }
  }

  /** Reads more into the buffer; false at the end of the body. */
  private boolean fill() throws IOException {
    System.arraycopy(buffer, at, buffer, 0, end - at);
    end -= at;
    at = 0;
    int n = in.read(buffer, end, buffer.length - end);
    end += Math.max(n, 0);
    return n >= 0;
  }

  /** The bytes up to the next delimiter. */
  private final class Content extends BlockInputStream {
    private boolean ended;

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      int available = available();
      if (available == 0) {
        return -1;
      }
      int n = Math.min(available, length);
      System.arraycopy(buffer, at, bytes, offset, n);
      at += n;
      return n;
    }

    /** The number of buffered bytes that certainly precede the delimiter; 0 only at the end. */
    @Override
    public int available() throws IOException {
      while (!ended) {
        int found = indexOfDelimiter();
        if (found >= 0) {
          ended = found == at;
          return found - at;
        }
        int sure = end - at - (delimiter.length - 1);
        if (sure > 0) {
          return sure;
        }
        if (!fill()) {
          throw new MalformedBodyException("the form ends without its closing boundary");
        }
      }
      return 0;
    }

    private int indexOfDelimiter() {
      for (int i = at; i <= end - delimiter.length; i++) {
        if (buffer[i] == '\r'
            && Arrays.equals(buffer, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
          return i;
        }
      }
      return -1;
    }
  }
}
