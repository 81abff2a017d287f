package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The files below a folder. Reads a directory again only when the directory has changed, so that
 * the pages of a listing walk the folder once. Thread-safe.
 */
final class FolderIndex {

  /**
   * A change within this time after a directory was read may leave its time as it was: file systems
   * have clocks of up to two seconds. Such a directory is read again.
   */
  static final Duration CLOCK_TICK = Duration.ofSeconds(2);

  private static final String UNIX = "unix";

  /** Where the entries of a directory come from. */
  interface DirectoryReader {
    List<Path> read(Path directory) throws IOException;
  }

  /** The identity and the time of a directory. */
  private record Stamp(String value, Instant changed) {}

  private record Directory(
      Stamp stamp, Instant readAt, List<Path> files, List<Path> links, List<Path> directories) {

    boolean isCurrent(Stamp now) {
      return stamp.equals(now) && now.changed().plus(CLOCK_TICK).isBefore(readAt);
    }
  }

  private final Path root;
  private final DirectoryReader reader;
  private final InstantSource clock;
  private final Map<Path, Directory> known = new ConcurrentHashMap<>();

  FolderIndex(Path root) {
    this(root, FolderIndex::entries, InstantSource.system());
  }

  FolderIndex(Path root, DirectoryReader reader, InstantSource clock) {
    this.root = root;
    this.reader = reader;
    this.clock = clock;
  }

  /**
   * The files whose keys have a prefix, by key, in the order of the keys' UTF-8 bytes. A link is
   * one of them if it points to something within the folder.
   */
  NavigableMap<String, Path> files(String prefix) throws IOException {
    var found = new TreeMap<String, Path>(Utf8Order.INSTANCE);
    Set<Path> visited = new HashSet<>();
    Deque<Path> open = new ArrayDeque<>(List.of(root));
    while (!open.isEmpty()) {
      Path path = open.remove();
      visited.add(path);
      Directory directory = directory(path);
      for (Path file : directory.files()) {
        add(found, file, prefix);
      }
      for (Path link : directory.links()) {
        if (isInside(link)) {
          add(found, link, prefix);
        }
      }
      for (Path below : directory.directories()) {
        String key = keyOf(below) + "/";
        if (key.startsWith(prefix) || prefix.startsWith(key)) {
          open.add(below);
        }
      }
    }
    if (prefix.isEmpty()) {
      known.keySet().retainAll(visited);
    }
    return found;
  }

  private void add(Map<String, Path> found, Path file, String prefix) {
    String key = keyOf(file);
    if (key.startsWith(prefix)) {
      found.put(key, file);
    }
  }

  String keyOf(Path file) {
    return root.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
  }

  /** Whether the real path is in the folder: a link may point anywhere. */
  boolean isInside(Path file) {
    try {
      return file.toRealPath().startsWith(root.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  private Directory directory(Path path) throws IOException {
    try {
      Stamp stamp = stamp(path);
      Directory before = known.get(path);
      if (before != null && before.isCurrent(stamp)) {
        return before;
      }
      Directory now = read(path, stamp);
      known.put(path, now);
      return now;
    } catch (IOException | DirectoryIteratorException e) {
      if (path.equals(root)) {
        throw e;
      }
      // Deleted since the directory above was read, or not readable.
      known.remove(path);
      return new Directory(
          new Stamp("", Instant.EPOCH), Instant.EPOCH, List.of(), List.of(), List.of());
    }
  }

  private Directory read(Path path, Stamp stamp) throws IOException {
    Instant readAt = clock.instant();
    var files = new ArrayList<Path>();
    var links = new ArrayList<Path>();
    var directories = new ArrayList<Path>();
    for (Path entry : reader.read(path)) {
      try {
        var attributes =
            Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (attributes.isDirectory()) {
          directories.add(entry);
        } else if (attributes.isSymbolicLink()) {
          links.add(entry);
        } else {
          files.add(entry);
        }
      } catch (IOException e) {
        // Deleted since its directory was read.
      }
    }
    return new Directory(stamp, readAt, files, links, directories);
  }

  /** Unlike the time of the last change of its content, the time of its inode cannot be set. */
  private static Stamp stamp(Path path) throws IOException {
    var attributes =
        Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    Instant changed = attributes.lastModifiedTime().toInstant();
    if (path.getFileSystem().supportedFileAttributeViews().contains(UNIX)) {
      Object inode = Files.getAttribute(path, UNIX + ":ctime", LinkOption.NOFOLLOW_LINKS);
      changed = ((FileTime) inode).toInstant();
    }
    return new Stamp(String.valueOf(attributes.fileKey()), changed);
  }

  private static List<Path> entries(Path directory) throws IOException {
    var entries = new ArrayList<Path>();
    try (var stream = Files.newDirectoryStream(directory)) {
      stream.forEach(entries::add);
    }
    return entries;
  }
}
