package global.pixell.par.internal.text;

/**
 * Finds out whether a secret of some shape begins at a position of a text, and where it ends.
 *
 * <p>Examines each character at most a few times in any text: it skips a found secret, and
 * remembers the end of every range that it examined without a result.
 */
final class SecretScan extends ScannedText {

  private static final int MIN_BEARER = 8;
  private static final int MIN_API_KEY = 16;
  private static final int MIN_KEY_ID = 12;

  private final NamedSecret named;
  private final UrlPassword urlPassword;

  /** The end of the last range that was examined for a JSON web token. */
  private int jwtSeen;

  SecretScan(String text) {
    super(text);
    this.named = new NamedSecret(this);
    this.urlPassword = new UrlPassword(this);
  }

  /** Whether a secret of this shape begins at this position with this word. */
  boolean find(Redactor.Shape shape, String word, int at) {
    return switch (shape) {
      case NAME -> SecretName.isAt(text, at, word) && named.find(at, at + word.length());
      case SCHEME ->
          text.regionMatches(true, at, word, 0, word.length())
              && isWordStart(at)
              && credentials(at, at + word.length());
      case KEY_ID -> text.startsWith(word, at) && isWordStart(at) && keyId(at);
      case JWT -> text.startsWith(word, at) && at >= jwtSeen && webToken(at);
      case API_KEY -> text.startsWith(word, at) && isWordStart(at) && apiKey(at, word.length());
      case PEM -> text.startsWith(word, at) && privateKey(at);
      case URL -> urlPassword.find(at + word.length());
      case VALUE -> text.startsWith(word, at) && record(at, at, at + word.length());
    };
  }

  /** {@code Bearer x}, where x is long enough and not a word, as in "basic authentication". */
  private boolean credentials(int at, int schemeEnd) {
    int from = blanks(schemeEnd);
    if (from == schemeEnd) {
      return false;
    }
    int end = tokenEnd(from);
    boolean word = end - from <= 2 * NamedSecret.MAX_WORD;
    for (int i = from; word && i < end; i++) {
      char c = text.charAt(i);
      word = (c >= 'a' && c <= 'z') || c == '.' || c == '-' || (i == from && c >= 'A' && c <= 'Z');
    }
    return end - from >= MIN_BEARER && !word && record(at, from, end);
  }

  private boolean keyId(int at) {
    int end = at;
    while (end < length && isUpperOrDigit(text.charAt(end))) {
      end++;
    }
    return end - at >= 4 + MIN_KEY_ID && isWordEnd(end) && record(at, at, end);
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
    return dots == 2 && record(at, at, end);
  }

  private boolean apiKey(int at, int prefix) {
    int end = at + prefix;
    boolean digit = false;
    while (end < length && isUrlSafe(text.charAt(end))) {
      digit |= text.charAt(end) >= '0' && text.charAt(end) <= '9';
      end++;
    }
    return digit && end - at - prefix >= MIN_API_KEY && record(at, at, end);
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
    return (end < 0 ? length : end) > from && record(at, from, end < 0 ? length : end);
  }
}
