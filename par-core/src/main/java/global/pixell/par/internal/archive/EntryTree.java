package global.pixell.par.internal.archive;

import global.pixell.par.ParException;
import java.text.Normalizer;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The folders and files that an archive would become. It refuses two entries that would collide on
 * some file system: equal names, names that are equal after Unicode normalisation or case folding,
 * or a file where another entry needs a folder. Implicit folders collide like explicit ones.
 *
 * <p>A tree of segments, not a set of paths, so that memory grows with the bytes of the names, not
 * with the square of their depth. Not thread-safe while it is built.
 */
final class EntryTree {

  /** Mode of a folder that no entry describes. */
  static final int DEFAULT_DIRECTORY_MODE = 0755;

  /** One file or folder. */
  static final class Node {
    /** The segment as it is in the archive; a file finds it at the end of its entry. */
    private final String folder;

    /** The entry that created it, for messages. */
    private final String entry;

    final boolean directory;
    private boolean written;
    private int mode = DEFAULT_DIRECTORY_MODE;
    private @Nullable Map<String, Node> children;

    private Node(String name, String entry, boolean directory) {
      // A hostile archive is full of names, so we keep each only once.
      this.folder = directory ? name : "";
      this.entry = entry;
      this.directory = directory;
    }

    /** The segment as the archive has it. */
    String name() {
      return directory ? folder : entry.substring(entry.lastIndexOf('/') + 1);
    }

    int mode() {
      return mode;
    }

    Collection<Node> children() {
      return children == null ? List.of() : children.values();
    }
  }

  private final long maxImplied;
  private final Node root = new Node("", "", true);
  private long implied;
  private String lastFolder = "";
  private Node lastNode = root;

  /**
   * An empty tree.
   *
   * @param maxImplied the largest number of folders without an entry
   */
  EntryTree(long maxImplied) {
    this.maxImplied = maxImplied;
  }

  /** The root folder; it has no name. */
  Node root() {
    return root;
  }

  /**
   * Adds an entry.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} if it collides with another, or if there are
   *     too many implicit folders
   */
  void add(EntryName name, int mode) {
    String path = name.path();
    int slash = path.lastIndexOf('/');
    Node parent = slash < 0 ? root : folder(name, path.substring(0, slash));
    Node node =
        path.isEmpty() ? root : child(parent, path.substring(slash + 1), name, name.directory());
    if (node.written) {
      throw duplicate(name, node.entry.isEmpty() ? name.written() : node.entry);
    }
    if (node != root) {
      implied--;
    }
    node.written = true;
    node.mode = mode;
  }

  private Node folder(EntryName name, String path) {
    if (path.equals(lastFolder)) {
      return lastNode;
    }
    Node node = root;
    for (int start = 0; start <= path.length(); ) {
      int slash = path.indexOf('/', start);
      int end = slash < 0 ? path.length() : slash;
      node = child(node, path.substring(start, end), name, true);
      start = end + 1;
      if (implied > maxImplied) {
        throw ArchiveErrors.entry(
            name.written(),
            "implies more than " + maxImplied + " folders that have no entry of their own.",
            "Use fewer and less deep folders.");
      }
    }
    lastFolder = path;
    lastNode = node;
    return node;
  }

  /** Finds or creates a child; a created one is implicit until an entry describes it. */
  private Node child(Node parent, String segment, EntryName name, boolean directory) {
    Map<String, Node> children = parent.children;
    if (children == null) {
      // Most folders of a deep path have one child.
      children = new HashMap<>(2);
      parent.children = children;
    }
    String key = folded(segment);
    Node known = children.get(key);
    if (known == null) {
      implied++;
      known = new Node(segment, name.written(), directory);
      children.put(key, known);
      return known;
    }
    if (known.directory != directory) {
      throw ArchiveErrors.entry(
          name.written(),
          "clashes with entry "
              + ArchiveErrors.quoted(known.entry)
              + ": one needs a folder where the other is a file.",
          "Rename one of them.");
    }
    if (!known.name().equals(segment)) {
      throw duplicate(name, known.entry);
    }
    return known;
  }

  private static ParException duplicate(EntryName name, String other) {
    String how =
        name.written().equals(other)
            ? "occurs twice; every name may occur once."
            : EntryName.pathOf(other).equals(name.path())
                ? "is the same path as entry "
                    + ArchiveErrors.quoted(other)
                    + ", because a \".\" changes nothing; every path may occur once."
                : "has the same name as entry "
                    + ArchiveErrors.quoted(other)
                    + " where case or Unicode form does not count; names must differ in more.";
    return ArchiveErrors.entry(name.written(), how, "Remove or rename one of them.");
  }

  /**
   * One form for all spellings that some file system treats as equal: the canonical caseless match
   * of the Unicode Standard (section 3.13, D145). The JDK has no full case folding, so we convert
   * to upper and then to lower case, which also makes ß equal to ss.
   */
  static String folded(String segment) {
    for (int i = 0; i < segment.length(); i++) {
      if (segment.charAt(i) > 0x7f) {
        String decomposed = Normalizer.normalize(segment, Normalizer.Form.NFD);
        String cased = decomposed.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
        return Normalizer.normalize(cased, Normalizer.Form.NFC);
      }
    }
    return segment.toLowerCase(Locale.ROOT);
  }
}
