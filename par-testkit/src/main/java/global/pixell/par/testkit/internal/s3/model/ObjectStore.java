package global.pixell.par.testkit.internal.s3.model;

import global.pixell.par.testkit.internal.iam.Permission.ObjectName;
import global.pixell.par.testkit.internal.iam.Principal;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The buckets, in memory or as the folders of a directory. Thread-safe. The owner must close it,
 * because large bodies are in files.
 */
public final class ObjectStore implements Closeable {

  private final Optional<Path> directory;
  private final Clock clock;
  private final String region;
  private final Principal owner;
  private final Instant started;
  private final BodyStorage bodies = new BodyStorage();
  private final Map<String, BucketEntry> buckets = new ConcurrentHashMap<>();

  /** Copies of the buckets in memory to which a reset returns; guarded by this. */
  private final Map<String, BucketEntry> baseline = new HashMap<>();

  /** A bucket and its properties. */
  private record BucketEntry(Bucket bucket, Instant created, Principal owner, String region) {

    /** An independent bucket with the same objects. A bucket that is a folder has no copy. */
    BucketEntry copy() {
      return bucket instanceof MemoryBucket memory
          ? new BucketEntry(memory.copy(), created, owner, region)
          : this;
    }
  }

  /**
   * Creates a store.
   *
   * @param directory the directory whose folders are buckets; empty for buckets in memory
   * @param region the default region of buckets
   * @param owner the default owner of buckets
   */
  public ObjectStore(Optional<Path> directory, Clock clock, String region, Principal owner) {
    this.directory = directory.map(Path::toAbsolutePath);
    this.clock = clock;
    this.region = region;
    this.owner = owner;
    started = clock.instant();
  }

  public Clock clock() {
    return clock;
  }

  /** The storage for arriving bodies. */
  public BodyStorage bodies() {
    return bodies;
  }

  /** The default region of buckets, which is also the region of the endpoint. */
  public String region() {
    return region;
  }

  /** The region of a bucket; the default region when the bucket does not exist. */
  public String region(String bucket) {
    return entry(bucket).map(BucketEntry::region).orElse(region);
  }

  /** Changes an existing bucket. */
  public void region(String bucket, String name) {
    buckets.computeIfPresent(
        bucket,
        (b, entry) -> new BucketEntry(entry.bucket(), entry.created(), entry.owner(), name));
  }

  /** The owner of a bucket and its objects. */
  public Principal owner(String bucket) {
    return entry(bucket).map(BucketEntry::owner).orElse(owner);
  }

  /** Changes an existing bucket. */
  public void owner(String bucket, Principal principal) {
    buckets.computeIfPresent(
        bucket,
        (b, entry) -> new BucketEntry(entry.bucket(), entry.created(), principal, entry.region()));
  }

  private Optional<BucketEntry> entry(String bucket) {
    return Optional.ofNullable(buckets.get(bucket));
  }

  Optional<Bucket> find(String name) {
    if (directory.isEmpty()) {
      return entry(name).map(BucketEntry::bucket);
    }
    return folder(name).filter(FolderBucket::isFolder).map(path -> open(name, path, started));
  }

  public boolean hasBucket(String name) {
    return find(name).isPresent();
  }

  /**
   * Finds a bucket.
   *
   * @throws S3ErrorException NoSuchBucket
   */
  public Bucket bucket(String name) throws S3ErrorException {
    return find(name).orElseThrow(() -> S3ErrorException.noSuchBucket(name));
  }

  /** Creates a bucket unless it exists. */
  public Bucket createBucket(String name) throws IOException {
    if (directory.isEmpty()) {
      return buckets.computeIfAbsent(name, n -> newBucket()).bucket();
    }
    Path folder =
        folder(name)
            .orElseThrow(() -> new IOException("'" + name + "' cannot be the name of a folder"));
    Files.createDirectories(folder);
    return open(name, folder, clock.instant());
  }

  private BucketEntry newBucket() {
    return new BucketEntry(new MemoryBucket(clock), clock.instant(), owner, region);
  }

  public void deleteBucket(String name) throws IOException {
    if (directory.isPresent()) {
      deleteFolder(directory.get().resolve(name));
    }
    buckets.remove(name);
  }

  /**
   * Deletes a folder with its empty folders: these are not objects, so S3 would delete the bucket.
   */
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

  /**
   * Makes the present buckets in memory, with their objects, the baseline; at first it is empty.
   */
  public synchronized void markBaseline() {
    baseline.clear();
    baseline.putAll(copies(buckets));
  }

  /** Makes one object in memory, or its absence, a part of the baseline. */
  public synchronized void addToBaseline(String bucket, String key) {
    if (entry(bucket).map(BucketEntry::bucket).orElse(null) instanceof MemoryBucket present) {
      BucketEntry kept = baseline.computeIfAbsent(bucket, name -> newBucket());
      if (kept.bucket() instanceof MemoryBucket memory) {
        memory.copyKey(key, present);
      }
    }
  }

  /** Returns to the baseline. The files of a directory stay, because they belong to the user. */
  public synchronized void restoreBaseline() {
    if (directory.isEmpty()) {
      Map<String, BucketEntry> restored = copies(baseline);
      buckets.keySet().retainAll(restored.keySet());
      buckets.putAll(restored);
    }
  }

  private static Map<String, BucketEntry> copies(Map<String, BucketEntry> entries) {
    var copies = new HashMap<String, BucketEntry>();
    entries.forEach((name, entry) -> copies.put(name, entry.copy()));
    return copies;
  }

  /** The names of all buckets, sorted. */
  public List<String> buckets() throws IOException {
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

  /**
   * The tags of an object; empty when it does not exist.
   *
   * @throws S3ErrorException when the lookup fails
   */
  public String tags(ObjectName name) throws S3ErrorException {
    try {
      Optional<Bucket> bucket = find(name.bucket());
      if (bucket.isEmpty()) {
        return "";
      }
      Optional<StoredObject> object =
          name.versionId().isPresent()
              ? bucket.get().version(name.key(), name.versionId().get())
              : bucket.get().newest(name.key());
      return object.map(StoredObject::tags).orElse("");
    } catch (S3ErrorException failure) {
      throw failure;
    } catch (IOException e) {
      throw S3ErrorException.internalError(e);
    }
  }

  public Instant created(String bucket) {
    return entry(bucket).map(BucketEntry::created).orElse(started);
  }

  private Bucket open(String name, Path folder, Instant created) {
    // Stage uploads beside the bucket folders, because files there are in no bucket.
    Path stagingDirectory = Objects.requireNonNull(folder.getParent());
    return buckets
        .computeIfAbsent(
            name,
            n ->
                new BucketEntry(new FolderBucket(folder, stagingDirectory), created, owner, region))
        .bucket();
  }

  /** The folder of a bucket; empty for a name that is not a single plain path segment. */
  private Optional<Path> folder(String name) {
    boolean plain =
        !name.isEmpty() && !name.startsWith(".") && name.matches("[A-Za-z0-9._-]{1,255}");
    return plain ? directory.map(root -> root.resolve(name)) : Optional.empty();
  }

  @Override
  public void close() throws IOException {
    bodies.close();
  }
}
