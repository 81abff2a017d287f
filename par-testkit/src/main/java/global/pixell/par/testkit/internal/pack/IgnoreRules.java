package global.pixell.par.testkit.internal.pack;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * Which files of a folder are not packed: the lines of a {@code .parignore}, read as git reads a
 * {@code .gitignore}. The last rule that matches decides; files in an ignored folder stay ignored.
 */
public final class IgnoreRules {

  /** Never meant to be packed: repositories, caches, environments, finished packages, secrets. */
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

  private record Rule(Pattern pattern, boolean directoriesOnly, boolean again) {}

  private final List<Rule> rules = new ArrayList<>();

  /**
   * Parses rules after the default ones, so that a line with {@code !} can undo a default.
   *
   * @param lines of the ignore file
   * @throws NotPackableException naming the first line that is not a pattern
   */
  public IgnoreRules(List<String> lines) {
    DEFAULTS.forEach(this::add);
    lines.forEach(this::add);
  }

  private void add(String line) {
    String text = line.replaceFirst("(?<!\\\\)\\s+$", "");
    if (text.isEmpty() || text.startsWith("#")) {
      return;
    }
    boolean again = text.startsWith("!");
    text = again ? text.substring(1) : text;
    boolean directoriesOnly = text.endsWith("/");
    text = directoriesOnly ? text.substring(0, text.length() - 1) : text;
    // A pattern with a slash inside is relative to the top; without one it matches at every depth.
    boolean anchored = text.contains("/");
    String glob = text.startsWith("/") ? text.substring(1) : text;
    String regex = (anchored ? "" : "(?:.*/)?") + regex(glob);
    try {
      rules.add(new Rule(Pattern.compile(regex, Pattern.DOTALL), directoriesOnly, again));
    } catch (PatternSyntaxException e) {
      throw new NotPackableException("the line '" + line + "' of .parignore is not a pattern");
    }
  }

  /**
   * Whether a file is excluded, by itself or with a folder above it.
   *
   * @param path from the top, with slashes
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
   * Whether the rules exclude this path; its parents are not looked at.
   *
   * @param path from the top, with slashes
   */
  boolean ignores(String path, boolean directory) {
    boolean ignored = false;
    for (Rule rule : rules) {
      if ((directory || !rule.directoriesOnly()) && rule.pattern().matcher(path).matches()) {
        ignored = !rule.again();
      }
    }
    return ignored;
  }

  private static String regex(String glob) {
    var regex = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      char c = glob.charAt(i);
      if (glob.startsWith("**/", i) && (i == 0 || glob.charAt(i - 1) == '/')) {
        regex.append("(?:.*/)?");
        i += 2;
      } else if (glob.startsWith("**", i)) {
        regex.append(".*");
        i++;
      } else if (c == '*') {
        regex.append("[^/]*");
      } else if (c == '?') {
        regex.append("[^/]");
      } else if (c == '[' && glob.indexOf(']', i + 2) > 0) {
        int end = glob.indexOf(']', i + 2);
        String set = glob.substring(i + 1, end).replace("\\", "\\\\").replace("[", "\\[");
        regex.append("(?!/)[").append(set.startsWith("!") ? "^" + set.substring(1) : set);
        regex.append(']');
        i = end;
      } else {
        boolean escape = c == '\\' && i + 1 < glob.length();
        regex.append(Pattern.quote(String.valueOf(escape ? glob.charAt(++i) : c)));
      }
    }
    return regex.toString();
  }
}
