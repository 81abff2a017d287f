package global.pixell.par.internal.text;

/**
 * User and password of a URL. A password may contain {@code @}, {@code /} and more: then the part
 * before the first slash is not a host with a port, or its {@code @} is not the last one.
 */
final class UrlPassword {

  private final ScannedText scanned;
  private final String text;
  private final int length;

  /** The end of the last URL that was examined, and its last {@code @}. */
  private int urlSeen;

  private int lastAt;

  UrlPassword(ScannedText scanned) {
    this.scanned = scanned;
    this.text = scanned.text;
    this.length = scanned.length;
  }

  /**
   * Whether a URL has a user or a password.
   *
   * @param from where its authority begins, after {@code ://}
   */
  boolean find(int from) {
    if (from < urlSeen && lastAt < from) {
      return false;
    }
    if (from >= urlSeen) {
      readUrl(from);
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
    return at > from && !isExample(from, at) && scanned.record(from, from, at);
  }

  /** Reads to the end of the URL and remembers its last {@code @}. */
  private void readUrl(int from) {
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
   * Whether these are not credentials, but PAR's own hint for proxies or the user of git remotes.
   */
  private boolean isExample(int from, int at) {
    return scanned.equalsIgnoringCase(from, at, "user:password")
        || scanned.equalsIgnoringCase(from, at, "[user:password")
        || scanned.equalsIgnoringCase(from, at, "git");
  }

  private static boolean endsAuthority(char c) {
    return c == '/' || c == '?' || c == '#';
  }
}
