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
 * The files below a folder. It reads a directory again only when the directory has changed, so the
 * pages of one listing walk the folder once. Thread-safe.
 */
final class FolderIndex {

  /**
   * File systems have time resolutions of up to two seconds, so a change shortly after a read may
   * leave a directory's time unchanged. A directory that changed within this time before its read
   * is read again.
   */
  static final Duration CLOCK_TICK = Duration.ofSeconds(2);

  private static final String UNIX = "unix";

  /** Reads the entries of a directory. */
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
   * The files whose keys have a prefix, by key, in the order of the keys' UTF-8 bytes. They include
   * links to targets within the folder.
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

  /** Whether the file's real path is in the folder, because a link may point anywhere. */
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
      // The directory is not readable, or was deleted after its parent was read.
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
        // The file was deleted after its directory was read.
      }
    }
    return new Directory(stamp, readAt, files, links, directories);
  }

  /**
   * Uses the change time of the inode, because programs can set the modification time but not this
   * one.
   */
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
