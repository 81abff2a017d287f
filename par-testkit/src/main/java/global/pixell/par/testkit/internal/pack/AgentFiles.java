package global.pixell.par.testkit.internal.pack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The files of an agent's folder: the content of its package, and the files that {@code dev}
 * watches. A file that cannot be packed is recorded and causes no exception, because people may be
 * working in the folder.
 */
public final class AgentFiles {

  static final String MANIFEST = "agent.yaml";
  private static final String IGNORE_FILE = ".parignore";

  private final Path root;
  private final IgnoreRules rules;
  private final NavigableMap<String, Path> files = new TreeMap<>(AgentFiles::byManifestThenUtf8);
  private final List<Path> directories = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final List<String> unreadableNames = new ArrayList<>();

  private AgentFiles(Path root, IgnoreRules rules) {
    this.root = root;
    this.rules = rules;
  }

  /**
   * Lists a folder.
   *
   * @throws NotPackableException when the folder is not a directory, or its ignore file cannot be
   *     read
   */
  public static AgentFiles of(Path folder) {
    try {
      Path root = folder.toRealPath();
      if (!Files.isDirectory(root)) {
        throw new NotPackableException(folder + " is not a directory");
      }
      Path ignore = root.resolve(IGNORE_FILE);
      byte[] lines = Files.isRegularFile(ignore) ? Files.readAllBytes(ignore) : new byte[0];
      var found = new AgentFiles(root, new IgnoreRules(lines));
      found.visit(root, "", List.of(root));
      return found;
    } catch (java.nio.file.NoSuchFileException e) {
      throw new NotPackableException("no such directory: " + folder);
    } catch (IOException e) {
      throw new NotPackableException("cannot read the directory " + folder + ": " + e);
    }
  }

  /** Files by their name in the package, the manifest first. */
  public NavigableMap<String, Path> files() {
    return files;
  }

  /** The folders whose entries were listed, the agent's folder first. */
  public List<Path> directories() {
    return directories;
  }

  /**
   * Whether a change of this entry of a folder may change the package.
   *
   * @param entry a path in one of {@link #directories}
   */
  public boolean concerns(Path entry) {
    if (!entry.startsWith(root)) {
      return true;
    }
    String name = root.relativize(entry).toString();
    return name.equals(IGNORE_FILE) || !rules.ignores(name, false) || !rules.ignores(name, true);
  }

  /** Files and folders that the rules exclude; folders end in a slash. */
  List<String> leftOut() {
    return leftOut;
  }

  /** The reasons why the folder cannot be packed, one sentence each; empty when it can. */
  public List<String> faults() {
    return faults;
  }

  /**
   * File names that are not valid UTF-8, in the form in which they can be displayed. A package
   * cannot hold them unchanged.
   */
  List<String> unreadableNames() {
    return unreadableNames;
  }

  /**
   * Whether Java decoded a name without loss. Java decodes bytes that are invalid in the file name
   * encoding to U+FFFD, which encodes to other bytes.
   */
  private static boolean isReadable(Path name) {
    try {
      return name.getFileSystem().getPath(name.toString()).equals(name);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Whether a file at this path would become part of the package. */
  boolean wouldTakeIn(Path file) throws IOException {
    Path parent = file.toAbsolutePath().normalize().getParent();
    Path real = parent == null ? root : parent.toRealPath().resolve(file.getFileName());
    return real.startsWith(root) && !rules.leavesOut(root.relativize(real).toString());
  }

  /** Collects the files; {@code above} holds the real paths of the parent folders. */
  private void visit(Path folder, String prefix, List<Path> above) throws IOException {
    directories.add(folder);
    List<Path> children;
    try (Stream<Path> all = Files.list(folder)) {
      children = all.sorted().toList();
    } catch (IOException e) {
      if (prefix.isEmpty()) {
        throw e;
      }
      faults.add("the folder " + prefix + " cannot be read; list it in " + IGNORE_FILE);
      return;
    }
    for (Path child : children) {
      String name = prefix + child.getFileName();
      boolean directory = Files.isDirectory(child);
      if (rules.ignores(name, directory)) {
        leftOut.add(directory ? name + "/" : name);
      } else if (!isReadable(child.getFileName())) {
        unreadableNames.add(name);
      } else if (isOwn(child, name)) {
        take(child, name, directory, above);
      }
    }
  }

  private void take(Path child, String name, boolean directory, List<Path> above)
      throws IOException {
    if (directory) {
      Path real = child.toRealPath();
      if (above.contains(real)) {
        faults.add("the link " + name + " points to a folder that contains it");
      } else {
        visit(child, name + "/", Stream.concat(above.stream(), Stream.of(real)).toList());
      }
    } else if (!Files.isRegularFile(child)) {
      faults.add(name + " is neither a file nor a directory; list it in " + IGNORE_FILE);
    } else if (!Files.isReadable(child)) {
      faults.add("the file " + name + " cannot be read; list it in " + IGNORE_FILE);
    } else {
      files.put(name, child);
    }
  }

  /** PAR refuses links, so the packer follows a link whose target is inside the folder. */
  private boolean isOwn(Path child, String name) {
    try {
      Path real = child.toRealPath();
      if (real.startsWith(root)) {
        return true;
      }
      faults.add(
          (Files.isSymbolicLink(child) ? "the link " + name : name)
              + " points out of the folder, to "
              + real
              + "; copy the target into the folder, or list the link in "
              + IGNORE_FILE);
    } catch (IOException e) {
      // Skip a file that was deleted after its folder was listed; report a dangling link.
      if (Files.exists(child, LinkOption.NOFOLLOW_LINKS)) {
        faults.add("the link " + name + " is dangling; delete it, or list it in " + IGNORE_FILE);
      }
    }
    return false;
  }

  private static int byManifestThenUtf8(String a, String b) {
    if (a.equals(b)) {
      return 0;
    }
    if (a.equals(MANIFEST) || b.equals(MANIFEST)) {
      return a.equals(MANIFEST) ? -1 : 1;
    }
    return Arrays.compareUnsigned(
        a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));
  }
}
