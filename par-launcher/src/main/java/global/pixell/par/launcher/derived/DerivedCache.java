package global.pixell.par.launcher.derived;

import global.pixell.par.Digest;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Directories that PAR makes from a package once and uses at every boot: virtual environments,
 * node_modules, bytecode. There is one for each key, beside the trees of the cache.
 *
 * <p>A directory is complete or absent: PAR makes it in a staging directory, makes it read-only,
 * seals it and renames it. A boot compares a directory with its seal before it uses the directory,
 * so it never runs code that an earlier agent wrote there; PAR makes a changed directory again.
 * This process holds leases on its directories until it ends. {@link CacheLimits} evicts
 * directories together with packages, and {@link DerivedMaintenance} lists and verifies them. A
 * lock keeps two boots from making the same directory at once; correctness does not depend on it.
 *
 * <p>The seal is in the cache, too. An agent that runs as PAR's own user could forge it; an agent
 * that runs as {@code PAR_AGENT_USER} can change neither the directory nor the seal.
 */
public final class DerivedCache {

  /** Makes the content of a directory. */
  public interface Maker {
    /**
     * Fills a directory.
     *
     * @param staging an empty directory on the same file system as {@code place}
     * @param place the final path of the directory
     * @return facts to store with the directory
     * @throws IOException when the disk fails
     * @throws InterruptedException when the boot is stopped
     */
    Map<String, Object> make(Path staging, Path place) throws IOException, InterruptedException;
  }

  /**
   * A directory that is ready for use.
   *
   * @param path complete and read-only
   * @param reused whether an earlier boot made it
   * @param facts the facts that its maker returned
   */
  public record Made(Path path, boolean reused, Map<String, @Nullable Object> facts) {}

  private final DerivedLayout layout;
  private final ParConfig config;
  private final Consumer<String> warn;
  private final DerivedLeases leases;

  private DerivedCache(ParConfig config, Consumer<String> warn) {
    this.layout = DerivedLayout.of(config);
    this.config = config;
    this.warn = warn;
    this.leases = new DerivedLeases(layout.leases());
  }

  /**
   * The derived directories of a cache.
   *
   * @param config says where the cache is, how large it may be, and whether uses are verified
   * @param warn receives sentences about damage and limits
   * @return an object that has not touched any file yet
   */
  public static DerivedCache of(ParConfig config, Consumer<String> warn) {
    return new DerivedCache(config, warn);
  }

  /**
   * The directory of a key. Makes it if it is missing or damaged.
   *
   * @param kind such as {@code python}
   * @param key a digest of everything that decides its content
   * @param timeout how long to wait for another process that makes the same directory
   * @param maker fills the directory
   * @return the complete directory, leased until this process ends
   * @throws InterruptedException when the boot is stopped
   */
  @SuppressWarnings("try") // The lock is held, not used.
  public Made get(String kind, Digest key, Duration timeout, Maker maker)
      throws InterruptedException {
    Path place = layout.place(kind, key);
    try {
      Files.createDirectories(layout.temporary());
      leases.take(place);
      Optional<Made> present = present(place);
      if (present.isPresent()) {
        return present.get();
      }
      try (var lock = lock(place, timeout)) {
        present = present(place);
        return present.isPresent() ? present.get() : make(place, maker);
      }
    } catch (IOException e) {
      throw DiskErrors.of("make the directory " + place, place, e);
    }
  }

  /**
   * The directory of a key, if it exists and is undamaged.
   *
   * @param kind as for {@link #get}
   * @param key as for {@link #get}
   * @return the directory, leased until this process ends
   */
  public Optional<Made> find(String kind, Digest key) {
    Path place = layout.place(kind, key);
    try {
      if (!Files.isDirectory(place)) {
        return Optional.empty();
      }
      leases.take(place);
      return present(place);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /**
   * Leases the directories that this process uses for another process of this machine, too, until
   * that ends.
   *
   * @param user the process
   * @throws IOException when a lease cannot be written
   */
  public void leaseFor(ProcessId user) throws IOException {
    leases.takeFor(user);
  }

  /**
   * Null if another process holds the lock for too long: both then do the work and the first one
   * wins.
   */
  private @Nullable FileMutex lock(Path place, Duration timeout) throws InterruptedException {
    try {
      return FileMutex.lock(
          layout.temporary().resolve(place.getFileName() + ".lock"),
          timeout,
          config.cache().locks() ? Optional.of(FileChannel::tryLock) : Optional.empty(),
          new CountDownLatch(1));
    } catch (ParException e) {
      return null;
    }
  }

  private Optional<Made> present(Path place) throws IOException {
    if (!Files.isDirectory(place)) {
      return Optional.empty();
    }
    SealFile seal = new SealFile(place);
    Optional<SealFile.Contents> record = seal.read();
    Optional<String> damage = damage(place, record);
    if (damage.isPresent()) {
      warn.accept("The directory " + place + " " + damage.get() + ". PAR makes it again.");
      return Optional.empty();
    }
    seal.touch();
    return Optional.of(
        new Made(place, true, record.map(SealFile.Contents::facts).orElseGet(Map::of)));
  }

  private Optional<String> damage(Path place, Optional<SealFile.Contents> record)
      throws IOException {
    if (record.isEmpty()) {
      return Optional.of("has no seal");
    }
    if (!config.cache().verifyDigests()
        || DirectorySeal.times(place).equals(record.get().seal().times())) {
      return Optional.empty();
    }
    Optional<String> damage = contentDamage(place, record.get());
    if (damage.isEmpty()) {
      // A copy or a link changed only the times. Record them, so that the next boot compares times.
      reseal(place, record.get());
    }
    return damage;
  }

  static Optional<String> contentDamage(Path place, SealFile.Contents record) throws IOException {
    List<String> found = DirectorySeal.contentLines(place);
    if (DirectorySeal.contentDigest(found).equals(record.seal().content())) {
      return Optional.empty();
    }
    return DirectorySeal.difference(new SealFile(place).readFiles(), found)
        .or(() -> Optional.of("has other content than its seal records"));
  }

  private void reseal(Path place, SealFile.Contents record) {
    try {
      DirectorySeal now = DirectorySeal.of(place, new SealFile(place).readFiles());
      new SealFile(place)
          .write(
              new SealFile.Contents(
                  new DirectorySeal(now.files(), now.bytes(), now.times(), record.seal().content()),
                  record.facts()),
              layout.newTemporary(place, "seal"));
    } catch (IOException e) {
      // The cache is read-only, so every use compares the content.
    }
  }

  private Made make(Path place, Maker maker) throws IOException, InterruptedException {
    sweep();
    Path staging = Files.createDirectory(layout.newTemporary(place, "making"));
    try {
      Map<String, Object> facts = new LinkedHashMap<>(maker.make(staging, place));
      closeContentToWrites(staging);
      List<String> lines = DirectorySeal.contentLines(staging);
      var record = new SealFile.Contents(DirectorySeal.of(staging, lines), Map.copyOf(facts));
      removeDamaged(place);
      // Write the seal first, so that each existing directory has one.
      SealFile seal = new SealFile(place);
      seal.writeFiles(lines, layout.newTemporary(place, "files"));
      seal.write(record, layout.newTemporary(place, "seal"));
      AtomicFiles.publish(staging, place);
      // Last, because a read-only directory cannot be moved to another parent.
      closeToWrites(place);
      keepWithinLimits();
      return new Made(place, false, record.facts());
    } finally {
      AtomicFiles.deleteTree(staging);
    }
  }

  /** Removes a damaged directory. Called only when its successor is ready. */
  private void removeDamaged(Path place) throws IOException {
    if (Files.isDirectory(place)) {
      Path gone = layout.newTemporary(place, "damaged");
      AtomicFiles.rename(place, gone);
      AtomicFiles.deleteTree(gone);
    }
  }

  private void keepWithinLimits() {
    try {
      CacheLimits.enforce(config);
    } catch (ParException e) {
      warn.accept("The cache could not be kept within its limits: " + e.getMessage());
    }
  }

  private static void closeContentToWrites(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        if (!file.equals(directory) && !Files.isSymbolicLink(file)) {
          closeToWrites(file);
        }
      }
    }
  }

  static void closeToWrites(Path file) throws IOException {
    Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
    if (modes.removeAll(
        EnumSet.of(
            PosixFilePermission.OWNER_WRITE,
            PosixFilePermission.GROUP_WRITE,
            PosixFilePermission.OTHERS_WRITE))) {
      Files.setPosixFilePermissions(file, modes);
    }
  }

  /** Deletes the unfinished directories of killed boots. */
  private void sweep() throws IOException {
    for (Path leftover : AtomicFiles.list(layout.temporary(), "*")) {
      boolean lock = leftover.getFileName().toString().endsWith(".lock");
      if (!lock && ProcessId.isStale(leftover, Instant.now())) {
        AtomicFiles.discard(leftover);
      }
    }
  }

  /**
   * Deletes a directory with its content, including read-only trees.
   *
   * @param directory may be absent
   */
  public static void deleteQuietly(Path directory) {
    AtomicFiles.discard(directory);
  }

  /**
   * Computes a key from texts.
   *
   * @param parts everything that decides the content, in order
   * @return their digest
   */
  public static Digest key(List<String> parts) {
    MessageDigest sha256 = Sha256.start();
    for (String part : parts) {
      byte[] bytes = part.getBytes(StandardCharsets.UTF_8);
      // With its length, so that two different lists never give the same bytes.
      sha256.update((bytes.length + ":").getBytes(StandardCharsets.UTF_8));
      sha256.update(bytes);
    }
    return Digest.ofSha256(sha256.digest());
  }
}
