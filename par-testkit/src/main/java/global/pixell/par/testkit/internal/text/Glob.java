package global.pixell.par.testkit.internal.text;

import java.util.Arrays;

/**
 * A pattern for keys. {@code *} matches any text, slashes included, because a key has no folders;
 * {@code ?} matches one character. A backslash makes the wildcard after it literal; before any
 * other character it is a backslash. Immutable.
 */
public final class Glob {

  private static final int ANY = -1;
  private static final int ONE = -2;

  private final String text;
  private final int[] symbols;

  private Glob(String text, int[] symbols) {
    this.text = text;
    this.symbols = symbols;
  }

  /** Parses a pattern; every text is one. */
  public static Glob of(String text) {
    int[] points = text.codePoints().toArray();
    int[] symbols = new int[points.length];
    int count = 0;
    for (int i = 0; i < points.length; i++) {
      if (points[i] == '\\' && i + 1 < points.length && wildcard(points[i + 1]) < 0) {
        i++;
        symbols[count++] = points[i];
      } else {
        symbols[count++] = wildcard(points[i]);
      }
    }
    return new Glob(text, Arrays.copyOf(symbols, count));
  }

  private static int wildcard(int point) {
    return switch (point) {
      case '*' -> ANY;
      case '?' -> ONE;
      default -> point;
    };
  }

  /** Whether the whole value matches. Takes at most the product of both lengths. */
  public boolean matches(String value) {
    int[] points = value.codePoints().toArray();
    int symbol = 0;
    int point = 0;
    // After a mismatch, the last star takes one more character.
    int star = -1;
    int afterStar = 0;
    while (point < points.length) {
      if (symbol < symbols.length && symbols[symbol] == ANY) {
        star = symbol++;
        afterStar = point;
      } else if (symbol < symbols.length
          && (symbols[symbol] == ONE || symbols[symbol] == points[point])) {
        symbol++;
        point++;
      } else if (star >= 0) {
        symbol = star + 1;
        point = ++afterStar;
      } else {
        return false;
      }
    }
    while (symbol < symbols.length && symbols[symbol] == ANY) {
      symbol++;
    }
    return symbol == symbols.length;
  }

  /** The pattern as it was written. */
  @Override
  public String toString() {
    return text;
  }
}
