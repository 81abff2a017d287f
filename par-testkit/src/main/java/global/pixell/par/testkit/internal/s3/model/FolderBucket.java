package global.pixell.par.testkit.internal.s3.model;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A bucket whose objects are the files of a directory. People and clients may both change it.
 * Metadata, checksums and multipart ETags, which a file system cannot store, are in memory until
 * the file changes. The bucket keeps no versions.
 */
final class FolderBucket implements Bucket {

  /** The length limit of a file name in common file systems. */
  private static final int MAX_NAME_BYTES = 255;

  private final Path root;
  private final FolderIndex index;
  private final Path stagingDirectory;

  /** Metadata by file; valid only while the file's size and time do not change. */
  private final Map<Path, Known> known = new ConcurrentHashMap<>();

  private record Known(long size, Instant modified, StoredObject object) {}

  /**
   * Creates a bucket of a folder.
   *
   * @param root an existing folder
   * @param stagingDirectory a directory on the same file system, in which files are written before
   *     they are renamed
   */
  FolderBucket(Path root, Path stagingDirectory) {
    this.root = root.toAbsolutePath().normalize();
    index = new FolderIndex(this.root);
    this.stagingDirectory = stagingDirectory;
  }

  @Override
  public Versioning versioning() {
    return Versioning.OFF;
  }

  @Override
  public void versioning(Versioning state) throws S3ErrorException {
    throw new S3ErrorException(
        501, "NotImplemented", "A bucket that is a folder has no place for versions.");
  }

  @Override
  public Optional<StoredObject> newest(String key) throws IOException {
    Optional<Path> file = fileOf(key).filter(index::isInside);
    return file.isPresent() ? read(key, file.get()) : Optional.empty();
  }

  @Override
  public Optional<StoredObject> version(String key, String versionId) throws IOException {
    return versionId.equals(StoredObject.NULL_VERSION) ? newest(key) : Optional.empty();
  }

  @Override
  public synchronized StoredObject put(StoredObject object, WriteCondition condition)
      throws IOException {
    Path file = fileOf(object.key()).orElseThrow(() -> unfit(object.key()));
    condition.check(newest(object.key()));
    Path parent = Objects.requireNonNull(file.getParent());
    if (!isFree(file)) {
      throw unfit(object.key());
    }
    Files.createDirectories(parent);
    if (!index.isInside(parent)) {
      throw unfit(object.key());
    }
    Path made = Files.createTempFile(stagingDirectory, ".par-testkit-", ".part");
    try (InputStream in = object.content().open()) {
      Files.copy(in, made, StandardCopyOption.REPLACE_EXISTING);
      Files.move(made, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(made);
    }
    return remember(file, object);
  }

  private StoredObject remember(Path file, StoredObject object) throws IOException {
    var attributes = Files.readAttributes(file, BasicFileAttributes.class);
    Instant modified = attributes.lastModifiedTime().toInstant();
    StoredObject stored =
        object
            .withContent(Content.of(file, attributes.size()))
            .at(modified, StoredObject.NULL_VERSION);
    known.put(file, new Known(attributes.size(), modified, stored));
    return stored;
  }

  @Override
  public synchronized Optional<StoredObject> delete(String key, WriteCondition condition)
      throws IOException {
    Optional<Path> file = fileOf(key).filter(index::isInside);
    condition.check(newest(key));
    if (file.isPresent() && Files.isRegularFile(file.get())) {
      Files.delete(file.get());
      known.remove(file.get());
      pruneAbove(file.get());
    }
    return Optional.empty();
  }

  /** Deletes folders that have become empty, because S3 has no folders. */
  private void pruneAbove(Path file) throws IOException {
    Path folder = Objects.requireNonNull(file.getParent());
    while (!folder.equals(root)) {
      try {
        Files.delete(folder);
      } catch (DirectoryNotEmptyException e) {
        return;
      }
      folder = Objects.requireNonNull(folder.getParent());
    }
  }

  @Override
  public Optional<StoredObject> deleteVersion(String key, String versionId) throws IOException {
    Optional<StoredObject> version = version(key, versionId);
    if (version.isPresent()) {
      delete(key, WriteCondition.NONE);
    }
    return version;
  }

  @Override
  public synchronized void tag(String key, String versionId, String tags) throws IOException {
    Optional<StoredObject> object = version(key, versionId);
    Optional<Path> file = fileOf(key);
    if (object.isPresent() && file.isPresent()) {
      known.computeIfPresent(
          file.get(),
          (path, before) ->
              new Known(before.size(), before.modified(), before.object().withTags(tags)));
    }
  }

  @Override
  public boolean isEmpty() throws IOException {
    return files("").isEmpty();
  }

  @Override
  public Iterable<StoredObject> current(String prefix, String after) throws IOException {
    NavigableMap<String, Path> files = files(prefix).tailMap(after, false);
    // Lazy, so that a page reads only its own files.
    return () ->
        files.entrySet().stream()
            .flatMap(file -> readForListing(file.getKey(), file.getValue()).stream())
            .iterator();
  }

  private Optional<StoredObject> readForListing(String key, Path file) {
    try {
      return read(key, file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  @Override
  public List<StoredObject> versions(String prefix) throws IOException {
    var all = new ArrayList<StoredObject>();
    current(prefix, "").forEach(all::add);
    return all;
  }

  /**
   * The files by key. Skips names that are not valid Unicode, because no request could name them.
   */
  private NavigableMap<String, Path> files(String prefix) throws IOException {
    NavigableMap<String, Path> files = index.files(prefix);
    files
        .entrySet()
        .removeIf(each -> fileOf(each.getKey()).filter(each.getValue()::equals).isEmpty());
    return files;
  }

  private Optional<StoredObject> read(String key, Path file) throws IOException {
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        return Optional.empty();
      }
      Instant modified = attributes.lastModifiedTime().toInstant();
      Known before = known.get(file);
      if (before != null
          && before.size() == attributes.size()
          && before.modified().equals(modified)) {
        return Optional.of(before.object());
      }
      StoredObject object =
          StoredObject.whole(
                  key, Content.of(file, attributes.size()), ChecksumAlgorithm.CRC64NVME, false)
              .build();
      return Optional.of(remember(file, object));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    }
  }

  /** The file whose relative path is exactly this key, whether or not it exists. */
  private Optional<Path> fileOf(String key) {
    try {
      Path file = root.resolve(key).normalize();
      boolean exact = file.startsWith(root) && !file.equals(root) && index.keyOf(file).equals(key);
      return exact && !key.contains("\\") ? Optional.of(file) : Optional.empty();
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /**
   * Whether the file can be created: no directory has its path, and no file or link has the path of
   * one of its parents.
   */
  private boolean isFree(Path file) {
    boolean named = file.getFileName().toString().getBytes(UTF_8).length <= MAX_NAME_BYTES;
    Path above = Objects.requireNonNull(file.getParent());
    for (; named && !above.equals(root); above = Objects.requireNonNull(above.getParent())) {
      boolean taken = Files.exists(above, LinkOption.NOFOLLOW_LINKS) && !isFolder(above);
      named = !taken && above.getFileName().toString().getBytes(UTF_8).length <= MAX_NAME_BYTES;
    }
    return named && !Files.isDirectory(file);
  }

  private static S3ErrorException unfit(String key) {
    return S3ErrorException.invalidArgument(
        "key",
        key,
        "The key cannot be a file below the folder that is this bucket: another object is in its way,"
            + " or the file system does not allow the name.");
  }

  static boolean isFolder(Path path) {
    return Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS);
  }
}
