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
 * The files of an agent's folder: what a package is made of, and what is watched for changes. What
 * can be in no package is noted, not thrown, for a folder is looked at while people work in it.
 */
public final class AgentFiles {

  static final String MANIFEST = "agent.yaml";
  private static final String IGNORE_FILE = ".parignore";

  private final Path root;
  private final IgnoreRules rules;
  private final NavigableMap<String, Path> files = new TreeMap<>(AgentFiles::byManifestThenUtf8);
  private final List<String> leftOut = new ArrayList<>();
  private final List<String> faults = new ArrayList<>();
  private final List<String> unreadableNames = new ArrayList<>();

  private AgentFiles(Path root, IgnoreRules rules) {
    this.root = root;
    this.rules = rules;
  }

  /**
   * Looks at a folder.
   *
   * @throws NotPackableException when there is none, or its ignore file cannot be read
   */
  public static AgentFiles of(Path folder) {
    try {
      Path root = folder.toRealPath();
      if (!Files.isDirectory(root)) {
        throw new NotPackableException(folder + " is no folder");
      }
      Path ignore = root.resolve(IGNORE_FILE);
      List<String> lines = Files.isRegularFile(ignore) ? Files.readAllLines(ignore) : List.of();
      var found = new AgentFiles(root, new IgnoreRules(lines));
      found.visit(root, "", List.of(root));
      return found;
    } catch (java.nio.file.NoSuchFileException e) {
      throw new NotPackableException("there is no folder " + folder);
    } catch (IOException e) {
      throw new NotPackableException("the folder " + folder + " cannot be read: " + e);
    }
  }

  /** By name in the package, the manifest first. */
  public NavigableMap<String, Path> files() {
    return files;
  }

  /** What the rules took out, folders with a slash at their end. */
  List<String> leftOut() {
    return leftOut;
  }

  /** Why there can be no package of it, a sentence each; empty for none. */
  public List<String> faults() {
    return faults;
  }

  /**
   * File names that are not valid UTF-8, as far as they can be shown; a package could only hold
   * them changed.
   */
  List<String> unreadableNames() {
    return unreadableNames;
  }

  /**
   * Whether Java read a name as it is on the disk. Bytes that are not valid in the file name
   * encoding become U+FFFD, which stands for other bytes when it is written again.
   */
  private static boolean isReadable(Path name) {
    try {
      return name.getFileSystem().getPath(name.toString()).equals(name);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /** Whether a file that is made at this place would be in the next package. */
  boolean wouldTakeIn(Path file) throws IOException {
    Path parent = file.toAbsolutePath().normalize().getParent();
    Path real = parent == null ? root : parent.toRealPath().resolve(file.getFileName());
    return real.startsWith(root) && !rules.leavesOut(root.relativize(real).toString());
  }

  /** Collects what is packed; {@code above} are the folders this one is in, as they really are. */
  private void visit(Path folder, String prefix, List<Path> above) throws IOException {
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
        faults.add("the link " + name + " leads back to a folder it is in");
      } else {
        visit(child, name + "/", Stream.concat(above.stream(), Stream.of(real)).toList());
      }
    } else if (!Files.isRegularFile(child)) {
      faults.add(name + " is neither a file nor a folder; list it in " + IGNORE_FILE);
    } else if (!Files.isReadable(child)) {
      faults.add("the file " + name + " cannot be read; list it in " + IGNORE_FILE);
    } else {
      files.put(name, child);
    }
  }

  /** PAR takes no links, so what they lead to is packed: if it is the folder's own. */
  private boolean isOwn(Path child, String name) {
    try {
      Path real = child.toRealPath();
      if (real.startsWith(root)) {
        return true;
      }
      faults.add(
          (Files.isSymbolicLink(child) ? "the link " + name : name)
              + " leads out of the folder, to "
              + real
              + "; copy it in, or list it in "
              + IGNORE_FILE);
    } catch (IOException e) {
      // A file that went since its folder was read is none; a link that is still there leads on.
      if (Files.exists(child, LinkOption.NOFOLLOW_LINKS)) {
        faults.add("the link " + name + " leads nowhere; delete it, or list it in " + IGNORE_FILE);
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
