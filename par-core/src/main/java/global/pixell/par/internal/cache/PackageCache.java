package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.EvictionResult.Outcome;
import global.pixell.par.ParConfig.CacheConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.Heartbeat;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Packages by the digest of their bytes. An entry is whole or absent; entries are never changed, so
 * no reader needs a lock. What is handed out is kept from eviction until {@link #close}.
 *
 * <p>Thread-safe.
 */
public final class PackageCache implements AutoCloseable {

  /** What an address held when it was last asked. */
  public record Ref(Digest digest, Optional<String> eTag, Optional<String> versionId) {}

  /** Who boots again goes on with what is here of its package; a day later nobody does. */
  private static final Duration PARTIALS_KEPT = Duration.ofDays(1);

  private final CacheLayout layout;
  private final CacheConfig policy;
  private final UseListener uses;
  private final Consumer<ParEvent.Detail> events;
  private final InstantSource clock;
  private final LongSupplier freeBytes;
  private final Leases leases;
  private final CacheRefs refs;
  private final PartialsSweep partials;
  private final Quarantine quarantine;
  private final Eviction eviction;
  private final Duration heartbeatEvery;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Heartbeat heartbeat;
  private volatile @Nullable IOException unusable;

  public PackageCache(
      CacheConfig config,
      Consumer<ParEvent.Detail> events,
      PartialsSweep partials,
      UseListener uses) {
    this(
        config,
        events,
        InstantSource.system(),
        () -> Eviction.freeBytesAt(config.directory()),
        Leases.HEARTBEAT,
        partials,
        uses);
  }

  PackageCache(
      CacheConfig config,
      Consumer<ParEvent.Detail> events,
      InstantSource clock,
      LongSupplier freeBytes,
      Duration heartbeatEvery,
      PartialsSweep partials,
      UseListener uses) {
    this.layout = new CacheLayout(config.directory());
    this.policy = config;
    this.uses = uses;
    this.events = events;
    this.clock = clock;
    this.freeBytes = freeBytes;
    this.heartbeatEvery = heartbeatEvery;
    this.leases = new Leases(layout, clock);
    this.refs = new CacheRefs(layout);
    this.quarantine = new Quarantine(layout, clock);
    this.partials = partials;
    this.eviction =
        new Eviction(
            layout,
            leases,
            new Eviction.Limits(config.maxBytes(), config.maxAge(), config.minFreeBytes()),
            clock,
            freeBytes);
  }

  /**
   * Makes the directories, and clears what killed processes left behind. A cache that cannot be
   * written still answers with what it holds; the first write fails.
   */
  public void open() {
    try {
      Files.createDirectories(layout.temporaryFiles());
      Files.createDirectories(layout.leases());
      proveWritable();
      startHeartbeat();
      sweep();
      unusable = null;
    } catch (IOException e) {
      unusable = e;
    }
  }

  /** A read-only file system lets everything above pass where the directories are there already. */
  private void proveWritable() throws IOException {
    if (!Files.isWritable(layout.temporaryFiles())) {
      Path probe = layout.temporary();
      // Tried for its reason, which a plain no does not tell.
      Files.createFile(probe);
      Files.delete(probe);
    }
  }

  private void sweep() {
    try {
      for (Path leftover : AtomicFiles.list(layout.temporaryFiles(), "*")) {
        if (ProcessId.isStale(leftover, clock.instant())) {
          AtomicFiles.discard(leftover);
        }
      }
      partials.sweep(clock.instant().minus(PARTIALS_KEPT));
      leases.sweep();
    } catch (IOException e) {
      // What is left lies there until the next start; it keeps nobody from working.
    }
  }

  private synchronized void startHeartbeat() {
    if (heartbeat == null && closed.getCount() > 0) {
      heartbeat = new Heartbeat(heartbeatEvery, leases::beat);
    }
  }

  /** A new name for work in progress. */
  public Path temporary() {
    IOException reason = unusable;
    if (reason != null) {
      throw DiskErrors.of("open the cache " + layout.root(), layout.root(), reason);
    }
    return layout.temporary();
  }

  /** One process at a time fetches one package; the others find it done. */
  public FileMutex lock(String key, Optional<Duration> within) throws InterruptedException {
    Duration timeout = policy.lockTimeout();
    return FileMutex.lock(
        layout.lock(key),
        within.filter(time -> time.compareTo(timeout) < 0).orElse(timeout),
        policy.locks() ? Optional.of(FileChannel::tryLock) : Optional.empty(),
        closed);
  }

  /** The blob, proved anew and in use from now on; a bad one is put aside and counts as absent. */
  public Optional<Path> blob(Digest digest) {
    Path blob = layout.blob(digest);
    if (!Files.isRegularFile(blob)) {
      return Optional.empty();
    }
    use(digest);
    try {
      if (isProved(blob, digest)) {
        touch(blob);
        return Optional.of(blob);
      }
    } catch (NoSuchFileException e) {
      // Evicted before it was in use.
    } catch (IOException e) {
      throw DiskErrors.of("read the cached package " + blob, e);
    }
    leases.release(digest);
    uses.released(digest);
    return Optional.empty();
  }

  /** Ends one use of a package; it may be evicted after the last one. */
  public void release(Digest digest) {
    leases.release(digest);
  }

  /** What another process has renewed while this one found it bad is looked at anew. */
  private boolean isProved(Path blob, Digest digest) throws IOException {
    while (true) {
      Optional<Object> key = AtomicFiles.fileKey(blob);
      Optional<String> damage = damage(blob, digest);
      if (damage.isEmpty()) {
        return true;
      }
      // Without a seal, the tree is trusted again only after its every byte was compared.
      Files.deleteIfExists(layout.fingerprint(digest));
      if (quarantine.moveIfSame(blob, digest, key, layout.temporary())) {
        warn("The cached package " + digest + " " + damage.get() + ".");
        return false;
      }
    }
  }

  private Optional<String> damage(Path blob, Digest digest) throws IOException {
    Optional<TreeFingerprint> seal = TreeFingerprint.read(layout.fingerprint(digest));
    long size = Files.size(blob);
    if (seal.isPresent() && seal.get().packageBytes() != size) {
      return Optional.of("has " + size + " bytes instead of " + seal.get().packageBytes());
    }
    if (seal.isPresent() && !policy.verifyDigests()) {
      return Optional.empty();
    }
    Digest found = Sha256.of(blob);
    return found.equals(digest) ? Optional.empty() : Optional.of("has the bytes of " + found);
  }

  /** The time a blob was last changed is the time it was last used, for it never changes. */
  private void touch(Path blob) {
    try {
      Files.setLastModifiedTime(blob, FileTime.from(clock.instant()));
    } catch (IOException e) {
      // Another user's, or a read-only disk; it counts as used when its owner used it.
    }
  }

  private void use(Digest digest) {
    try {
      Optional<IOException> unnoted = leases.take(digest);
      uses.taken(digest);
      unnoted.filter(e -> !isOthersCache()).ifPresent(e -> warnOfUse(digest, e));
    } catch (IOException e) {
      throw DiskErrors.of("note in the cache that " + digest + " is in use", layout.leases(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParException(
          Kind.CANCELLED, "The fetch of " + digest + " was stopped.", "Fetch again.");
    }
  }

  /** A cache that this process may only read is looked after by those who may write. */
  private boolean isOthersCache() {
    return !Files.isWritable(layout.leases());
  }

  private void warnOfUse(Digest digest, IOException e) {
    events.accept(
        new ParEvent.Warned(
            DiskErrors.of("note in the cache that " + digest + " is in use", layout.leases(), e)
                .getMessage(),
            "Until it can, leave the cleaning of the cache to other times."));
  }

  /** Whether there is a tree, be it sound or not; for guesses, at the price of one look. */
  public boolean hasTree(Digest digest) {
    return Files.isDirectory(layout.tree(digest));
  }

  /** The unpacked tree of a proved blob, where it is there and whole. */
  public Optional<Path> tree(Digest digest) {
    Path tree = layout.tree(digest);
    if (!Files.isDirectory(tree)) {
      return Optional.empty();
    }
    try {
      Optional<TreeFingerprint> seal = TreeFingerprint.read(layout.fingerprint(digest));
      Optional<String> damage;
      if (seal.isEmpty()) {
        TreeVerifier check = TreeVerifier.of(tree, layout.blob(digest));
        damage = check.damage();
        if (damage.isEmpty()) {
          seal(digest, check.fingerprint());
        }
      } else {
        damage = policy.verifyDigests() ? seal.get().damage(tree) : Optional.empty();
      }
      if (damage.isEmpty()) {
        closeToWrites(tree);
        return Optional.of(tree);
      }
      warn("The unpacked package " + tree + " " + damage.get() + ".");
      return Optional.empty();
    } catch (IOException e) {
      throw DiskErrors.of("read the unpacked package " + tree, e);
    }
  }

  /** Where its publisher was killed between its two last steps, it still is open. */
  private static void closeToWrites(Path tree) {
    try {
      AtomicFiles.setReadOnly(tree);
    } catch (IOException e) {
      // Another user's, or a read-only disk.
    }
  }

  private void seal(Digest digest, TreeFingerprint seal) throws IOException {
    AtomicFiles.write(layout.fingerprint(digest), temporary(), seal.toRecord().bytes());
  }

  private void warn(String damage) {
    events.accept(
        new ParEvent.Warned(
            damage,
            "It is renewed now; if this comes again, check the disk, and that no agent writes into the cache."));
  }

  /** Takes a verified file in. */
  public Path publishBlob(Path verified, Digest digest) {
    Path blob = layout.blob(digest);
    use(digest);
    try {
      AtomicFiles.setReadOnly(verified);
      AtomicFiles.publish(verified, blob);
      return blob;
    } catch (IOException e) {
      throw DiskErrors.of("put the package into the cache at " + blob, blob, e);
    }
  }

  /** Takes a complete tree in, whose content nobody may write to already; its blob is there. */
  public Path publishTree(StagedTree unpacked, Digest digest) {
    Path tree = layout.tree(digest);
    try {
      if (Files.isDirectory(tree) && !replaceDamaged(tree, digest)) {
        AtomicFiles.deleteTree(unpacked.staging());
      } else {
        // First, so that a tree that is there has its seal.
        seal(digest, unpacked.fingerprint());
        AtomicFiles.publish(unpacked.staging(), tree);
      }
      // Last, for a directory that may not be written cannot be moved to another parent.
      AtomicFiles.setReadOnly(tree);
      evictAfterPublish();
      return tree;
    } catch (IOException e) {
      throw DiskErrors.of("put the unpacked package into the cache at " + tree, tree, e);
    }
  }

  /** Puts a damaged tree aside; a sound one, which another process made meanwhile, stays. */
  private boolean replaceDamaged(Path tree, Digest digest) throws IOException {
    try {
      Optional<Object> key = AtomicFiles.fileKey(tree);
      return TreeVerifier.of(tree, layout.blob(digest)).damage().isPresent()
          && quarantine.moveIfSame(tree, digest, key, layout.temporary());
    } catch (NoSuchFileException e) {
      // Another process was first.
      return true;
    }
  }

  private void evictAfterPublish() {
    try {
      for (Eviction.Result result : eviction.run(0)) {
        if (result.outcome() == Outcome.FAILED) {
          warnOfLimits(result.entry().digest() + ": " + result.reason());
        }
      }
    } catch (IOException e) {
      warnOfLimits(e.toString());
    }
  }

  private void warnOfLimits(String reason) {
    events.accept(
        new ParEvent.Warned(
            "The cache " + layout.root() + " could not be kept within its limits: " + reason + ".",
            "Check who owns the files in it; par cache gc tries again."));
  }

  /**
   * Makes sure of space on the disk, by eviction where it must be.
   *
   * @param what what needs it, as the beginning of a sentence
   * @throws ParException of kind {@code DISK} with the numbers, when there is not enough
   */
  public void requireSpace(String what, long bytes) {
    if (freeBytes.getAsLong() >= bytes) {
      return;
    }
    try {
      // What waits to be gone on with is worth less than what is whole; one under way is spared.
      partials.sweep(policy.locks() ? clock.instant() : clock.instant().minus(PARTIALS_KEPT));
      List<Eviction.Result> results = eviction.run(bytes);
      long free = freeBytes.getAsLong();
      if (free < bytes) {
        long held =
            results.stream().filter(f -> !f.evicted()).mapToLong(f -> f.entry().bytes()).sum();
        throw DiskErrors.tooSmall(what, bytes, free, layout.root(), held);
      }
    } catch (IOException e) {
      throw DiskErrors.of("make room in the cache " + layout.root(), layout.root(), e);
    }
  }

  /** Deletes the partial downloads that nobody has written to since an instant. */
  public interface PartialsSweep {
    void sweep(Instant before) throws IOException;
  }

  /** Hears which packages the calling thread takes into use, and which it gives back. */
  public interface UseListener {

    /** For caches whose uses end with the cache. */
    UseListener NONE =
        new UseListener() {
          @Override
          public void taken(Digest digest) {}

          @Override
          public void released(Digest digest) {}
        };

    void taken(Digest digest);

    void released(Digest digest);
  }

  /** Work on the cache as a whole. */
  public interface Maintenance<T> {
    T run(CacheMaintenance maintenance) throws IOException;
  }

  /** Runs maintenance; an {@link IOException} becomes a failure of kind {@code DISK}. */
  public <T> T maintain(Maintenance<T> maintenance) {
    try {
      return maintenance.run(new CacheMaintenance(layout, refs, leases, eviction, quarantine));
    } catch (IOException e) {
      throw DiskErrors.of("look after the cache " + layout.root(), layout.root(), e);
    }
  }

  /** What the address held; an unreadable record counts as none. */
  public Optional<Ref> ref(String address) {
    return refs.find(address).map(CacheRefs.Known::ref);
  }

  /** Every address that leads to a package that is here, and what it held. */
  public List<CacheRefs.Known> knownAddresses() {
    try {
      return refs.all().stream()
          .filter(known -> Files.isRegularFile(layout.blob(known.ref().digest())))
          .toList();
    } catch (IOException e) {
      throw DiskErrors.of("read the cache " + layout.root(), e);
    }
  }

  public void rememberRef(String address, Ref ref) {
    try {
      refs.remember(address, ref, clock.instant());
    } catch (IOException e) {
      throw DiskErrors.of("note in the cache what " + address + " held", layout.root(), e);
    }
  }

  /** What was handed out may be evicted from now on. */
  @Override
  public synchronized void close() {
    closed.countDown();
    if (heartbeat != null) {
      heartbeat.close();
    }
    leases.close();
  }
}
