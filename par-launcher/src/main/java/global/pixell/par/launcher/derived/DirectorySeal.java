package global.pixell.par.launcher.derived;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The content of a directory when PAR made it, in two forms. The cheap form is a digest of names,
 * modes, sizes and change times; it opens no file. A change of content or mode moves a file's
 * change time (ctime), which no user but root can set, so an equal digest means an untouched
 * directory. A copy or a new hard link moves it too, and then the other form decides: the SHA-256
 * of every file.
 *
 * @param files the number of files, including links
 * @param bytes their total size
 * @param times digest of names, modes, sizes and change times
 * @param content digest of the lines of {@link #contentLines}
 */
record DirectorySeal(long files, long bytes, Digest times, Digest content) {

  private static final int TYPE = 0170000;
  private static final int DIRECTORY = 0040000;
  private static final int REGULAR = 0100000;
  private static final int MAX_NAMED = 3;

  /** One file, link or directory; a directory's own size and times change with its entries. */
  private record Entry(String name, Path file, int mode, long size, String changeTime) {

    static Entry of(String name, Path file) throws IOException {
      Map<String, Object> attributes =
          Files.readAttributes(file, "unix:mode,size,ctime", LinkOption.NOFOLLOW_LINKS);
      int mode = ((Number) attributes.getOrDefault("mode", 0)).intValue();
      return (mode & TYPE) == DIRECTORY
          ? new Entry(name, file, mode, 0, "")
          : new Entry(
              name,
              file,
              mode,
              ((Number) attributes.getOrDefault("size", 0)).longValue(),
              String.valueOf(attributes.get("ctime")));
    }

    boolean isDirectory() {
      return (mode & TYPE) == DIRECTORY;
    }

    byte[] timesLine() {
      return (name + '\0' + mode + ' ' + size + ' ' + changeTime + '\n')
          .getBytes(StandardCharsets.UTF_8);
    }

    String contentLine() throws IOException {
      String content =
          switch (mode & TYPE) {
            case REGULAR -> size + " " + Sha256.of(file, () -> false).hex();
            case DIRECTORY -> "- -";
            default -> "- " + linkTarget();
          };
      return Integer.toOctalString(mode) + " " + content + " " + escaped(name);
    }

    private String linkTarget() throws IOException {
      return Files.isSymbolicLink(file)
          ? Sha256.of(Files.readSymbolicLink(file).toString().getBytes(StandardCharsets.UTF_8))
              .hex()
          : "special";
    }
  }

  private interface Visitor {
    void visit(Entry entry) throws IOException;
  }

  /**
   * Seals a directory.
   *
   * @param contentLines the result of {@link #contentLines} for it
   */
  static DirectorySeal of(Path directory, List<String> contentLines) throws IOException {
    long[] sums = new long[2];
    MessageDigest times = Sha256.start();
    walk(
        directory,
        "",
        entry -> {
          times.update(entry.timesLine());
          sums[0] += entry.isDirectory() ? 0 : 1;
          sums[1] += entry.size();
        });
    return new DirectorySeal(
        sums[0], sums[1], Digest.ofSha256(times.digest()), contentDigest(contentLines));
  }

  /** The cheap form alone. */
  static Digest times(Path directory) throws IOException {
    MessageDigest times = Sha256.start();
    walk(directory, "", entry -> times.update(entry.timesLine()));
    return Digest.ofSha256(times.digest());
  }

  static Digest contentDigest(List<String> contentLines) {
    return Sha256.of(String.join("\n", contentLines).getBytes(StandardCharsets.UTF_8));
  }

  /**
   * A line for each file, link and directory: mode, size, SHA-256 (for a link that of its target)
   * and name. Reads every byte.
   */
  static List<String> contentLines(Path directory) throws IOException {
    var lines = new ArrayList<String>();
    walk(directory, "", entry -> lines.add(entry.contentLine()));
    return lines;
  }

  private static String escaped(String name) {
    return name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r");
  }

  /**
   * The difference between two listings, as the end of a sentence about the directory; empty when
   * they are equal.
   */
  static Optional<String> difference(List<String> made, List<String> found) {
    if (made.equals(found)) {
      return Optional.empty();
    }
    Set<String> before = new HashSet<>(made);
    Set<String> after = new HashSet<>(found);
    Set<String> names = new LinkedHashSet<>(made);
    names.addAll(found);
    names.removeIf(line -> before.contains(line) && after.contains(line));
    Set<String> changed = new TreeSet<>();
    names.forEach(line -> changed.add("'" + line.split(" ", 4)[3] + "'"));
    String named = String.join(", ", changed.stream().limit(MAX_NAMED).toList());
    return Optional.of(
        "was changed after it was made: "
            + named
            + (changed.size() > MAX_NAMED ? " and " + (changed.size() - MAX_NAMED) + " more" : ""));
  }

  private static void walk(Path directory, String prefix, Visitor visitor) throws IOException {
    var children = new ArrayList<>(AtomicFiles.list(directory, "*"));
    children.sort(Comparator.comparing(child -> child.getFileName().toString()));
    for (Path child : children) {
      Entry entry = Entry.of(prefix + child.getFileName(), child);
      visitor.visit(entry);
      if (entry.isDirectory()) {
        walk(child, entry.name() + "/", visitor);
      }
    }
  }
}
