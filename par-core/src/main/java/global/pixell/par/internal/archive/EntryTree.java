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
 * The folders and files an archive would become, and the guard against two entries that would meet
 * on some file system: the same name, the same after Unicode normalisation or case folding, or a
 * file where a folder is needed. Folders that are only implied by a path count like written ones.
 *
 * <p>A tree of segments, not a set of paths: memory grows with the bytes of the names, not with the
 * square of their depth. Not thread-safe while it is built.
 */
final class EntryTree {

  /** Mode of a folder that no entry describes. */
  static final int DEFAULT_DIRECTORY_MODE = 0755;

  /** One file or folder. */
  static final class Node {
    /** The segment as the archive has it; of a file, the end of its entry says it. */
    private final String folder;

    /** The entry that brought it, for sentences. */
    private final String entry;

    final boolean directory;
    private boolean written;
    private int mode = DEFAULT_DIRECTORY_MODE;
    private @Nullable Map<String, Node> children;

    private Node(String name, String entry, boolean directory) {
      // A hostile archive is all names, so none is kept twice.
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
   * @param maxImplied most folders that no entry describes
   */
  EntryTree(long maxImplied) {
    this.maxImplied = maxImplied;
  }

  /** The folder everything lies in; has no name of its own. */
  Node root() {
    return root;
  }

  /**
   * Adds what an entry becomes.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} if it would meet another, or implies more
   *     folders than are allowed
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

  /** Finds or makes it; who makes it has implied it until an entry brings it. */
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
   * One form for all spellings that some file system takes for the same: the canonical caseless
   * match of the Unicode Standard (section 3.13, D145). Upper then lower case stands in for its
   * full case folding, which the JDK lacks; it brings ß and ss together as well.
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
