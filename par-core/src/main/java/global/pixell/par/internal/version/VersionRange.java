package global.pixell.par.internal.version;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The acceptable versions of an agent: an exact one, {@code latest}, or a range such as {@code
 * ^1.2}, {@code ~1.2.3}, {@code 1.x}.
 *
 * <p>As in npm, a pre-release matches only when the range itself names one with the same numbers.
 */
public final class VersionRange {

  private static final Pattern EXACT = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}");
  private static final Pattern WILDCARD =
      Pattern.compile("(\\d{1,18})(?:\\.(\\d{1,18}))?\\.[xX*](?:\\.[xX*])?");

  private final String text;
  private final Optional<SemanticVersion> from;
  private final Optional<SemanticVersion> below;

  private VersionRange(
      String text, Optional<SemanticVersion> from, Optional<SemanticVersion> below) {
    this.text = text;
    this.from = from;
    this.below = below;
  }

  /** Reads an exact version, {@code latest} or a range; empty for any other text. */
  public static Optional<VersionRange> parse(String text) {
    String trimmed = text.strip();
    if (trimmed.toLowerCase(Locale.ROOT).equals("latest") || trimmed.matches("[xX*]")) {
      return Optional.of(new VersionRange(trimmed, version(0, 0, 0), Optional.empty()));
    }
    Matcher wildcard = WILDCARD.matcher(trimmed);
    if (wildcard.matches()) {
      long major = Long.parseLong(wildcard.group(1));
      if (wildcard.group(2) == null) {
        return Optional.of(
            new VersionRange(trimmed, version(major, 0, 0), version(major + 1, 0, 0)));
      }
      long minor = Long.parseLong(wildcard.group(2));
      return Optional.of(
          new VersionRange(trimmed, version(major, minor, 0), version(major, minor + 1, 0)));
    }
    if (trimmed.startsWith("^") || trimmed.startsWith("~")) {
      int given = trimmed.substring(1).split("[-+]", 2)[0].split("\\.", -1).length;
      return SemanticVersion.parse(trimmed.substring(1))
          .map(
              base ->
                  new VersionRange(
                      trimmed,
                      Optional.of(base),
                      trimmed.startsWith("^") ? caretEnd(base, given) : tildeEnd(base, given)));
    }
    return EXACT.matcher(trimmed).matches()
        ? Optional.of(new VersionRange(trimmed, Optional.empty(), Optional.empty()))
        : Optional.empty();
  }

  /**
   * {@code ^} accepts larger numbers right of the first non-zero one, and any number that is not
   * given.
   */
  private static Optional<SemanticVersion> caretEnd(SemanticVersion base, int given) {
    if (base.major() > 0 || given == 1) {
      return version(base.major() + 1, 0, 0);
    }
    return base.minor() > 0 || given == 2
        ? version(0, base.minor() + 1, 0)
        : version(0, 0, base.patch() + 1);
  }

  /** {@code ~} accepts a larger patch, or a larger minor when only the major is given. */
  private static Optional<SemanticVersion> tildeEnd(SemanticVersion base, int given) {
    return given > 1 ? version(base.major(), base.minor() + 1, 0) : version(base.major() + 1, 0, 0);
  }

  private static Optional<SemanticVersion> version(long major, long minor, long patch) {
    return Optional.of(
        new SemanticVersion(major + "." + minor + "." + patch, major, minor, patch, ""));
  }

  /** The exact version, if the range names one; then no versions have to be listed. */
  public Optional<String> exact() {
    return from.isEmpty() ? Optional.of(text) : Optional.empty();
  }

  /** The newest acceptable version of these names. Names that are not versions are ignored. */
  public Optional<String> newest(Collection<String> versions) {
    return versions.stream()
        .flatMap(v -> SemanticVersion.parse(v).stream())
        .filter(this::contains)
        // Builds of one version have equal precedence; the name decides, so that all tasks choose
        // the same.
        .max(Comparator.<SemanticVersion>naturalOrder().thenComparing(SemanticVersion::text))
        .map(SemanticVersion::text);
  }

  private boolean contains(SemanticVersion version) {
    if (from.isEmpty()) {
      return version.text().equals(text);
    }
    SemanticVersion least = from.get();
    if (version.isPreRelease() && !(least.isPreRelease() && version.compareNumbers(least) == 0)) {
      return false;
    }
    return version.compareTo(least) >= 0
        && (below.isEmpty() || version.compareNumbers(below.get()) < 0);
  }

  @Override
  public boolean equals(@org.jspecify.annotations.Nullable Object other) {
    return other instanceof VersionRange that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public String toString() {
    return text;
  }
}
