package global.pixell.par.testkit;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * Buckets: in memory, or the folders of a directory where one is given. Thread-safe; to be closed,
 * for large bodies are in files.
 */
final class ObjectStore implements Closeable {

  private final Optional<Path> directory;
  private final Clock clock;
  private final String region;
  private final Principal owner;
  private final Instant started;
  private final Spool spool = new Spool();
  private final Map<String, Bucket> buckets = new ConcurrentHashMap<>();
  private final Map<String, Instant> created = new ConcurrentHashMap<>();
  private final Map<String, Principal> owners = new ConcurrentHashMap<>();
  private final Map<String, String> regions = new ConcurrentHashMap<>();

  /**
   * An empty store.
   *
   * @param directory whose folders are buckets
   * @param region of buckets that have no other
   * @param owner of buckets that have no other
   */
  ObjectStore(Optional<Path> directory, Clock clock, String region, Principal owner) {
    this.directory = directory.map(Path::toAbsolutePath);
    this.clock = clock;
    this.region = region;
    this.owner = owner;
    started = clock.instant();
  }

  Clock clock() {
    return clock;
  }

  /** Where bodies go first. */
  Spool spool() {
    return spool;
  }

  /** The region of buckets that have no other, and of the endpoint. */
  String region() {
    return region;
  }

  /** The region of one bucket, whether it is there or not. */
  String region(String bucket) {
    return regions.getOrDefault(bucket, region);
  }

  void region(String bucket, String name) {
    regions.put(bucket, name);
  }

  /** Whose a bucket is, and with it all that is in it. */
  Principal owner(String bucket) {
    return owners.getOrDefault(bucket, owner);
  }

  void owner(String bucket, Principal principal) {
    owners.put(bucket, principal);
  }

  Optional<Bucket> find(String name) {
    if (directory.isEmpty()) {
      return Optional.ofNullable(buckets.get(name));
    }
    return folder(name).filter(FolderBucket::isFolder).map(path -> open(name, path));
  }

  boolean hasBucket(String name) {
    return find(name).isPresent();
  }

  /**
   * Finds a bucket.
   *
   * @throws S3Failure NoSuchBucket
   */
  Bucket bucket(String name) throws S3Failure {
    return find(name).orElseThrow(() -> S3Failure.noSuchBucket(name));
  }

  /** Makes it, unless it is there. */
  Bucket createBucket(String name) throws IOException {
    created.putIfAbsent(name, clock.instant());
    if (directory.isEmpty()) {
      return buckets.computeIfAbsent(name, n -> new MemoryBucket(clock));
    }
    Path folder =
        folder(name).orElseThrow(() -> new IOException("'" + name + "' is no name for a folder"));
    Files.createDirectories(folder);
    return open(name, folder);
  }

  void deleteBucket(String name) throws IOException {
    if (directory.isPresent()) {
      deleteFolder(directory.get().resolve(name));
    }
    buckets.remove(name);
    created.remove(name);
    regions.remove(name);
  }

  /** Empty folders within are no objects, so they do not keep it. */
  private static void deleteFolder(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        if (!FolderBucket.isFolder(path)) {
          throw new DirectoryNotEmptyException(folder.toString());
        }
        Files.delete(path);
      }
    }
  }

  /** Names in order. */
  List<String> buckets() throws IOException {
    var names = new TreeSet<String>(buckets.keySet());
    if (directory.isPresent()) {
      names.clear();
      try (Stream<Path> folders = Files.list(directory.get())) {
        folders
            .filter(FolderBucket::isFolder)
            .map(folder -> folder.getFileName().toString())
            .filter(name -> !name.startsWith("."))
            .forEach(names::add);
      }
    }
    return List.copyOf(names);
  }

  Instant created(String bucket) {
    return created.getOrDefault(bucket, started);
  }

  private Bucket open(String name, Path folder) {
    // What lies beside the folders is in no bucket, so files are made there.
    Path workshop = Objects.requireNonNull(folder.getParent());
    return buckets.computeIfAbsent(name, n -> new FolderBucket(folder, workshop));
  }

  /** The folder of a name that is one plain segment. */
  private Optional<Path> folder(String name) {
    boolean plain =
        !name.isEmpty() && !name.startsWith(".") && name.matches("[A-Za-z0-9._-]{1,255}");
    return plain ? directory.map(root -> root.resolve(name)) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    spool.close();
  }
}
