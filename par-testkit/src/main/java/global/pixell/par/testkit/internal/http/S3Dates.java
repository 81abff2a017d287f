package global.pixell.par.testkit.internal.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** The date formats of S3. */
public final class S3Dates {

  /** The format of RFC 9110, with two digits for the day. */
  private static final DateTimeFormatter HTTP =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter XML =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'.000Z'").withZone(ZoneOffset.UTC);

  private S3Dates() {}

  public static String http(Instant time) {
    return HTTP.format(time);
  }

  /** Formats a time in whole seconds, as S3 stores it. */
  public static String xml(Instant time) {
    return XML.format(time);
  }

  /** Formats a time in whole seconds without a fraction, as in error documents. */
  public static String iso(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /**
   * Parses a date; empty when the text is not a date, because S3 ignores conditions that it cannot
   * parse.
   */
  public static Optional<Instant> parseHttp(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
