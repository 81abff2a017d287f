package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The head of a request (RFC 9112). Fields of the same name are joined with commas; names are
 * case-insensitive.
 *
 * @param target the target in origin form; the authority of an absolute form becomes the Host field
 * @param persistent whether the connection stays open for another request
 */
record RequestHead(String method, String target, Map<String, String> headers, boolean persistent) {

  /** Bounds the memory only; S3 itself allows 8 KB of fields besides the address. */
  static final int MAX_HEAD = 128 * 1024;

  private static final Pattern START =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+) ([^ ]+) HTTP/(\\d)\\.(\\d)");
  private static final Pattern FIELD =
      Pattern.compile("([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*");
  private static final Pattern ABSOLUTE =
      Pattern.compile("https?://([^/?#@]+)([/?]?.*)", Pattern.CASE_INSENSITIVE);
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");

  /**
   * Reads a head.
   *
   * @return empty when the client closes the connection instead
   * @throws MalformedHeadException when the bytes are not a head, or the client closes the
   *     connection within it, because the server must not execute a request with an incomplete head
   */
  static Optional<RequestHead> read(InputStream in) throws IOException {
    var reader = new LineReader(in);
    Optional<String> start = reader.start();
    if (start.isEmpty()) {
      return Optional.empty();
    }
    Matcher line = START.matcher(start.get());
    if (!line.matches()) {
      throw new MalformedHeadException(
          "the request line is not METHOD TARGET HTTP/1.1: '" + excerpt(start.get()) + "'");
    }
    if (!line.group(3).equals("1")) {
      throw new MalformedHeadException(
          505, "this server speaks HTTP/1.1, not HTTP/" + line.group(3));
    }
    boolean old = line.group(4).equals("0");
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String text = reader.line(); !text.isEmpty(); text = reader.line()) {
      add(headers, text);
    }
    String target = originForm(line.group(2), headers);
    if (!old && !headers.containsKey("Host")) {
      throw new MalformedHeadException("there is no Host field, which HTTP/1.1 requires");
    }
    requireOneLength(headers);
    boolean persistent = !old && !hasToken(headers.getOrDefault("Connection", ""), "close");
    return Optional.of(new RequestHead(line.group(1), target, headers, persistent));
  }

  private static void add(Map<String, String> headers, String text) throws IOException {
    Matcher field = FIELD.matcher(text);
    if (!field.matches()) {
      throw new MalformedHeadException(
          "a header field is not NAME: VALUE: '" + excerpt(text) + "'");
    }
    if (field.group(1).equalsIgnoreCase("Host") && headers.containsKey("Host")) {
      throw new MalformedHeadException("there are two Host fields");
    }
    headers.merge(field.group(1), field.group(2), (a, b) -> a + "," + b);
  }

  /**
   * Handles a target in absolute form, as clients send it to a proxy: its authority replaces the
   * Host field.
   */
  private static String originForm(String target, Map<String, String> headers) {
    Matcher absolute = ABSOLUTE.matcher(target);
    if (!absolute.matches()) {
      return target;
    }
    headers.put("Host", absolute.group(1));
    String path = absolute.group(2);
    return path.startsWith("/") ? path : "/" + path;
  }

  /**
   * Refuses two lengths, or a length that is not a number: the end of the body would be unknown.
   */
  private static void requireOneLength(Map<String, String> headers) throws IOException {
    String length = headers.get("Content-Length");
    String coding = headers.get("Transfer-Encoding");
    if (coding != null && !coding.toLowerCase(Locale.ROOT).equals("chunked")) {
      throw new MalformedHeadException(
          501, "the only transfer coding of this server is chunked, not '" + excerpt(coding) + "'");
    }
    if (coding != null && length != null) {
      throw new MalformedHeadException(
          "Content-Length and Transfer-Encoding exclude each other (RFC 9112, section 6.2)");
    }
    if (length != null && !LENGTH.matcher(length).matches()) {
      throw new MalformedHeadException(
          "Content-Length is not a number of bytes: '" + excerpt(length) + "'");
    }
  }

  private static boolean hasToken(String list, String token) {
    for (String each : list.split(",", -1)) {
      if (each.strip().equalsIgnoreCase(token)) {
        return true;
      }
    }
    return false;
  }

  boolean chunked() {
    return headers.containsKey("Transfer-Encoding");
  }

  /** The length in bytes of a body that is not chunked; 0 without a body. */
  long length() {
    return Long.parseLong(headers.getOrDefault("Content-Length", "0"));
  }

  boolean expectsContinue() {
    return headers.getOrDefault("Expect", "").equalsIgnoreCase("100-continue");
  }

  private static String excerpt(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  /** Reads the lines of one head, as ISO 8859-1. */
  private static final class LineReader {
    private final InputStream in;
    private int count;

    LineReader(InputStream in) {
      this.in = in;
    }

    /**
     * Reads the request line. Skips an empty line before it, because some clients send one after a
     * body.
     */
    Optional<String> start() throws IOException {
      int c = in.read();
      while (c == '\r' || c == '\n') {
        requireWithinLimit();
        c = in.read();
      }
      return c < 0 ? Optional.empty() : Optional.of(line(c));
    }

    String line() throws IOException {
      return line(in.read());
    }

    private String line(int first) throws IOException {
      var line = new StringBuilder();
      int c = first;
      for (; c >= 0 && c != '\n'; c = in.read()) {
        requireWithinLimit();
        if (c == '\r') {
          c = in.read();
          if (c != '\n') {
            throw new MalformedHeadException("a carriage return is not at the end of its line");
          }
          break;
        }
        if ((c < ' ' && c != '\t') || c == 0x7f) {
          throw new MalformedHeadException(
              "there is a control character (%d) in the head".formatted(c));
        }
        line.append((char) c);
      }
      if (c < 0) {
        throw new MalformedHeadException("the client closed the connection within the head");
      }
      return line.toString();
    }

    private void requireWithinLimit() throws IOException {
      if (++count > MAX_HEAD) {
        throw new MalformedHeadException("the head is over " + MAX_HEAD + " bytes");
      }
    }
  }
}
