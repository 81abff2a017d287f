package global.pixell.par.internal.remote;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads and writes the header fields of HTTP, for every kind of source. */
public final class HttpFields {
  private HttpFields() {}

  private static final Pattern CONTENT_RANGE =
      Pattern.compile("bytes (\\d{1,18})-(\\d{1,18})/(\\d{1,18}|\\*)");
  private static final Pattern STRONG_TAG = Pattern.compile("\"([^\"]+)\"");
  private static final Pattern BARE_TAG = Pattern.compile("[!#-~]+");

  /**
   * Which bytes a body holds.
   *
   * @param first the offset of its first byte
   * @param last the offset of its last byte
   * @param total the size of the whole object, where the server states it
   */
  public record ContentRange(long first, long last, OptionalLong total) {}

  /** Reads {@code Content-Range}; empty for anything that is not a range of bytes. */
  public static Optional<ContentRange> contentRange(Optional<String> field) {
    return field
        .map(CONTENT_RANGE::matcher)
        .filter(Matcher::matches)
        .map(
            m ->
                new ContentRange(
                    Long.parseLong(m.group(1)),
                    Long.parseLong(m.group(2)),
                    m.group(3).equals("*")
                        ? OptionalLong.empty()
                        : OptionalLong.of(Long.parseLong(m.group(3)))));
  }

  /**
   * A strong entity tag without its quotes. A weak one does not say that two bodies are equal byte
   * by byte, so neither a resume nor a range may rely on it (RFC 9110, 8.8.3).
   */
  public static Optional<String> entityTag(Optional<String> field) {
    return field
        .map(String::strip)
        .flatMap(
            tag -> {
              Matcher strong = STRONG_TAG.matcher(tag);
              if (strong.matches()) {
                return Optional.of(strong.group(1));
              }
              // Some S3-compatible stores leave the quotes out.
              return BARE_TAG.matcher(tag).matches() && !tag.startsWith("W/")
                  ? Optional.of(tag)
                  : Optional.empty();
            });
  }

  /**
   * The version of a response. A bucket whose versioning is suspended says {@code null}. That
   * version may be overwritten, so it does not name a content.
   */
  public static Optional<String> versionId(Optional<String> field) {
    return field.map(String::strip).filter(id -> !id.isEmpty() && !id.equals("null"));
  }

  /** The {@code x-amz-checksum-} fields of a head, by lower-case name. */
  public static Map<String, String> checksums(Map<String, List<String>> head) {
    var checksums = new TreeMap<String, String>();
    head.forEach(
        (name, values) -> {
          // The status line of HttpURLConnection has no name.
          String lower = String.valueOf(name).toLowerCase(Locale.ROOT);
          if (lower.startsWith("x-amz-checksum-") && !values.isEmpty()) {
            checksums.put(lower, values.get(0));
          }
        });
    return checksums;
  }

  /** The entity tag as a condition spells it. */
  public static String quoted(String entityTag) {
    return '"' + entityTag + '"';
  }

  /** A date as HTTP writes it; empty for anything else. */
  static Optional<Instant> date(Optional<String> field) {
    return field.flatMap(
        text -> {
          try {
            return Optional.of(
                Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip())));
          } catch (DateTimeException e) {
            return Optional.empty();
          }
        });
  }

  /**
   * How long the server asks to wait: milliseconds in {@code x-amz-retry-after}, else seconds or a
   * date in {@code Retry-After}. A date counts from the server's own {@code Date}, so that a wrong
   * clock of this machine does not matter.
   *
   * @param field the value of a field of this name
   * @param now this machine's time, used when the server sends no {@code Date}
   */
  static Optional<Duration> retryAfter(Function<String, Optional<String>> field, Instant now) {
    Optional<Duration> millis = number(field.apply("x-amz-retry-after")).map(Duration::ofMillis);
    if (millis.isPresent()) {
      return millis;
    }
    Optional<String> after = field.apply("Retry-After");
    return number(after)
        .map(Duration::ofSeconds)
        .or(
            () ->
                date(after)
                    .map(then -> Duration.between(date(field.apply("Date")).orElse(now), then))
                    .map(wait -> wait.isNegative() ? Duration.ZERO : wait));
  }

  private static Optional<Long> number(Optional<String> field) {
    return field.map(String::strip).filter(v -> v.matches("\\d{1,9}")).map(Long::valueOf);
  }
}
