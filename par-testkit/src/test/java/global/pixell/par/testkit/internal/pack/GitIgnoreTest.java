package global.pixell.par.testkit.internal.pack;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Compares {@code .parignore} with git itself: random rules and random trees from a seed. */
@Timeout(120)
class GitIgnoreTest {

  private static final int FOLDERS = 150;
  private static final int PATHS = 40;

  private static final List<String> NAMES =
      List.of(
          "a", "b", "ab", "abc", "foo", "bar", "a.txt", "b.txt", ".env", "build", "d", "e", "-",
          "]", "[", "!x", "#x", "x ", "a b", "ü", "A", "1", "a-b", "a\\b", "*", "_", "B.TXT",
          "a.log.1");

  private static final List<String> PIECES =
      List.of(
          "a",
          "b",
          "foo",
          "bar",
          ".txt",
          "build",
          "d",
          "e",
          "/",
          "/",
          "/",
          "*",
          "*",
          "**",
          "***",
          "**/",
          "/**",
          "/**/",
          "?",
          "??",
          "[ab]",
          "[!a]",
          "[^a-c]",
          "[a-c]",
          "[c-a]",
          "[]a]",
          "[!]]",
          "[a-]",
          "[--0]",
          "[[:alpha:]]",
          "[[:digit:]_]",
          "[![:upper:]]",
          "[[:punct:]]",
          "[[:nope:]]",
          "[[:alpha:",
          "[a",
          "[]",
          "[\\]]",
          "[\\a-c]",
          "[[:]",
          "[a[:space:]b]",
          "[[:xdigit:]-z]",
          "\\",
          "\\*",
          "\\#",
          "\\!",
          "\\ ",
          "\\/",
          " ",
          "  ",
          "\t",
          "ü",
          "#x",
          "!x",
          "x",
          ".",
          "-",
          "]",
          "A",
          "1",
          ".env");

  @TempDir Path folder;

  @Test
  void every_decision_is_the_one_of_git() throws Exception {
    assumeTrue(isInstalled(), "left out: git is not installed");
    git(List.of("git", "init", "-q"), new byte[0]);
    var random = new Random(20261127);
    var paths = new ArrayList<String>();
    var ours = new TreeSet<String>();
    for (int i = 0; i < FOLDERS; i++) {
      String top = "s" + i + "/";
      Files.createDirectory(folder.resolve(top));
      byte[] rules = rules(random);
      Files.write(folder.resolve(top + ".gitignore"), withDefaults(rules));
      var ignore = new IgnoreRules(rules);
      for (String path : tree(random)) {
        paths.add(top + path);
        if (ignore.leavesOut(path)) {
          ours.add(top + path);
        }
      }
    }

    assertThat(paths).hasSizeGreaterThan(3000);
    Set<String> theirs = ignoredByGit(paths);
    assertThat(theirs.size()).isBetween(paths.size() / 10, paths.size() * 9 / 10);
    var different = new TreeSet<String>();
    for (String path : paths) {
      if (ours.contains(path) != theirs.contains(path)) {
        different.add(path + " with the rules " + rulesOf(path));
      }
    }
    assertThat(different).isEmpty();
  }

  private String rulesOf(String path) throws IOException {
    Path file = folder.resolve(path.substring(0, path.indexOf('/')) + "/.gitignore");
    return Files.readString(file).lines().skip(IgnoreRules.DEFAULTS.size()).toList().toString();
  }

  /** Some lines, with the line ends and byte order marks that editors write. */
  private static byte[] rules(Random random) {
    var text = new StringBuilder(random.nextInt(8) == 0 ? "\ufeff" : "");
    String newline = random.nextInt(4) == 0 ? "\r\n" : "\n";
    for (int lines = 1 + random.nextInt(5); lines > 0; lines--) {
      text.append(random.nextInt(4) == 0 ? "!" : "");
      for (int pieces = 1 + random.nextInt(4); pieces > 0; pieces--) {
        text.append(PIECES.get(random.nextInt(PIECES.size())));
      }
      text.append(random.nextInt(6) == 0 ? "/" : "").append(random.nextInt(8) == 0 ? " " : "");
      text.append(lines > 1 || random.nextBoolean() ? newline : "");
    }
    return text.toString().getBytes(UTF_8);
  }

  /**
   * git skips a byte order mark only at the beginning, so the default rules must not precede it.
   */
  private static byte[] withDefaults(byte[] rules) {
    var file = new ByteArrayOutputStream();
    boolean marked = rules.length > 2 && rules[0] == (byte) 0xef && rules[1] == (byte) 0xbb;
    file.write(rules, 0, marked ? 3 : 0);
    IgnoreRules.DEFAULTS.forEach(line -> file.writeBytes((line + "\n").getBytes(UTF_8)));
    file.write(rules, marked ? 3 : 0, rules.length - (marked ? 3 : 0));
    return file.toByteArray();
  }

  /**
   * Paths of files, none of which is a directory of another one. git also decides on files that do
   * not exist.
   */
  private static Set<String> tree(Random random) {
    var files = new TreeSet<String>();
    var directories = new HashSet<String>();
    while (files.size() < PATHS) {
      var path = new StringBuilder(NAMES.get(random.nextInt(NAMES.size())));
      var above = new ArrayList<String>();
      for (int depth = random.nextInt(4); depth > 0; depth--) {
        above.add(path.toString());
        path.append('/').append(NAMES.get(random.nextInt(NAMES.size())));
      }
      if (!directories.contains(path.toString()) && above.stream().noneMatch(files::contains)) {
        directories.addAll(above);
        files.add(path.toString());
      }
    }
    return files;
  }

  private boolean isInstalled() throws Exception {
    try {
      return git(List.of("git", "--version"), new byte[0]).startsWith("git version");
    } catch (IOException e) {
      return false;
    }
  }

  private Set<String> ignoredByGit(List<String> paths) throws Exception {
    byte[] in = (String.join("\0", paths) + "\0").getBytes(UTF_8);
    return new TreeSet<>(
        List.of(git(List.of("git", "check-ignore", "-z", "--stdin"), in).split("\0", -1)));
  }

  private String git(List<String> command, byte[] in) throws Exception {
    Path input = Files.write(folder.resolveSibling(folder.getFileName() + ".in"), in);
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(input.toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD);
    // Ignore the rules of this user and of a repository around the folder.
    builder.environment().keySet().removeIf(name -> name.startsWith("GIT_"));
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().put("GIT_CONFIG_NOSYSTEM", "1");
    builder.environment().put("XDG_CONFIG_HOME", folder.toString());
    Process process = builder.start();
    try {
      String out = new String(process.getInputStream().readAllBytes(), UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      return out;
    } finally {
      process.destroyForcibly();
      Files.delete(input);
    }
  }
}
