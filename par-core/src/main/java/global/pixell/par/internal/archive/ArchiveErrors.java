package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.nio.charset.StandardCharsets;

/** The messages that refuse an archive. */
public final class ArchiveErrors {

  /** The longest name that a message shows; a hostile one may have thousands of characters. */
  private static final int SHOWN = 120;

  private ArchiveErrors() {}

  /** The archive as a whole breaks a rule. */
  static ParException archive(String whatAndRule, String remedy) {
    return new ParException(
        ParException.Kind.BAD_PACKAGE, "The package is not a safe zip: " + whatAndRule, remedy);
  }

  /**
   * One entry breaks a rule; {@code whatAndRule} continues a sentence that begins with the entry.
   */
  static ParException entry(String name, String whatAndRule, String remedy) {
    return new ParException(
        ParException.Kind.BAD_PACKAGE,
        "The package is refused: entry " + quoted(name) + " " + whatAndRule,
        remedy);
  }

  /** One entry is damaged, or was changed on the way. */
  static ParException damaged(String name, String whatAndRule) {
    return entry(
        name,
        whatAndRule,
        "Build and publish the package again; the archive is damaged or forged.");
  }

  /** The caller stopped the work. */
  static ParException cancelled() {
    return new ParException(
        ParException.Kind.CANCELLED,
        "Unpacking was stopped before it was complete.",
        "Nothing to do if the stop was meant; otherwise start again.");
  }

  /** A name for one line of a log: quoted, shortened, without control characters. */
  public static String quoted(String name) {
    StringBuilder shown = new StringBuilder("\"");
    int i = 0;
    while (i < name.length() && shown.length() <= SHOWN) {
      int c = name.codePointAt(i);
      i += Character.charCount(c);
      if (c == '"' || c == '\\') {
        shown.append('\\').append((char) c);
      } else if (harmless(c)) {
        shown.appendCodePoint(c);
      } else {
        shown.append(String.format("\\u%04x", c));
      }
    }
    shown.append('"');
    if (i < name.length()) {
      shown.append("… (").append(name.length()).append(" characters)");
    }
    return shown.toString();
  }

  /** Bytes that are not text, shown in the same way. */
  static String quoted(byte[] name) {
    return quoted(new String(name, StandardCharsets.ISO_8859_1));
  }

  private static boolean harmless(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      default -> true;
    };
  }
}
