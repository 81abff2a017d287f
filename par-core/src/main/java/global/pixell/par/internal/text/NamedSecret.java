package global.pixell.par.internal.text;

/**
 * The value of a secret name: an assignment, an option of a command line, an XML element, or an
 * HTTP header.
 */
final class NamedSecret {

  /** Up to this length, a value of letters only after a colon is a word of a sentence. */
  static final int MAX_WORD = 14;

  private final ScannedText scanned;
  private final String text;
  private final int length;

  /** The end of the last name that was examined. */
  private int nameSeen;

  NamedSecret(ScannedText scanned) {
    this.scanned = scanned;
    this.text = scanned.text;
    this.length = scanned.length;
  }

  /**
   * Whether the name that contains a secret word has a value here.
   *
   * @param word where the secret word begins
   * @param wordEnd the index after it
   */
  boolean find(int word, int wordEnd) {
    if (word < nameSeen) {
      return false;
    }
    int end = wordEnd;
    while (end < length && SecretName.isNamePart(text.charAt(end))) {
      end++;
    }
    nameSeen = end;
    int begin = word;
    int earliest = Math.max(scanned.floor, word - SecretName.MAX_LOOK_BACK);
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
    while (close < length
        && text.charAt(close) != '<'
        && !ScannedText.isLineEnd(text.charAt(close))) {
      close++;
    }
    return close > end + 1 && scanned.record(begin, end + 1, close);
  }

  /** {@code --password x}, also as the words of a list. */
  private boolean option(int begin, int end) {
    if (text.charAt(begin) != '-' || end >= length) {
      return false;
    }
    int i = end;
    if (ScannedText.isQuote(text.charAt(i))) {
      i = scanned.blanks(i + 1);
      if (i >= length || text.charAt(i) != ',') {
        return false;
      }
      i++;
    }
    int value = scanned.blanks(i);
    if (value == end || value >= length || text.charAt(value) == '-') {
      return false;
    }
    return ScannedText.isQuote(text.charAt(value))
        ? quoted(begin, value)
        : bare(begin, value, false);
  }

  private boolean assigned(int begin, int end) {
    int i = end;
    while (i < length && text.charAt(i) == '\\') {
      i++;
    }
    if (i < length && ScannedText.isQuote(text.charAt(i))) {
      i++;
    } else if (i > end) {
      return false;
    }
    boolean nameQuoted = i > end;
    i = scanned.blanks(i);
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
    int value = scanned.blanks(i);
    if (value >= length) {
      return false;
    }
    char first = text.charAt(value);
    if (first == '\\' || ScannedText.isQuote(first)) {
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
    char quote =
        begin > 0 && ScannedText.isQuote(text.charAt(begin - 1)) ? text.charAt(begin - 1) : 0;
    int end = value;
    while (end < length
        && !ScannedText.isLineEnd(text.charAt(end))
        && (quote == 0 || text.charAt(end) != quote)) {
      end++;
    }
    return end > value && scanned.record(begin, value, end);
  }

  private boolean quoted(int begin, int value) {
    int open = value;
    while (open < length && text.charAt(open) == '\\') {
      open++;
    }
    int escapes = open - value;
    if (open >= length || !ScannedText.isQuote(text.charAt(open))) {
      // A backslash that escapes no quote belongs to a bare value.
      return bare(begin, value, false);
    }
    char quote = text.charAt(open);
    int from = open + 1;
    int end = from;
    int backslashes = 0;
    for (; end < length && !ScannedText.isLineEnd(text.charAt(end)); end++) {
      char c = text.charAt(end);
      if (c == quote && (escapes > 0 ? backslashes <= escapes : backslashes % 2 == 0)) {
        break;
      }
      backslashes = c == '\\' ? backslashes + 1 : 0;
    }
    // Inside an outer quoted text, the closing quote is escaped, too.
    int last = escapes > 0 && end < length ? Math.max(from, end - backslashes) : end;
    return last > from && !isPlaceholder(from, last) && scanned.record(begin, from, last);
  }

  /** A list or an object, to its closing bracket or the end of the line. */
  private boolean nested(int begin, int value) {
    int depth = 0;
    char quote = 0;
    int end = value;
    for (; end < length && !ScannedText.isLineEnd(text.charAt(end)); end++) {
      char c = text.charAt(end);
      if (c == '\\') {
        end++;
      } else if (quote != 0) {
        quote = c == quote ? 0 : quote;
      } else if (ScannedText.isQuote(c)) {
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
    return scanned.record(begin, value, Math.min(end, length));
  }

  private boolean bare(int begin, int value, boolean maybeProse) {
    int end = wordEnd(value);
    if (end == value || isPlaceholder(value, end)) {
      return false;
    }
    if (maybeProse && isProse(value, end)) {
      return false;
    }
    if (isNumber(value, end) && SecretName.isCount(text.substring(begin, value))) {
      return false;
    }
    if (scanned.equalsIgnoringCase(value, end, "bearer")
        || scanned.equalsIgnoringCase(value, end, "basic")) {
      int credentials = scanned.blanks(end);
      int last = scanned.tokenEnd(credentials);
      if (credentials > end && last > credentials) {
        return scanned.record(begin, value, last);
      }
    }
    return scanned.record(begin, value, end);
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
        || scanned.equalsIgnoringCase(from, last, "bearer")
        || scanned.equalsIgnoringCase(from, last, "basic")) {
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
    return scanned.equalsIgnoringCase(from, to, "null")
        || scanned.equalsIgnoringCase(from, to, "none")
        || scanned.equalsIgnoringCase(from, to, "true")
        || scanned.equalsIgnoringCase(from, to, "false")
        || scanned.equalsIgnoringCase(from, to, "undefined")
        || text.startsWith("${", from);
  }

  private boolean isNumber(int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && c != '.') {
        return false;
      }
    }
    return true;
  }
}
