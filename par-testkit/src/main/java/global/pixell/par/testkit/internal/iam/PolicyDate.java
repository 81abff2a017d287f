package global.pixell.par.testkit.internal.iam;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Parses dates as they appear in policies: the W3C profile of ISO 8601, from a year alone to a
 * fraction of a second with an offset, or seconds since the epoch.
 */
final class PolicyDate {

  private static final Pattern DAY = Pattern.compile("(\\d{4})(?:-(\\d{2})(?:-(\\d{2}))?)?");
  private static final Pattern EPOCH = Pattern.compile("\\d{1,3}|\\d{5,12}");

  private PolicyDate() {}

  static Optional<Instant> parse(String text) {
    try {
      Matcher day = DAY.matcher(text);
      if (day.matches()) {
        LocalDate date =
            LocalDate.of(number(day.group(1)), number(day.group(2)), number(day.group(3)));
        return Optional.of(Instant.parse(date + "T00:00:00Z"));
      }
      if (EPOCH.matcher(text).matches()) {
        return Optional.of(Instant.ofEpochSecond(Long.parseLong(text)));
      }
      return Optional.of(OffsetDateTime.parse(text).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static int number(@Nullable String group) {
    return group == null ? 1 : Integer.parseInt(group);
  }
}
