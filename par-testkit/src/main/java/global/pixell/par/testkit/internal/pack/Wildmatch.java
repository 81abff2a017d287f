package global.pixell.par.testkit.internal.pack;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;

/**
 * A pattern of a {@code .gitignore} (gitignore(5), "pattern format"). Like git, it matches byte by
 * byte: {@code ?} is one byte of a UTF-8 name. Immutable.
 */
final class Wildmatch {

  /** A piece of a pattern. */
  private interface Token {}

  /** One byte of a set. */
  private record OneOf(BitSet bytes) implements Token {
    boolean accepts(int b) {
      return bytes.get(b);
    }
  }

  /** The pieces that match any number of bytes. */
  private enum Stars implements Token {
    /** Any bytes except a slash. */
    WITHIN_NAME,
    /** Any bytes, including slashes. */
    ANY,
    /** Nothing, or any directories and the slash after them. */
    DIRECTORIES
  }

  /**
   * Matches no byte. It ends a malformed pattern, because git lets such a pattern match nothing.
   */
  private static final Token NOTHING = new OneOf(new BitSet());

  private static final Map<String, IntPredicate> CLASSES =
      Map.ofEntries(
          Map.entry("alnum", c -> isDigit(c) || isAlpha(c)),
          Map.entry("alpha", Wildmatch::isAlpha),
          Map.entry("blank", c -> c == ' ' || c == '\t'),
          Map.entry("cntrl", c -> c < ' ' || c == 0x7f),
          Map.entry("digit", Wildmatch::isDigit),
          Map.entry("graph", c -> isPrint(c) && c != ' '),
          Map.entry("lower", c -> c >= 'a' && c <= 'z'),
          Map.entry("print", Wildmatch::isPrint),
          Map.entry("punct", c -> isPrint(c) && c != ' ' && !isDigit(c) && !isAlpha(c)),
          Map.entry("space", c -> c == ' ' || c == '\t' || c == '\n' || c == '\r'),
          Map.entry("upper", c -> c >= 'A' && c <= 'Z'),
          Map.entry("xdigit", c -> isDigit(c) || (lower(c) >= 'a' && lower(c) <= 'f')));

  private final List<Token> tokens = new ArrayList<>();

  /**
   * Compiles a pattern.
   *
   * @param pattern its bytes
   */
  Wildmatch(byte[] pattern) {
    int at = 0;
    while (at < pattern.length && !isSpecial(pattern[at])) {
      tokens.add(literal(pattern[at++]));
    }
    // Git treats the stars after this literal prefix as the beginning of a pattern.
    int start = at;
    while (at < pattern.length) {
      switch (pattern[at]) {
        case '*' -> at = stars(pattern, start, at);
        case '[' -> at = set(pattern, at + 1);
        case '?' -> {
          tokens.add(new OneOf(allButSlash()));
          at++;
        }
        case '\\' -> {
          tokens.add(at + 1 < pattern.length ? literal(pattern[at + 1]) : NOTHING);
          at += 2;
        }
        default -> tokens.add(literal(pattern[at++]));
      }
    }
  }

  private static boolean isSpecial(byte c) {
    return c == '*' || c == '?' || c == '[' || c == '\\';
  }

  private static Token literal(byte c) {
    var one = new BitSet();
    one.set(c & 0xff);
    return new OneOf(one);
  }

  private static BitSet allButSlash() {
    var bytes = new BitSet();
    bytes.set(0, 256);
    bytes.clear('/');
    return bytes;
  }

  /** Two or more stars match slashes if they are a whole name of the path. */
  private int stars(byte[] pattern, int start, int at) {
    int end = at;
    while (end < pattern.length && pattern[end] == '*') {
      end++;
    }
    boolean begins = at == start || pattern[at - 1] == '/';
    boolean slash = end < pattern.length && pattern[end] == '/';
    boolean ends =
        end == pattern.length
            || slash
            || (pattern[end] == '\\' && end + 1 < pattern.length && pattern[end + 1] == '/');
    if (end - at == 1 || !begins || !ends) {
      tokens.add(Stars.WITHIN_NAME);
    } else if (slash) {
      tokens.add(Stars.DIRECTORIES);
      return end + 1;
    } else {
      tokens.add(Stars.ANY);
    }
    return end;
  }

  /**
   * Reads a bracket expression, beginning after its bracket; returns the index after the
   * expression.
   */
  private int set(byte[] pattern, int from) {
    var reader = new SetReader(pattern, from);
    tokens.add(reader.read() ? new OneOf(reader.bytes) : NOTHING);
    return reader.at;
  }

  /** Reads {@code [a-z[:digit:]\]]}. */
  private static final class SetReader {
    private final byte[] pattern;
    private final BitSet bytes = new BitSet();
    private int at;

    SetReader(byte[] pattern, int at) {
      this.pattern = pattern;
      this.at = at;
    }

    /** Returns false when the expression has no end, or names an unknown class. */
    boolean read() {
      boolean negated = peek(0) == '!' || peek(0) == '^';
      at += negated ? 1 : 0;
      int previous = -1;
      boolean first = true;
      while (first || peek(0) != ']') {
        first = false;
        int c = peek(0);
        if (c < 0) {
          at = pattern.length;
          return false;
        }
        if (c == '-' && previous >= 0 && peek(1) >= 0 && peek(1) != ']') {
          at++;
          int last = character();
          if (last < 0) {
            return false;
          }
          if (previous <= last) {
            bytes.set(previous, last + 1);
          }
          previous = -1;
        } else if (c == '[' && peek(1) == ':' && classEnd() != at) {
          if (!addClass()) {
            at = pattern.length;
            return false;
          }
          previous = -1;
        } else {
          previous = character();
          if (previous < 0) {
            return false;
          }
          bytes.set(previous);
        }
      }
      at++;
      if (negated) {
        bytes.flip(0, 256);
      }
      bytes.clear('/');
      return true;
    }

    private int peek(int ahead) {
      return at + ahead < pattern.length ? pattern[at + ahead] & 0xff : -1;
    }

    /** Reads a character, escaped or not; returns -1 at the end of the pattern. */
    private int character() {
      at += peek(0) == '\\' ? 1 : 0;
      int c = peek(0);
      at = Math.min(at + 1, pattern.length);
      return c;
    }

    /**
     * The index of the bracket that ends a class, or of the current one when it is only a bracket.
     */
    private int classEnd() {
      int end = at + 2;
      while (end < pattern.length && pattern[end] != ']') {
        end++;
      }
      boolean whole = end == pattern.length || (end > at + 2 && pattern[end - 1] == ':');
      return whole ? end : at;
    }

    private boolean addClass() {
      int end = classEnd();
      if (end == pattern.length) {
        return false;
      }
      var name = new StringBuilder();
      for (int i = at + 2; i < end - 1; i++) {
        name.append((char) pattern[i]);
      }
      IntPredicate members = CLASSES.get(name.toString());
      if (members == null) {
        return false;
      }
      for (int c = 0; c < 128; c++) {
        if (members.test(c)) {
          bytes.set(c);
        }
      }
      at = end + 1;
      return true;
    }
  }

  private static boolean isDigit(int c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isAlpha(int c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
  }

  private static boolean isPrint(int c) {
    return c >= ' ' && c < 0x7f;
  }

  private static int lower(int c) {
    return c >= 'A' && c <= 'Z' ? c + 32 : c;
  }

  /** Whether the whole path matches. The time is at most the product of both lengths. */
  boolean matches(byte[] path) {
    return matches(0, path, 0, new BitSet());
  }

  private boolean matches(int token, byte[] path, int from, BitSet failed) {
    int index = token;
    int at = from;
    while (index < tokens.size() && tokens.get(index) instanceof OneOf one) {
      if (at == path.length || !one.accepts(path[at] & 0xff)) {
        return false;
      }
      index++;
      at++;
    }
    if (index == tokens.size()) {
      return at == path.length;
    }
    int state = index * (path.length + 1) + at;
    if (failed.get(state)) {
      return false;
    }
    failed.set(state);
    return switch ((Stars) tokens.get(index)) {
      case WITHIN_NAME -> afterStars(index, path, at, false, failed);
      case ANY -> afterStars(index, path, at, true, failed);
      case DIRECTORIES -> afterDirectories(index, path, at, failed);
    };
  }

  private boolean afterStars(int index, byte[] path, int from, boolean slashes, BitSet failed) {
    for (int at = from; ; at++) {
      if (matches(index + 1, path, at, failed)) {
        return true;
      }
      if (at == path.length || (!slashes && path[at] == '/')) {
        return false;
      }
    }
  }

  private boolean afterDirectories(int index, byte[] path, int from, BitSet failed) {
    if (matches(index + 1, path, from, failed)) {
      return true;
    }
    for (int at = from; at < path.length; at++) {
      if (path[at] == '/' && matches(index + 1, path, at + 1, failed)) {
        return true;
      }
    }
    return false;
  }
}
