package global.pixell.par.testkit.internal.text;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses numbers with a unit, as people type them: {@code 50ms}, {@code 90MB}. */
public final class Quantity {

  private static final Pattern FORM = Pattern.compile("(\\d{1,12})([A-Za-z]*)");
  private static final Map<String, Long> MILLIS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);
  private static final Map<String, Long> BYTES =
      Map.of(
          "",
          1L,
          "B",
          1L,
          "kB",
          1_000L,
          "KB",
          1_000L,
          "MB",
          1_000_000L,
          "GB",
          1_000_000_000L,
          "KiB",
          1L << 10,
          "MiB",
          1L << 20,
          "GiB",
          1L << 30);

  /**
   * Ten years and a thousand terabytes: no real value reaches these limits, and later arithmetic
   * cannot overflow below them.
   */
  private static final long MOST_MILLIS = 3650L * 24 * 3_600_000;

  private static final long MOST_BYTES = 1_000_000_000_000_000L;

  private Quantity() {}

  /**
   * Parses a duration such as {@code 50ms}, {@code 2s}, {@code 1m}, {@code 1h}.
   *
   * @param what the name of the option, for the error
   * @throws IllegalArgumentException when the text is not a duration, or over the limit
   */
  public static Duration duration(String what, String text) {
    return Duration.ofMillis(
        read(what, text, MILLIS, MOST_MILLIS, "a time such as 50ms, 2s, 1m or 1h"));
  }

  /**
   * Parses a number of bytes such as {@code 1000}, {@code 90MB}, {@code 8MiB}.
   *
   * @param what the name of the option, for the error
   * @throws IllegalArgumentException when the text is not a number of bytes, or over the limit
   */
  public static long bytes(String what, String text) {
    return read(what, text, BYTES, MOST_BYTES, "a number of bytes such as 1000, 64KiB or 90MB");
  }

  private static long read(
      String what, String text, Map<String, Long> units, long most, String form) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches() || !units.containsKey(matcher.group(2))) {
      throw new IllegalArgumentException(what + " must be " + form + ", and '" + text + "' is not");
    }
    long number = Long.parseLong(matcher.group(1));
    long unit = units.getOrDefault(matcher.group(2), 1L);
    if (number > most / unit) {
      throw new IllegalArgumentException(
          what + " is at most " + most / unit + matcher.group(2) + ", and '" + text + "' is more");
    }
    return number * unit;
  }
}
