package global.pixell.par.launcher.terminal;

/**
 * Foreign text on a terminal: control characters become visible escapes, so that the text can
 * neither move the cursor nor change what is displayed before and after it.
 */
public final class TerminalText {

  private static final int TAB_STOP = 8;

  private TerminalText() {}

  /** The text with every control character, line breaks and tabs included, as an escape. */
  public static String printable(String text) {
    var out = new StringBuilder(text.length());
    text.codePoints().forEach(c -> append(out, c));
    return out.toString();
  }

  /** As {@link #printable}, for one line of output: a tab moves to the next of its stops. */
  static String line(String text) {
    var out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c == '\t') {
                out.append(" ".repeat(TAB_STOP - out.length() % TAB_STOP));
              } else {
                append(out, c);
              }
            });
    return out.toString();
  }

  private static void append(StringBuilder out, int c) {
    if (Character.isISOControl(c)) {
      out.append(String.format("\\x%02x", c));
    } else if (changesDirection(c) || c == 0x2028 || c == 0x2029) {
      out.append(String.format("\\u%04x", c));
    } else {
      out.appendCodePoint(c);
    }
  }

  /** Characters that reorder what is displayed after them. */
  private static boolean changesDirection(int c) {
    return c == 0x061C
        || c == 0x200E
        || c == 0x200F
        || (c >= 0x202A && c <= 0x202E)
        || (c >= 0x2066 && c <= 0x2069);
  }
}
