package global.pixell.par.testkit.internal.pack;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Decides which files of a folder are not packed. The lines of a {@code .parignore} have the
 * meaning that git gives to a {@code .gitignore}: the last matching rule applies, and files in an
 * ignored folder stay ignored.
 */
public final class IgnoreRules {

  /**
   * Files that do not belong in a package: repositories, caches, environments, finished packages,
   * secrets.
   */
  public static final List<String> DEFAULTS =
      List.of(
          ".git",
          ".hg",
          ".svn",
          ".gitignore",
          ".parignore",
          "__pycache__/",
          "*.pyc",
          ".venv/",
          ".pytest_cache/",
          ".mypy_cache/",
          ".ruff_cache/",
          ".tox/",
          ".idea/",
          ".vscode/",
          ".DS_Store",
          ".#*",
          "__MACOSX/",
          "*.apkg",
          ".env",
          ".env.*");

  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xef, (byte) 0xbb, (byte) 0xbf};

  /**
   * One line.
   *
   * @param byName whether the pattern applies to the last name of a path instead of the whole path
   * @param includes whether the line begins with {@code !} and includes files again
   */
  private record Rule(
      Wildmatch pattern, boolean byName, boolean directoriesOnly, boolean includes) {}

  private final List<Rule> rules = new ArrayList<>();

  /** Creates the default rules only. */
  public IgnoreRules() {
    this(new byte[0]);
  }

  /**
   * Parses rules after the default ones, so that a line with {@code !} can undo a default.
   *
   * @param file the bytes of the ignore file
   */
  public IgnoreRules(byte[] file) {
    DEFAULTS.forEach(line -> add(line.getBytes(StandardCharsets.US_ASCII)));
    boolean marked = startsWith(file, BYTE_ORDER_MARK);
    int start = marked ? BYTE_ORDER_MARK.length : 0;
    for (int at = start; at <= file.length; at++) {
      if (at == file.length || file[at] == '\n') {
        int end = at > start && file[at - 1] == '\r' ? at - 1 : at;
        add(Arrays.copyOfRange(file, start, end));
        start = at + 1;
      }
    }
  }

  private static boolean startsWith(byte[] file, byte[] start) {
    return file.length >= start.length
        && Arrays.equals(file, 0, start.length, start, 0, start.length);
  }

  private void add(byte[] line) {
    if (line.length == 0 || line[0] == '#') {
      return;
    }
    byte[] text = withoutTrailingSpaces(line);
    int from = text.length > 0 && text[0] == '!' ? 1 : 0;
    boolean includes = from == 1;
    int end = text.length;
    boolean directoriesOnly = end > from && text[end - 1] == '/';
    end -= directoriesOnly ? 1 : 0;
    // A pattern with a slash is relative to the top; without one it matches at every depth.
    boolean byName = true;
    for (int at = from; at < end; at++) {
      byName &= text[at] != '/';
    }
    from += from < end && text[from] == '/' ? 1 : 0;
    rules.add(
        new Rule(
            new Wildmatch(Arrays.copyOfRange(text, from, Math.max(from, end))),
            byName,
            directoriesOnly,
            includes));
  }

  /** Removes spaces at the end, except after a backslash; git keeps tabs. */
  private static byte[] withoutTrailingSpaces(byte[] line) {
    var text = new ByteArrayOutputStream();
    int spaces = 0;
    for (int at = 0; at < line.length; at++) {
      if (line[at] == ' ') {
        spaces++;
        continue;
      }
      text.writeBytes(" ".repeat(spaces).getBytes(StandardCharsets.US_ASCII));
      spaces = 0;
      text.write(line[at]);
      if (line[at] == '\\' && at + 1 < line.length) {
        text.write(line[++at]);
      }
    }
    return text.toByteArray();
  }

  /**
   * Whether the rules exclude a file or one of its parent folders.
   *
   * @param path relative to the agent's folder, with slashes
   */
  public boolean leavesOut(String path) {
    for (int slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      if (ignores(path.substring(0, slash), true)) {
        return true;
      }
    }
    return ignores(path, false);
  }

  /**
   * Whether the rules exclude this path itself; does not check its parents.
   *
   * @param path relative to the agent's folder, with slashes
   */
  boolean ignores(String path, boolean directory) {
    byte[] whole = path.getBytes(StandardCharsets.UTF_8);
    byte[] name = path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8);
    for (int i = rules.size() - 1; i >= 0; i--) {
      Rule rule = rules.get(i);
      if ((directory || !rule.directoriesOnly())
          && rule.pattern().matches(rule.byName() ? name : whole)) {
        return !rule.includes();
      }
    }
    return false;
  }
}
