package global.pixell.par.testkit.cli;

/** Removes control characters, so that foreign text cannot move the cursor of a terminal. */
final class TerminalEscapes {
  private TerminalEscapes() {}

  static String printable(String text) {
    var out = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (Character.isISOControl(c)) {
                out.append(String.format("\\x%02x", c));
              } else {
                out.appendCodePoint(c);
              }
            });
    return out.toString();
  }
}
