package global.pixell.par.launcher.agent;

import global.pixell.par.Digest;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What PAR makes once of a package and uses at every boot: virtual environments, node_modules,
 * bytecode. One directory per key, beside the cache's trees.
 *
 * <p>A directory is complete or absent: it is made beside and renamed, then closed to writes. What
 * this process took is leased until it ends, and what nobody leases is evicted, the longest unused
 * first, when all of them are larger than the cache may be or older than it keeps packages. A lock
 * saves two boots from making the same at once; nothing depends on it.
 *
 * <p>Layout: {@code <cache>/v1/derived/<kind>-<key>/}, and beside it {@code leases/} (one file per
 * user, named by host, process and its start) and {@code tmp/}.
 */
public final class DerivedCache {

  /** Makes the content of a directory. */
  public interface Maker {
    /**
     * Fills a directory.
     *
     * @param staging empty; of the same file system as {@code place}
     * @param place where it will be once it is complete
     * @return facts to be kept with it
     * @throws IOException when the disk fails
     * @throws InterruptedException when the boot is stopped
     */
    Map<String, Object> make(Path staging, Path place) throws IOException, InterruptedException;
  }

  /**
   * A made directory.
   *
   * @param path complete, and closed to writes
   * @param reused whether an earlier boot made it
   * @param facts what its maker noted
   */
  public record Made(Path path, boolean reused, Map<String, @Nullable Object> facts) {}

  private static final String FACTS = ".par-derived.json";
  private static final Duration LOCK_POLL = Duration.ofMillis(50);
  private static final Duration HEARTBEAT = Duration.ofMinutes(5);

  /**
   * A lease of another host is alive while it is touched; of this host, while its process lives.
   */
  private static final Duration STALE = Duration.ofHours(1);

  private static final ProcessHandle SELF = ProcessHandle.current();

  private final Path root;
  private final long maxBytes;
  private final Optional<Duration> maxAge;

  private DerivedCache(Path root, long maxBytes, Optional<Duration> maxAge) {
    this.root = root;
    this.maxBytes = maxBytes;
    this.maxAge = maxAge;
  }

  /**
   * The one of a cache.
   *
   * @param config says where the cache is and how large it may be
   * @return it; nothing is touched yet
   */
  public static DerivedCache of(ParConfig config) {
    return new DerivedCache(
        config.cache().directory().resolve("v1").resolve("derived"),
        config.cache().maxBytes(),
        config.cache().maxAge());
  }

  /**
   * The directory of a key, made if it is not there.
   *
   * @param kind such as {@code python}
   * @param key of everything that decides its content
   * @param timeout how long to wait for another process that makes the same
   * @param maker fills it
   * @return complete, and leased until this process ends
   * @throws InterruptedException when the boot is stopped
   */
  @SuppressWarnings("try") // The lock is held, not used.
  public Made get(String kind, Digest key, Duration timeout, Maker maker)
      throws InterruptedException {
    String name = kind + "-" + key.hex();
    Path place = root.resolve(name);
    try {
      Files.createDirectories(root.resolve("leases"));
      Files.createDirectories(root.resolve("tmp"));
      lease(name);
      Optional<Made> there = present(place);
      if (there.isPresent()) {
        return there.get();
      }
      try (var lock = lock(root.resolve("tmp").resolve(name + ".lock"), timeout)) {
        there = present(place);
        return there.isPresent() ? there.get() : make(name, place, maker);
      }
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.DISK,
          "The directory " + place + " cannot be made: " + e + ".",
          "Check the space and the permissions of PAR_CACHE_DIR.",
          e);
    }
  }

  /**
   * The directory of a key, if it was made before.
   *
   * @param kind as for {@link #get}
   * @param key as for {@link #get}
   * @return leased until this process ends; empty when nobody made it
   */
  public Optional<Made> find(String kind, Digest key) {
    String name = kind + "-" + key.hex();
    try {
      if (!Files.isDirectory(root.resolve(name))) {
        return Optional.empty();
      }
      lease(name);
      return present(root.resolve(name));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<Made> present(Path place) throws IOException {
    Path facts = place.resolve(FACTS);
    if (!Files.isRegularFile(facts)) {
      return Optional.empty();
    }
    try {
      Files.setLastModifiedTime(facts, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // Another user's, or a read-only disk; its owner notes the use.
    }
    return Optional.of(new Made(place, true, Json.read(Files.readString(facts))));
  }

  private Made make(String name, Path place, Maker maker) throws IOException, InterruptedException {
    sweep();
    Path staging = Files.createDirectory(root.resolve("tmp").resolve(owner() + "." + name));
    try {
      var facts = new HashMap<>(maker.make(staging, place));
      facts.put("bytes", size(staging));
      Files.writeString(staging.resolve(FACTS), Json.write(facts));
      if (!publish(staging, place)) {
        return present(place)
            .orElseThrow(() -> new IOException(place + " is there, and not complete"));
      }
      closeToWrites(place);
      evict();
      return new Made(place, false, Map.copyOf(facts));
    } finally {
      delete(staging);
    }
  }

  /**
   * Renames it into place.
   *
   * @return false when another process was first
   */
  private static boolean publish(Path staging, Path place) throws IOException {
    try {
      Files.move(staging, place, StandardCopyOption.ATOMIC_MOVE);
      return true;
    } catch (IOException e) {
      if (Files.isDirectory(place)) {
        return false;
      }
      throw e;
    }
  }

  private static void closeToWrites(Path place) throws IOException {
    Set<PosixFilePermission> writes =
        EnumSet.of(
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_WRITE);
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!Files.isSymbolicLink(file)) {
          Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
          if (modes.removeAll(writes)) {
            Files.setPosixFilePermissions(file, modes);
          }
        }
      }
    }
  }

  // Leases.

  private static String owner() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "host";
    }
    return host.replaceAll("[^A-Za-z0-9-]", "-") + "_" + SELF.pid() + "_" + startOf(SELF);
  }

  private static long startOf(ProcessHandle process) {
    return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
  }

  private void lease(String name) {
    Path lease = root.resolve("leases").resolve(name + "." + owner());
    try {
      Files.writeString(lease, "");
    } catch (IOException e) {
      // Full or read-only: a reason to fail later if at all, when something has to be made.
      return;
    }
    var beat =
        Executors.newSingleThreadScheduledExecutor(
            work -> {
              var thread = new Thread(work, "par-lease");
              thread.setDaemon(true);
              return thread;
            });
    var unused =
        beat.scheduleWithFixedDelay(
            () -> touch(lease), HEARTBEAT.toMinutes(), HEARTBEAT.toMinutes(), TimeUnit.MINUTES);
  }

  private static void touch(Path lease) {
    try {
      Files.setLastModifiedTime(lease, FileTime.from(Instant.now()));
    } catch (IOException e) {
      // The next beat may have better luck.
    }
  }

  /** Whether the process that a file is named after may still be at work. */
  private static boolean alive(Path file, String owner) {
    String[] parts = owner.split("_", 3);
    String own = owner();
    try {
      if (parts.length == 3 && own.startsWith(parts[0] + "_")) {
        long start = Long.parseLong(parts[2]);
        return ProcessHandle.of(Long.parseLong(parts[1]))
            .filter(ProcessHandle::isAlive)
            .filter(process -> startOf(process) == start || start == 0)
            .isPresent();
      }
      Instant touched = Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
      return touched.isAfter(Instant.now().minus(STALE));
    } catch (IOException | NumberFormatException e) {
      return false;
    }
  }

  private boolean leased(String name) throws IOException {
    boolean leased = false;
    for (Path lease : list(root.resolve("leases"))) {
      String file = lease.getFileName().toString();
      int dot = file.indexOf('.');
      if (!alive(lease, file.substring(dot + 1))) {
        Files.deleteIfExists(lease);
      } else if (file.startsWith(name + ".")) {
        leased = true;
      }
    }
    return leased;
  }

  /** Clears away what killed boots were making. */
  private void sweep() throws IOException {
    for (Path staging : list(root.resolve("tmp"))) {
      String name = staging.getFileName().toString();
      int dot = name.indexOf('.');
      if (!name.endsWith(".lock") && dot > 0 && !alive(staging, name.substring(0, dot))) {
        delete(staging);
      }
    }
  }

  private record Candidate(Path place, long bytes, Instant used) {}

  private void evict() throws IOException {
    var candidates = new ArrayList<Candidate>();
    for (Path place : list(root)) {
      Path facts = place.resolve(FACTS);
      if (Files.isRegularFile(facts)) {
        Object bytes = Json.read(Files.readString(facts)).get("bytes");
        long size = bytes instanceof Number number ? number.longValue() : 0;
        candidates.add(new Candidate(place, size, Files.getLastModifiedTime(facts).toInstant()));
      }
    }
    candidates.sort(Comparator.comparing(Candidate::used));
    long total = candidates.stream().mapToLong(Candidate::bytes).sum();
    for (Candidate candidate : candidates) {
      boolean old =
          maxAge.filter(age -> candidate.used().isBefore(Instant.now().minus(age))).isPresent();
      if ((old || total > maxBytes) && remove(candidate.place())) {
        total -= candidate.bytes();
      }
    }
  }

  /**
   * Moves it away first and then looks for leases: a boot writes its lease first and then looks for
   * the directory, so at least one of the two sees the other.
   */
  private boolean remove(Path place) throws IOException {
    String name = place.getFileName().toString();
    if (leased(name)) {
      return false;
    }
    Path gone = root.resolve("tmp").resolve(owner() + "." + name + ".gone");
    // A directory that may not be written cannot be moved to another parent.
    place.toFile().setWritable(true, true);
    Files.move(place, gone, StandardCopyOption.ATOMIC_MOVE);
    if (leased(name) && publish(gone, place)) {
      return false;
    }
    delete(gone);
    return true;
  }

  // Files.

  private static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  private static long size(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files.mapToLong(f -> f.toFile().length()).sum();
    }
  }

  /**
   * Deletes a directory with all that is in it, read-only trees too.
   *
   * @param directory what is not there is no fault
   */
  public static void deleteQuietly(Path directory) {
    try {
      delete(directory);
    } catch (IOException e) {
      // A temporary directory, which the system clears.
    }
  }

  private static void delete(Path directory) throws IOException {
    if (!Files.exists(directory, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    Files.walkFileTree(
        directory,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            folder.toFile().setWritable(true, true);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            Files.deleteIfExists(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  /** Saves duplicate work; where the file system cannot lock, both do it and the first one wins. */
  private static FileChannel lock(Path file, Duration timeout)
      throws IOException, InterruptedException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    long deadline = System.nanoTime() + timeout.toNanos();
    try {
      while (System.nanoTime() - deadline < 0) {
        try {
          FileLock lock = channel.tryLock();
          if (lock != null) {
            return channel;
          }
        } catch (OverlappingFileLockException e) {
          // Another thread of this JVM.
        } catch (IOException e) {
          return channel;
        }
        TimeUnit.MILLISECONDS.sleep(LOCK_POLL.toMillis());
      }
      return channel;
    } catch (InterruptedException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * A key of texts.
   *
   * @param parts everything that decides the content, in order
   * @return their digest
   */
  public static Digest key(List<String> parts) {
    try {
      var sha = java.security.MessageDigest.getInstance("SHA-256");
      for (String part : parts) {
        byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
        // With its length, so that two lists never have the same bytes.
        sha.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
        sha.update(bytes);
      }
      return Digest.parse(java.util.HexFormat.of().formatHex(sha.digest()));
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
