package global.pixell.par.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Stream;

/**
 * Buckets and what is in them: in memory, and below a directory whose folders are buckets where one
 * is given.
 */
final class ObjectStore {

  /** The content of an object. */
  interface Content {
    long size();

    InputStream open() throws IOException;
  }

  /** An object as it is now. */
  record StoredObject(Content content, String eTag, Instant modified, String contentType) {}

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Bytes(byte[] bytes) implements Content {
    @Override
    public long size() {
      return bytes.length;
    }

    @Override
    public InputStream open() {
      return new ByteArrayInputStream(bytes);
    }
  }

  private record OnDisk(Path file, long size) implements Content {
    @Override
    public InputStream open() throws IOException {
      return Files.newInputStream(file);
    }
  }

  private static final String DEFAULT_TYPE = "binary/octet-stream";

  private final Map<String, NavigableMap<String, StoredObject>> memory = new ConcurrentHashMap<>();
  private final Map<Path, Map.Entry<String, String>> eTags = new ConcurrentHashMap<>();
  private final Optional<Path> directory;

  ObjectStore(Optional<Path> directory) {
    this.directory = directory;
  }

  void createBucket(String bucket) throws IOException {
    memory.computeIfAbsent(bucket, b -> new ConcurrentSkipListMap<>());
    if (directory.isPresent()) {
      Files.createDirectories(directory.get().resolve(bucket));
    }
  }

  boolean hasBucket(String bucket) {
    return memory.containsKey(bucket)
        || directory.filter(d -> Files.isDirectory(d.resolve(bucket))).isPresent();
  }

  List<String> buckets() throws IOException {
    var names = new java.util.TreeSet<String>(memory.keySet());
    if (directory.isPresent()) {
      try (Stream<Path> folders = Files.list(directory.get())) {
        folders.filter(Files::isDirectory).forEach(f -> names.add(f.getFileName().toString()));
      }
    }
    return List.copyOf(names);
  }

  StoredObject put(String bucket, String key, InputStream body, String contentType)
      throws IOException {
    String type = contentType.isEmpty() ? DEFAULT_TYPE : contentType;
    Optional<Path> file = fileOf(bucket, key);
    if (file.isPresent()) {
      Path parent = java.util.Objects.requireNonNull(file.get().getParent());
      Files.createDirectories(parent);
      Path temporary = Files.createTempFile(parent, ".par-testkit-", ".part");
      try {
        Files.copy(body, temporary, StandardCopyOption.REPLACE_EXISTING);
        Files.move(temporary, file.get(), StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
      return onDisk(file.get());
    }
    byte[] bytes = body.readAllBytes();
    var object =
        new StoredObject(
            new Bytes(bytes), md5(new ByteArrayInputStream(bytes)), Instant.now(), type);
    memory.computeIfAbsent(bucket, b -> new ConcurrentSkipListMap<>()).put(key, object);
    return object;
  }

  void putFile(String bucket, String key, Path file) throws IOException {
    memory.computeIfAbsent(bucket, b -> new ConcurrentSkipListMap<>()).put(key, onDisk(file));
  }

  Optional<StoredObject> get(String bucket, String key) throws IOException {
    NavigableMap<String, StoredObject> objects = memory.get(bucket);
    if (objects != null && objects.containsKey(key)) {
      return Optional.ofNullable(objects.get(key));
    }
    Optional<Path> file = fileOf(bucket, key).filter(Files::isRegularFile);
    return file.isPresent() ? Optional.of(onDisk(file.get())) : Optional.empty();
  }

  void delete(String bucket, String key) throws IOException {
    NavigableMap<String, StoredObject> objects = memory.get(bucket);
    if (objects != null) {
      objects.remove(key);
    }
    Optional<Path> file = fileOf(bucket, key).filter(Files::isRegularFile);
    if (file.isPresent()) {
      Files.delete(file.get());
    }
  }

  /** All objects whose key begins with the prefix, in the order of their UTF-8 bytes. */
  NavigableMap<String, StoredObject> list(String bucket, String prefix) throws IOException {
    var found = new TreeMap<String, StoredObject>(ObjectStore::byUtf8);
    NavigableMap<String, StoredObject> objects = memory.get(bucket);
    if (objects != null) {
      found.putAll(objects);
    }
    Optional<Path> root = directory.map(d -> d.resolve(bucket)).filter(Files::isDirectory);
    if (root.isPresent()) {
      try (Stream<Path> files = Files.walk(root.get())) {
        for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
          found.put(root.get().relativize(file).toString().replace('\\', '/'), onDisk(file));
        }
      }
    }
    found.keySet().removeIf(key -> !key.startsWith(prefix));
    return found;
  }

  private static int byUtf8(String a, String b) {
    return java.util.Arrays.compareUnsigned(
        a.getBytes(java.nio.charset.StandardCharsets.UTF_8),
        b.getBytes(java.nio.charset.StandardCharsets.UTF_8));
  }

  /** A key that would leave its bucket's folder has no file. */
  private Optional<Path> fileOf(String bucket, String key) {
    if (directory.isEmpty() || !Files.isDirectory(directory.get().resolve(bucket))) {
      return Optional.empty();
    }
    Path root = directory.get().resolve(bucket).toAbsolutePath().normalize();
    try {
      Path file = root.resolve(key).normalize();
      boolean literal = root.relativize(file).toString().equals(key);
      return literal && file.startsWith(root) ? Optional.of(file) : Optional.empty();
    } catch (java.nio.file.InvalidPathException e) {
      return Optional.empty();
    }
  }

  private StoredObject onDisk(Path file) throws IOException {
    long size = Files.size(file);
    Instant modified = Files.getLastModifiedTime(file).toInstant();
    String state = size + "@" + modified;
    Map.Entry<String, String> known = eTags.get(file);
    if (known == null || !known.getKey().equals(state)) {
      try (InputStream in = Files.newInputStream(file)) {
        known = Map.entry(state, md5(in));
      }
      eTags.put(file, known);
    }
    return new StoredObject(new OnDisk(file, size), known.getValue(), modified, DEFAULT_TYPE);
  }

  private static String md5(InputStream in) throws IOException {
    try {
      MessageDigest md5 = MessageDigest.getInstance("MD5");
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        md5.update(buffer, 0, n);
      }
      return HexFormat.of().formatHex(md5.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has MD5", e);
    }
  }
}
