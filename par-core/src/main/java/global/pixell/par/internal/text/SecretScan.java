package global.pixell.par.internal.text;

/**
 * Finds out whether a secret of some shape begins at a position of a text, and where it ends.
 *
 * <p>Examines each character at most a few times in any text: it skips a found secret, and
 * remembers the end of every range that it examined without a result.
 */
final class SecretScan {

  private static final int MIN_BEARER = 8;
  private static final int MIN_API_KEY = 16;
  private static final int MIN_KEY_ID = 12;

  /** Up to this length, a value of letters only after a colon is a word of a sentence. */
  private static final int MAX_WORD = 14;

  private final String text;
  private final int length;

  /** All text before this position was examined, or is part of a found secret. */
  int floor;

  /** The last find: where it begins, including its name, and its secret part. */
  int start;

  int valueStart;
  int valueEnd;

  // Ends of ranges that were examined without a result.
  private int nameSeen;
  private int jwtSeen;
  private int urlSeen;
  private int lastAt;

  SecretScan(String text) {
    this.text = text;
    this.length = text.length();
  }

  /** Whether a secret of this shape begins at this position with this word. */
  boolean find(Redactor.Shape shape, String word, int at) {
    return switch (shape) {
      case NAME -> SecretName.isAt(text, at, word) && named(at, at + word.length());
      case SCHEME ->
          text.regionMatches(true, at, word, 0, word.length())
              && isWordStart(at)
              && credentials(at, at + word.length());
      case KEY_ID -> text.startsWith(word, at) && isWordStart(at) && keyId(at);
      case JWT -> text.startsWith(word, at) && at >= jwtSeen && webToken(at);
      case API_KEY -> text.startsWith(word, at) && isWordStart(at) && apiKey(at, word.length());
      case PEM -> text.startsWith(word, at) && privateKey(at);
      case URL -> authority(at + word.length());
      case VALUE -> text.startsWith(word, at) && found(at, at, at + word.length());
    };
  }

  private boolean found(int from, int secretStart, int secretEnd) {
    if (text.startsWith(Redactor.REDACTED, secretStart)) {
      return false;
    }
    start = from;
    valueStart = secretStart;
    valueEnd = secretEnd;
    return true;
  }

  // --- name = value ---

  private boolean named(int word, int wordEnd) {
    if (word < nameSeen) {
      return false;
    }
    int end = wordEnd;
    while (end < length && SecretName.isNamePart(text.charAt(end))) {
      end++;
    }
    nameSeen = end;
    int begin = word;
    int earliest = Math.max(floor, word - SecretName.MAX_LOOK_BACK);
    while (begin > earliest && SecretName.isNamePart(text.charAt(begin - 1))) {
      begin--;
    }
    if (SecretName.isQualified(text, begin, end)) {
      return false;
    }
    return element(begin, end) || option(begin, end) || assigned(begin, end);
  }

  /** {@code <password>x</password>}. */
  private boolean element(int begin, int end) {
    boolean opened = begin > 0 && (text.charAt(begin - 1) == '<' || text.charAt(begin - 1) == ':');
    if (!opened || end >= length || text.charAt(end) != '>') {
      return false;
    }
    int close = end + 1;
    while (close < length && text.charAt(close) != '<' && !isLineEnd(text.charAt(close))) {
      close++;
    }
    return close > end + 1 && found(begin, end + 1, close);
  }

  /** {@code --password x}, also as the words of a list. */
  private boolean option(int begin, int end) {
    if (text.charAt(begin) != '-' || end >= length) {
      return false;
    }
    int i = end;
    if (isQuote(text.charAt(i))) {
      i = blanks(i + 1);
      if (i >= length || text.charAt(i) != ',') {
        return false;
      }
      i++;
    }
    int value = blanks(i);
    if (value == end || value >= length || text.charAt(value) == '-') {
      return false;
    }
    return isQuote(text.charAt(value)) ? quoted(begin, value) : bare(begin, value, false);
  }

  private boolean assigned(int begin, int end) {
    int i = end;
    while (i < length && text.charAt(i) == '\\') {
      i++;
    }
    if (i < length && isQuote(text.charAt(i))) {
      i++;
    } else if (i > end) {
      return false;
    }
    boolean nameQuoted = i > end;
    i = blanks(i);
    int separator = i;
    if (text.regionMatches(true, i, "%3d", 0, 3)) {
      i += 3;
    } else {
      while (i < length && (text.charAt(i) == '=' || text.charAt(i) == ':')) {
        i++;
      }
      if (i > separator && i < length && text.charAt(i) == '>') {
        i++;
      }
    }
    if (i == separator) {
      return false;
    }
    int value = blanks(i);
    if (value >= length) {
      return false;
    }
    char first = text.charAt(value);
    if (first == '\\' || isQuote(first)) {
      return quoted(begin, value);
    }
    if (first == '[' || first == '{') {
      return !text.startsWith(Redactor.REDACTED, value) && nested(begin, value);
    }
    boolean prose = !nameQuoted && text.charAt(i - 1) == ':' && value > i;
    if (isHeader(begin, end)) {
      return header(begin, value, prose);
    }
    return bare(begin, value, prose && text.charAt(separator) == ':' && !isPassword(begin, end));
  }

  private boolean isPassword(int begin, int end) {
    for (int i = begin; i + 4 <= end; i++) {
      if (text.regionMatches(true, i, "pass", 0, 4)) {
        return true;
      }
    }
    return false;
  }

  private boolean isHeader(int begin, int end) {
    return endsWith(begin, end, "authorization")
        || endsWith(begin, end, "cookie")
        || endsWith(begin, end, "cookies");
  }

  private boolean endsWith(int begin, int end, String word) {
    return end - begin >= word.length()
        && text.regionMatches(true, end - word.length(), word, 0, word.length());
  }

  /**
   * The value of a header extends to the end of the line, or to the end of the quotes around the
   * header.
   */
  private boolean header(int begin, int value, boolean prose) {
    if (prose && isProse(value, wordEnd(value))) {
      return false;
    }
    char quote = begin > 0 && isQuote(text.charAt(begin - 1)) ? text.charAt(begin - 1) : 0;
    int end = value;
    while (end < length
        && !isLineEnd(text.charAt(end))
        && (quote == 0 || text.charAt(end) != quote)) {
      end++;
    }
    return end > value && found(begin, value, end);
  }

  private boolean quoted(int begin, int value) {
    int open = value;
    while (open < length && text.charAt(open) == '\\') {
      open++;
    }
    int escapes = open - value;
    if (open >= length || !isQuote(text.charAt(open))) {
      // A backslash that escapes no quote belongs to a bare value.
      return bare(begin, value, false);
    }
    char quote = text.charAt(open);
    int from = open + 1;
    int end = from;
    int backslashes = 0;
    for (; end < length && !isLineEnd(text.charAt(end)); end++) {
      char c = text.charAt(end);
      if (c == quote && (escapes > 0 ? backslashes <= escapes : backslashes % 2 == 0)) {
        break;
      }
      backslashes = c == '\\' ? backslashes + 1 : 0;
    }
    // Inside an outer quoted text, the closing quote is escaped, too.
    int last = escapes > 0 && end < length ? Math.max(from, end - backslashes) : end;
    return last > from && !isPlaceholder(from, last) && found(begin, from, last);
  }

  /** A list or an object, to its closing bracket or the end of the line. */
  private boolean nested(int begin, int value) {
    int depth = 0;
    char quote = 0;
    int end = value;
    for (; end < length && !isLineEnd(text.charAt(end)); end++) {
      char c = text.charAt(end);
      if (c == '\\') {
        end++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (isQuote(c)) {
        quote = c;
      } else if (c == '[' || c == '{') {
        depth++;
      } else if (c == ']' || c == '}') {
        depth--;
        if (depth == 0) {
          end++;
          break;
        }
      }
    }
    return found(begin, value, Math.min(end, length));
  }

  private boolean bare(int begin, int value, boolean maybeProse) {
    int end = wordEnd(value);
    if (end == value || isPlaceholder(value, end)) {
      return false;
    }
    if (maybeProse && isProse(value, end)) {
      return false;
    }
    if (isDigits(value, end) && SecretName.isCount(text.substring(begin, value))) {
      return false;
    }
    if (is(value, end, "bearer") || is(value, end, "basic")) {
      int credentials = blanks(end);
      int last = tokenEnd(credentials);
      if (credentials > end && last > credentials) {
        return found(begin, value, last);
      }
    }
    return found(begin, value, end);
  }

  private int wordEnd(int from) {
    int end = from;
    while (end < length && !endsValue(text.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean endsValue(char c) {
    return switch (c) {
      case ' ', '\t', '\r', '\n', '"', '\'', '&', ',', ';', '}', '<' -> true;
      default -> false;
    };
  }

  /**
   * Whether a value is a word of a sentence: short, of letters only, and capital at most at its
   * start.
   */
  private boolean isProse(int from, int to) {
    int last = to;
    while (last > from && (text.charAt(last - 1) == '.' || text.charAt(last - 1) == ':')) {
      last--;
    }
    if (last - from > MAX_WORD
        || last == from
        || is(from, last, "bearer")
        || is(from, last, "basic")) {
      return false;
    }
    for (int i = from; i < last; i++) {
      char c = text.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (i == from && c >= 'A' && c <= 'Z');
      if (!letter) {
        return false;
      }
    }
    return true;
  }

  private boolean isPlaceholder(int from, int to) {
    return is(from, to, "null")
        || is(from, to, "none")
        || is(from, to, "true")
        || is(from, to, "false")
        || is(from, to, "undefined")
        || text.startsWith("${", from);
  }

  private boolean is(int from, int to, String word) {
    return to - from == word.length() && text.regionMatches(true, from, word, 0, word.length());
  }

  private boolean isDigits(int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && c != '.') {
        return false;
      }
    }
    return true;
  }

  // --- shapes of values ---

  /** {@code Bearer x}, where x is long enough and not a word, as in "basic authentication". */
  private boolean credentials(int at, int schemeEnd) {
    int from = blanks(schemeEnd);
    if (from == schemeEnd) {
      return false;
    }
    int end = tokenEnd(from);
    boolean word = end - from <= 2 * MAX_WORD;
    for (int i = from; word && i < end; i++) {
      char c = text.charAt(i);
      word = (c >= 'a' && c <= 'z') || c == '.' || c == '-' || (i == from && c >= 'A' && c <= 'Z');
    }
    return end - from >= MIN_BEARER && !word && found(at, from, end);
  }

  private boolean keyId(int at) {
    int end = at;
    while (end < length && isUpperOrDigit(text.charAt(end))) {
      end++;
    }
    return end - at >= 4 + MIN_KEY_ID && isWordEnd(end) && found(at, at, end);
  }

  private boolean webToken(int at) {
    int end = at;
    int dots = 0;
    while (end < length && (isUrlSafe(text.charAt(end)) || (text.charAt(end) == '.' && dots < 2))) {
      if (text.charAt(end) == '.') {
        dots++;
      }
      end++;
    }
    jwtSeen = end;
    return dots == 2 && found(at, at, end);
  }

  private boolean apiKey(int at, int prefix) {
    int end = at + prefix;
    boolean digit = false;
    while (end < length && isUrlSafe(text.charAt(end))) {
      digit |= text.charAt(end) >= '0' && text.charAt(end) <= '9';
      end++;
    }
    return digit && end - at - prefix >= MIN_API_KEY && found(at, at, end);
  }

  /**
   * The content between the first and the last line; without a last line, to the end of the text.
   */
  private boolean privateKey(int at) {
    int label = at + "-----BEGIN ".length();
    int labelEnd = text.indexOf("-----", label);
    if (labelEnd < 0
        || labelEnd - label > SecretName.MAX_LOOK_BACK
        || !text.startsWith("PRIVATE KEY", labelEnd - "PRIVATE KEY".length())) {
      return false;
    }
    int from = labelEnd + "-----".length();
    int end = text.indexOf("-----END", from);
    return (end < 0 ? length : end) > from && found(at, from, end < 0 ? length : end);
  }

  /**
   * User and password of a URL. A password may contain {@code @}, {@code /} and more: then the part
   * before the first slash is not a host with a port, or its {@code @} is not the last one.
   */
  private boolean authority(int from) {
    if (from < urlSeen && lastAt < from) {
      return false;
    }
    if (from >= urlSeen) {
      look(from);
    }
    if (lastAt < from) {
      return false;
    }
    int end = from;
    int colon = -1;
    int at = -1;
    for (; end < urlSeen && !endsAuthority(text.charAt(end)); end++) {
      char c = text.charAt(end);
      if (c == ':' && colon < 0) {
        colon = end;
      } else if (c == '@') {
        at = end;
      }
    }
    if (colon >= 0 && (at >= 0 ? colon < at : !isPort(colon + 1, end) || !isWebScheme(from))) {
      int query = end < urlSeen && at >= 0 ? pathEnd(end) : urlSeen;
      at = text.lastIndexOf('@', query - 1);
    }
    return at > from && !isExample(from, at) && found(from, from, at);
  }

  /** Reads to the end of the URL and remembers its last {@code @}. */
  private void look(int from) {
    // A quoted URL ends at the same quote; in a sentence it ends at a blank.
    int scheme = from - "://".length();
    while (scheme > 0
        && SecretName.isLetterOrDigit(text.charAt(scheme - 1))
        && from - scheme < 16) {
      scheme--;
    }
    char quote = scheme > 0 && text.charAt(scheme - 1) == '\'' ? '\'' : '"';
    lastAt = -1;
    int end = from;
    while (end < length
        && text.charAt(end) > ' '
        && text.charAt(end) != '"'
        && text.charAt(end) != quote) {
      if (text.charAt(end) == '@') {
        lastAt = end;
      }
      end++;
    }
    urlSeen = end;
  }

  private int pathEnd(int from) {
    int end = from;
    while (end < urlSeen && text.charAt(end) != '?' && text.charAt(end) != '#') {
      end++;
    }
    return end;
  }

  private boolean isWebScheme(int from) {
    return text.startsWith("http://", from - 7) || text.startsWith("https://", from - 8);
  }

  private boolean isPort(int from, int to) {
    for (int i = from; i < to; i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether these are no credentials, but PAR's own hint for proxies or the user of git remotes.
   */
  private boolean isExample(int from, int at) {
    return is(from, at, "user:password") || is(from, at, "[user:password") || is(from, at, "git");
  }

  private static boolean endsAuthority(char c) {
    return c == '/' || c == '?' || c == '#';
  }

  // --- characters ---

  private int blanks(int from) {
    int i = from;
    while (i < length && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i++;
    }
    return i;
  }

  private int tokenEnd(int from) {
    int end = from;
    while (end < length
        && (isUrlSafe(text.charAt(end)) || "+/.~=".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end;
  }

  private boolean isWordStart(int at) {
    return at == 0 || !isUrlSafe(text.charAt(at - 1));
  }

  private boolean isWordEnd(int at) {
    return at >= length || !isUrlSafe(text.charAt(at));
  }

  private static boolean isUrlSafe(char c) {
    return SecretName.isLetterOrDigit(c) || c == '_' || c == '-';
  }

  private static boolean isUpperOrDigit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  private static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }
}
