package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * The name of an entry; an instance is always safe to use as a path below a folder.
 *
 * @param written as it is in the archive
 * @param byteLength its length in bytes of UTF-8
 * @param path the same without {@code .} segments and without the slash at the end of a folder;
 *     empty for the root itself
 * @param directory whether the name ends in a slash
 */
record EntryName(String written, int byteLength, String path, boolean directory) {

  /** The limit of every file system in use for one segment, in bytes of UTF-8. */
  static final int MAX_SEGMENT_BYTES = 255;

  /**
   * Linux accepts 4,096 bytes for a whole path, including the root of the cache; a longer name
   * could not be created.
   */
  static final int MAX_PATH_BYTES = 3072;

  private static final String PLAIN_NAMES =
      "Use plain relative names with forward slashes, as zip and Python's zipfile write them.";

  /**
   * Reads a name.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} that names the entry and the rule it breaks
   */
  static EntryName parse(byte[] bytes) {
    String name = decode(bytes);
    if (name.isEmpty()) {
      throw ArchiveErrors.entry(name, "has no name; every entry needs one.", PLAIN_NAMES);
    }
    refuseForeignCharacters(name);
    if (name.charAt(0) == '/') {
      throw ArchiveErrors.entry(
          name, "has an absolute name; names are relative to the package.", PLAIN_NAMES);
    }
    if (name.length() > 1 && name.charAt(1) == ':' && isLetter(name.charAt(0))) {
      throw ArchiveErrors.entry(
          name, "begins with a drive letter; names are relative to the package.", PLAIN_NAMES);
    }
    if (bytes.length > MAX_PATH_BYTES) {
      throw ArchiveErrors.entry(
          name,
          "has a name of " + bytes.length + " bytes; at most " + MAX_PATH_BYTES + " are allowed.",
          "Shorten the path.");
    }
    boolean directory = name.charAt(name.length() - 1) == '/';
    String trimmed = directory ? name.substring(0, name.length() - 1) : name;
    boolean dots = false;
    for (int start = 0; start <= trimmed.length(); ) {
      int slash = trimmed.indexOf('/', start);
      int end = slash < 0 ? trimmed.length() : slash;
      dots |= checkSegment(name, trimmed, start, end);
      start = end + 1;
    }
    String path = dots ? withoutDots(trimmed) : trimmed;
    boolean fileNamedDot = !directory && dots && (trimmed.endsWith("/.") || trimmed.equals("."));
    if (fileNamedDot) {
      throw ArchiveErrors.entry(name, "is a file with the name of a folder.", PLAIN_NAMES);
    }
    return new EntryName(name, bytes.length, path, directory);
  }

  /** Files that macOS adds to archives; no agent needs them. */
  boolean isMacDebris() {
    return path.startsWith("__MACOSX/")
        || (directory && path.equals("__MACOSX"))
        || (!directory && (path.equals(".DS_Store") || path.endsWith("/.DS_Store")));
  }

  private static String decode(byte[] bytes) {
    for (byte b : bytes) {
      if (b < 0) {
        return decodeUtf8(bytes);
      }
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Ignores the flag for UTF-8, because Unix tools write UTF-8 without setting it. */
  private static String decodeUtf8(byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new ParException(
          ParException.Kind.BAD_PACKAGE,
          "The package is refused: entry "
              + ArchiveErrors.quoted(bytes)
              + " (shown as Latin-1) has a name that is not UTF-8; names must be.",
          "Build the package with a tool that writes UTF-8 names.",
          e);
    }
  }

  private static void refuseForeignCharacters(String name) {
    for (int i = 0; i < name.length(); i++) {
      char c = name.charAt(i);
      if (Character.isISOControl(c)) {
        throw ArchiveErrors.entry(
            name,
            String.format(
                "has the control character U+%04X in its name; none is allowed.", (int) c),
            PLAIN_NAMES);
      }
      if (c == '\\') {
        throw ArchiveErrors.entry(
            name, "has a backslash in its name; segments are divided by /.", PLAIN_NAMES);
      }
    }
  }

  /** Whether the segment is a dot; refuses forbidden segments. */
  private static boolean checkSegment(String name, String text, int start, int end) {
    int length = end - start;
    if (length == 0) {
      throw ArchiveErrors.entry(name, "has an empty segment in its name.", PLAIN_NAMES);
    }
    if (length == 2 && text.charAt(start) == '.' && text.charAt(start + 1) == '.') {
      throw ArchiveErrors.entry(
          name, "climbs with a \"..\" segment; names must stay in the package.", PLAIN_NAMES);
    }
    // A char is at most three bytes of UTF-8, so short segments need no counting.
    if (length * 3 > MAX_SEGMENT_BYTES) {
      int bytes = text.substring(start, end).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_SEGMENT_BYTES) {
        throw ArchiveErrors.entry(
            name,
            "has a segment of " + bytes + " bytes; at most " + MAX_SEGMENT_BYTES + " are allowed.",
            "Shorten the file name.");
      }
    }
    return length == 1 && text.charAt(start) == '.';
  }

  /** The path of a parsed name, without dots. */
  static String pathOf(String written) {
    return withoutDots(
        written.endsWith("/") ? written.substring(0, written.length() - 1) : written);
  }

  private static String withoutDots(String trimmed) {
    StringBuilder path = new StringBuilder(trimmed.length());
    for (int start = 0; start <= trimmed.length(); ) {
      int slash = trimmed.indexOf('/', start);
      int end = slash < 0 ? trimmed.length() : slash;
      boolean dot = end - start == 1 && trimmed.charAt(start) == '.';
      if (!dot) {
        path.append(path.isEmpty() ? "" : "/").append(trimmed, start, end);
      }
      start = end + 1;
    }
    return path.toString();
  }

  private static boolean isLetter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
}
