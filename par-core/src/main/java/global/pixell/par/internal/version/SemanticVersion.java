package global.pixell.par.internal.version;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A version as semver.org 2.0.0 orders it; missing minor and patch count as 0, a leading {@code v}
 * is accepted.
 *
 * @param text as it was written, which is how the bucket spells it
 */
public record SemanticVersion(String text, long major, long minor, long patch, String preRelease)
    implements Comparable<SemanticVersion> {

  private static final Pattern FORM =
      Pattern.compile(
          "v?(\\d{1,18})(?:\\.(\\d{1,18}))?(?:\\.(\\d{1,18}))?(?:-(%1$s(?:\\.%1$s)*))?(?:\\+%1$s(?:\\.%1$s)*)?"
              .formatted("[0-9A-Za-z-]+"));

  public static Optional<SemanticVersion> parse(String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new SemanticVersion(
            text,
            number(m.group(1)),
            number(m.group(2)),
            number(m.group(3)),
            m.group(4) == null ? "" : m.group(4)));
  }

  private static long number(@org.jspecify.annotations.Nullable String digits) {
    return digits == null ? 0 : Long.parseLong(digits);
  }

  boolean isPreRelease() {
    return !preRelease.isEmpty();
  }

  @Override
  public int compareTo(SemanticVersion other) {
    int byNumbers = compareNumbers(other);
    if (byNumbers != 0) {
      return byNumbers;
    }
    if (isPreRelease() != other.isPreRelease()) {
      return isPreRelease() ? -1 : 1;
    }
    return comparePreRelease(preRelease.split("\\.", -1), other.preRelease.split("\\.", -1));
  }

  int compareNumbers(SemanticVersion other) {
    int byMajor = Long.compare(major, other.major);
    int byMinor = Long.compare(minor, other.minor);
    return byMajor != 0 ? byMajor : byMinor != 0 ? byMinor : Long.compare(patch, other.patch);
  }

  private static int comparePreRelease(String[] a, String[] b) {
    for (int i = 0; i < Math.min(a.length, b.length); i++) {
      boolean aNumeric = a[i].matches("\\d+");
      boolean bNumeric = b[i].matches("\\d+");
      int order;
      if (aNumeric && bNumeric) {
        order = new java.math.BigInteger(a[i]).compareTo(new java.math.BigInteger(b[i]));
      } else if (aNumeric != bNumeric) {
        order = aNumeric ? -1 : 1;
      } else {
        order = a[i].compareTo(b[i]);
      }
      if (order != 0) {
        return order;
      }
    }
    return Integer.compare(a.length, b.length);
  }
}
