package global.pixell.par.internal.text;

/** A text, the secret that was last found in it, and questions about its characters. */
class ScannedText {

  final String text;
  final int length;

  /** All text before this position was examined, or is part of a found secret. */
  int floor;

  /** The last find: where it begins, including its name, and its secret part. */
  int start;

  int valueStart;
  int valueEnd;

  ScannedText(String text) {
    this.text = text;
    this.length = text.length();
  }

  /**
   * Records a find, unless it was already redacted.
   *
   * @return whether it was recorded
   */
  boolean record(int from, int secretStart, int secretEnd) {
    if (text.startsWith(Redactor.REDACTED, secretStart)) {
      return false;
    }
    start = from;
    valueStart = secretStart;
    valueEnd = secretEnd;
    return true;
  }

  /** Whether the characters from an index to before another are this ASCII word. */
  boolean equalsIgnoringCase(int from, int to, String word) {
    return to - from == word.length() && text.regionMatches(true, from, word, 0, word.length());
  }

  /** The index after the spaces and tabs at an index. */
  int blanks(int from) {
    int i = from;
    while (i < length && (text.charAt(i) == ' ' || text.charAt(i) == '\t')) {
      i++;
    }
    return i;
  }

  /** The index after the characters of HTTP credentials at an index. */
  int tokenEnd(int from) {
    int end = from;
    while (end < length
        && (isUrlSafe(text.charAt(end)) || "+/.~=".indexOf(text.charAt(end)) >= 0)) {
      end++;
    }
    return end;
  }

  boolean isWordStart(int at) {
    return at == 0 || !isUrlSafe(text.charAt(at - 1));
  }

  boolean isWordEnd(int at) {
    return at >= length || !isUrlSafe(text.charAt(at));
  }

  static boolean isUrlSafe(char c) {
    return SecretName.isLetterOrDigit(c) || c == '_' || c == '-';
  }

  static boolean isUpperOrDigit(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }

  static boolean isLineEnd(char c) {
    return c == '\n' || c == '\r';
  }
}
