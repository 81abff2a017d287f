package global.pixell.par.internal.remote;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.regex.Pattern;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What a server sent instead of an object, through the SDK or from a presigned address.
 *
 * <p>The text is not to be trusted: S3 itself repeats signatures and tokens in it. So only fields
 * of a known and harmless form are kept. Code may look at {@link #message}, but must not show it as
 * it is.
 *
 * @param status the HTTP status
 * @param author who seems to have written it
 * @param code S3's code, such as {@code NoSuchKey}; empty where the server gave none
 * @param message S3's sentence; empty where the server gave none
 * @param requestId what AWS support asks for
 * @param region the bucket's region, where the response names it
 * @param deleteMarker whether the requested version marks a deletion
 * @param retryAfter how long the server asks to wait
 * @param date the server's time
 */
public record ErrorResponse(
    int status,
    Author author,
    String code,
    String message,
    Optional<String> requestId,
    Optional<String> region,
    boolean deleteMarker,
    Optional<Duration> retryAfter,
    Optional<Instant> date) {

  /** Who wrote a response. */
  public enum Author {
    /** It bears a mark of S3: a code, or a field that S3 sends with each of its responses. */
    S3,
    /** It is a web page, as proxies and firewalls send them. */
    WEB_SERVER,
    /** It says nothing about its author. */
    UNKNOWN
  }

  /** Without the server's own words. */
  @Override
  public String toString() {
    return "HTTP " + status + (code.isEmpty() ? "" : " " + code);
  }

  /** No error response of S3 is nearly as long. */
  public static final int MAX_BODY = 16 * 1024;

  private static final int MAX_VALUE = 2048;
  private static final Pattern HTML =
      Pattern.compile("\\s*<(?:!doctype\\s+html|html)", Pattern.CASE_INSENSITIVE);
  private static final Pattern CODE = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern REQUEST_ID = Pattern.compile("[A-Za-z0-9-]{1,64}");
  private static final Pattern REGION = Pattern.compile("[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\\d{1,2}");

  /**
   * Reads a response.
   *
   * @param field the value of a header of this name
   * @param body the body, of which no more than {@link #MAX_BODY} bytes are read
   * @param now this machine's time
   */
  public static ErrorResponse of(
      int status, Function<String, Optional<String>> field, byte[] body, Instant now) {
    Map<String, String> xml = elements(body);
    String code = text(xml, "Code").filter(c -> CODE.matcher(c).matches()).orElse("");
    return new ErrorResponse(
        status,
        author(code, field, body),
        code,
        text(xml, "Message").orElse(""),
        field
            .apply("x-amz-request-id")
            .or(() -> text(xml, "RequestId"))
            .filter(id -> REQUEST_ID.matcher(id).matches()),
        field
            .apply("x-amz-bucket-region")
            .or(() -> text(xml, "Region"))
            .filter(r -> REGION.matcher(r).matches()),
        field.apply("x-amz-delete-marker").filter("true"::equals).isPresent(),
        HttpFields.retryAfter(field, now),
        HttpFields.date(field.apply("Date")));
  }

  private static Author author(String code, Function<String, Optional<String>> field, byte[] body) {
    if (!code.isEmpty()
        || field.apply("x-amz-request-id").isPresent()
        || field.apply("x-amz-id-2").isPresent()
        || field.apply("Server").filter("AmazonS3"::equals).isPresent()) {
      return Author.S3;
    }
    boolean html =
        field.apply("Content-Type").filter(type -> type.contains("html")).isPresent()
            || HTML.matcher(new String(body, 0, Math.min(body.length, 64), ISO_8859_1)).lookingAt();
    return html ? Author.WEB_SERVER : Author.UNKNOWN;
  }

  /** Whether it bears a mark of S3. */
  public boolean isFromS3() {
    return author == Author.S3;
  }

  /** Whether it is a web page. */
  public boolean isHtml() {
    return author == Author.WEB_SERVER;
  }

  private static Optional<String> text(Map<String, String> xml, String element) {
    return Optional.ofNullable(xml.get(element)).map(String::strip).filter(s -> !s.isEmpty());
  }

  /** The elements directly below {@code <Error>}; none for any other document. */
  private static Map<String, String> elements(byte[] body) {
    var found = new HashMap<String, String>();
    if (body.length == 0) {
      return found;
    }
    try {
      read(SafeXml.reader(Arrays.copyOf(body, Math.min(body.length, MAX_BODY))), found);
    } catch (XMLStreamException e) {
      // Cut off, or no XML at all: keep what was read so far.
    }
    return found;
  }

  private static void read(XMLStreamReader reader, Map<String, String> found)
      throws XMLStreamException {
    int depth = 0;
    String element = "";
    while (reader.hasNext()) {
      switch (reader.next()) {
        case XMLStreamConstants.START_ELEMENT -> {
          depth++;
          element = reader.getLocalName();
          if (depth == 1 && !element.equals("Error")) {
            return;
          }
        }
        case XMLStreamConstants.END_ELEMENT -> {
          depth--;
          element = "";
        }
        case XMLStreamConstants.CHARACTERS -> {
          String value = reader.getText();
          if (depth == 2) {
            found.putIfAbsent(
                element, value.length() > MAX_VALUE ? value.substring(0, MAX_VALUE) : value);
          }
        }
        default -> {}
      }
    }
  }
}
