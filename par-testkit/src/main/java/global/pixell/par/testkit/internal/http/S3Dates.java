package global.pixell.par.testkit.internal.http;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** The two ways in which S3 writes a moment. */
public final class S3Dates {

  /** RFC 9110's, which always has two digits for the day. */
  private static final DateTimeFormatter HTTP =
      DateTimeFormatter.ofPattern("EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private static final DateTimeFormatter XML =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss'.000Z'").withZone(ZoneOffset.UTC);

  private S3Dates() {}

  public static String http(Instant time) {
    return HTTP.format(time);
  }

  /** Whole seconds, as S3 keeps them. */
  public static String xml(Instant time) {
    return XML.format(time);
  }

  /** Whole seconds without a fraction, as error documents have them. */
  public static String iso(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Nothing when it is no date: S3 ignores a condition it cannot read. */
  public static Optional<Instant> parseHttp(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text)));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }
}
