package global.pixell.par.launcher.log;

import java.nio.charset.StandardCharsets;

/** How much room text takes within a JSON line, and where it can be cut. */
final class LineText {
  private LineText() {}

  /**
   * Finds where to cut text so that it fits.
   *
   * @param text any text
   * @param from where the text begins
   * @param maxBytes of UTF-8, quoted for JSON
   * @return the index after the last character that fits; never within a surrogate pair
   */
  static int fit(String text, int from, int maxBytes) {
    int bytes = 0;
    int i = from;
    while (i < text.length()) {
      int c = text.codePointAt(i);
      bytes += quotedLength(c);
      if (bytes > maxBytes) {
        return i;
      }
      i += Character.charCount(c);
    }
    return i;
  }

  private static int quotedLength(int c) {
    if (c < 0x80) {
      if (c >= ' ') {
        return c == '"' || c == '\\' ? 2 : 1;
      }
      return c == '\n' || c == '\r' || c == '\t' || c == '\b' || c == '\f' ? 2 : 6;
    }
    if (c < 0x800) {
      return 2;
    }
    return c < 0x10000 ? 3 : 4;
  }

  /** The beginning of a text, or all of it. */
  static String head(String text, int maxBytes) {
    int end = fit(text, 0, maxBytes);
    return end == text.length() ? text : text.substring(0, end) + "…";
  }

  /**
   * Beginning and end of a text, or all of it: a stack trace begins with what happened and ends
   * with why.
   */
  static String headAndTail(String text, int maxBytes) {
    if (fit(text, 0, maxBytes) == text.length()) {
      return text;
    }
    int head = fit(text, 0, maxBytes / 2);
    int tail = text.length();
    // A character takes at most six bytes.
    int from = Math.max(head, text.length() - maxBytes / 2);
    while (from < tail && fit(text, from, maxBytes / 2) < text.length()) {
      from += Math.max(1, (tail - from) / 8);
    }
    if (from < tail && Character.isLowSurrogate(text.charAt(from))) {
      from++;
    }
    return text.substring(0, head) + " … " + text.substring(from);
  }

  /** Without halves of surrogate pairs, which no UTF-8 can hold. */
  static String whole(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        return new String(text.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
      }
    }
    return text;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /** Whether bytes stand in a JSON string as they are: printable ASCII, no quote, no backslash. */
  static boolean isPlain(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b < ' ' || b == '"' || b == '\\' || b == 0x7F) {
        return false;
      }
    }
    return true;
  }
}
