package global.pixell.par.testkit.internal.iam;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One pattern of a policy: literal text, wildcards and policy variables.
 *
 * <p>The value of a variable is always literal: a caller whose prefix is {@code *} cannot widen a
 * pattern.
 */
final class PolicyPattern {

  /** The text that the wildcards of a pattern match. */
  enum WildcardScope {
    /** No wildcards: {@code *} and {@code ?} are literal. */
    NONE,
    /** Any text. */
    ANYTHING,
    /**
     * Text within a segment of the ARN; a {@code *} at the end of its segment also matches colons,
     * as IAM documents it for {@code Resource}. The sixth segment matches any text.
     */
    RESOURCE,
    /** Text within a segment of the ARN. The sixth segment matches any text. */
    ARN
  }

  private static final int ANY = -1;
  private static final int ONE = -2;
  private static final int ANY_IN_SEGMENT = -3;
  private static final int ONE_IN_SEGMENT = -4;
  private static final int COLONS_OF_AN_ARN = 5;

  private sealed interface Part permits Symbol, Variable {}

  /** A code point, or one of the wildcards. */
  private record Symbol(int value) implements Part {}

  private record Variable(String key, @Nullable String fallback) implements Part {}

  private final String text;
  private final List<Part> parts;

  private PolicyPattern(String text, List<Part> parts) {
    this.text = text;
    this.parts = parts;
  }

  /**
   * Parses a pattern.
   *
   * @param variables whether <code>${…}</code> is a variable; in documents of version 2008-10-17 it
   *     is plain text
   * @throws IllegalArgumentException with a sentence, when a variable is malformed or unknown
   */
  static PolicyPattern parse(String text, WildcardScope reach, boolean variables) {
    List<Part> parts = new ArrayList<>();
    int colons = 0;
    int[] points = text.codePoints().toArray();
    for (int i = 0; i < points.length; i++) {
      int point = points[i];
      if (variables && point == '$' && i + 1 < points.length && points[i + 1] == '{') {
        int end = indexOf(points, '}', i);
        if (end < 0) {
          throw new IllegalArgumentException("the variable in \"" + text + "\" has no closing }");
        }
        String inside = new String(points, i + 2, end - i - 2);
        if (inside.equals("*") || inside.equals("?") || inside.equals("$")) {
          parts.add(new Symbol(inside.codePointAt(0)));
        } else {
          parts.add(variable(inside));
        }
        i = end;
      } else if ((point == '*' || point == '?') && reach != WildcardScope.NONE) {
        boolean endsSegment = i + 1 == points.length || points[i + 1] == ':';
        parts.add(new Symbol(wildcard(point, reach, colons, endsSegment)));
      } else {
        colons += point == ':' ? 1 : 0;
        parts.add(new Symbol(point));
      }
    }
    return new PolicyPattern(text, List.copyOf(parts));
  }

  private static int wildcard(int point, WildcardScope reach, int colons, boolean endsSegment) {
    boolean confined = reach != WildcardScope.ANYTHING && colons < COLONS_OF_AN_ARN;
    if (point == '?') {
      return confined ? ONE_IN_SEGMENT : ONE;
    }
    return confined && !(endsSegment && reach == WildcardScope.RESOURCE) ? ANY_IN_SEGMENT : ANY;
  }

  private static Variable variable(String inside) {
    int comma = inside.indexOf(',');
    String key = (comma < 0 ? inside : inside.substring(0, comma)).trim();
    ConditionKeys.check(key);
    if (comma < 0) {
      return new Variable(key, null);
    }
    String fallback = inside.substring(comma + 1).trim();
    if (fallback.length() < 2 || !fallback.startsWith("'") || !fallback.endsWith("'")) {
      throw new IllegalArgumentException(
          "the default of ${" + inside + "} must be in single quotes, as in ${" + key + ", 'x'}");
    }
    return new Variable(key, fallback.substring(1, fallback.length() - 1));
  }

  /** The pattern as it appears in the document. */
  String text() {
    return text;
  }

  boolean hasWildcard() {
    return parts.stream().anyMatch(part -> part instanceof Symbol symbol && symbol.value() < 0);
  }

  /** The number of ARN segments of the literal text; colons inside variables do not count. */
  int segments() {
    return 1 + (int) parts.stream().filter(new Symbol(':')::equals).count();
  }

  /** Whether the value matches; a variable without a value makes the pattern match nothing. */
  boolean matches(String value, ConditionContext context) {
    return symbols(context).filter(symbols -> matches(symbols, value)).isPresent();
  }

  /** Like {@link #matches}, but case-insensitive. */
  boolean matchesIgnoringCase(String value, ConditionContext context) {
    return symbols(context)
        .filter(symbols -> matches(folded(symbols), value.toLowerCase(Locale.ROOT)))
        .isPresent();
  }

  private Optional<int[]> symbols(ConditionContext context) {
    List<Integer> all = new ArrayList<>();
    for (Part part : parts) {
      if (part instanceof Symbol symbol) {
        all.add(symbol.value());
      } else if (part instanceof Variable variable) {
        String value = context.single(variable.key()).orElse(variable.fallback());
        if (value == null) {
          return Optional.empty();
        }
        value.codePoints().forEach(all::add);
      }
    }
    return Optional.of(toArray(all));
  }

  /** Follows all alternatives at once, so the time is at most the product of both lengths. */
  private static boolean matches(int[] symbols, String value) {
    BitSet at = new BitSet(symbols.length + 1);
    reach(at, 0, symbols);
    for (int point : value.codePoints().toArray()) {
      BitSet next = new BitSet(symbols.length + 1);
      for (int i = at.nextSetBit(0); i >= 0 && i < symbols.length; i = at.nextSetBit(i + 1)) {
        switch (symbols[i]) {
          case ANY -> reach(next, i, symbols);
          case ONE -> reach(next, i + 1, symbols);
          case ANY_IN_SEGMENT -> {
            if (point != ':') {
              reach(next, i, symbols);
            }
          }
          case ONE_IN_SEGMENT -> {
            if (point != ':') {
              reach(next, i + 1, symbols);
            }
          }
          default -> {
            if (symbols[i] == point) {
              reach(next, i + 1, symbols);
            }
          }
        }
      }
      if (next.isEmpty()) {
        return false;
      }
      at = next;
    }
    return at.get(symbols.length);
  }

  /** Marks a position, and the later positions that empty matches of stars reach. */
  private static void reach(BitSet positions, int position, int[] symbols) {
    positions.set(position);
    for (int i = position;
        i < symbols.length && (symbols[i] == ANY || symbols[i] == ANY_IN_SEGMENT);
        i++) {
      positions.set(i + 1);
    }
  }

  private static int[] folded(int[] symbols) {
    List<Integer> folded = new ArrayList<>();
    for (int symbol : symbols) {
      if (symbol < 0) {
        folded.add(symbol);
      } else {
        Character.toString(symbol).toLowerCase(Locale.ROOT).codePoints().forEach(folded::add);
      }
    }
    return toArray(folded);
  }

  private static int indexOf(int[] points, int wanted, int from) {
    for (int i = from; i < points.length; i++) {
      if (points[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  private static int[] toArray(List<Integer> points) {
    return points.stream().mapToInt(Integer::intValue).toArray();
  }

  @Override
  public String toString() {
    return text;
  }
}
