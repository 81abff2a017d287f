package global.pixell.par.internal.cache;

import global.pixell.par.CacheConfig;
import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Disk;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.Heartbeat;
import global.pixell.par.internal.io.ProcessId;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Packages by the digest of their bytes. An entry is whole or absent and never changes, so that
 * readers need no lock. A package in use is not evicted before it is released or all is closed.
 *
 * <p>Thread-safe.
 */
public final class PackageCache implements AutoCloseable {

  /** The package that an address named when PAR last asked S3. */
  public record Ref(Digest digest, Optional<String> eTag, Optional<String> versionId) {}

  /** Deletes the partial downloads that nobody has written to since an instant. */
  public interface PartialsSweep {
    void sweep(Instant before) throws IOException;
  }

  /** Learns which packages the calling thread takes into use, and which it gives back. */
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

  private final CacheLayout layout;
  private final CacheConfig config;
  private final InstantSource clock;
  private final Duration heartbeatInterval;
  private final BooleanSupplier cancelled;
  private final Leases leases;
  private final CacheRefs refs;
  private final Quarantine quarantine;
  private final Eviction eviction;
  private final BlobStore blobs;
  private final TreeStore trees;
  private final CacheSpace space;
  private final CountDownLatch closed = new CountDownLatch(1);
  private @Nullable Heartbeat heartbeat;
  private volatile @Nullable IOException unusable;

  /**
   * A cache that is not opened yet.
   *
   * @param cancelled asked while archives are hashed; true ends the calling thread's work
   */
  public PackageCache(
      CacheConfig config,
      Consumer<ParEvent.Detail> events,
      PartialsSweep partials,
      UseListener uses,
      BooleanSupplier cancelled) {
    this(
        config,
        events,
        InstantSource.system(),
        () -> Disk.of(config.directory()).freeBytes().orElse(Long.MAX_VALUE),
        Leases.HEARTBEAT,
        partials,
        uses,
        cancelled);
  }

  PackageCache(
      CacheConfig config,
      Consumer<ParEvent.Detail> events,
      InstantSource clock,
      LongSupplier freeBytes,
      Duration heartbeatInterval,
      PartialsSweep partials,
      UseListener uses,
      BooleanSupplier cancelled) {
    this.layout = new CacheLayout(config.directory());
    this.config = config;
    this.clock = clock;
    this.heartbeatInterval = heartbeatInterval;
    this.cancelled = () -> closed.getCount() == 0 || cancelled.getAsBoolean();
    this.leases = new Leases(layout, clock);
    this.refs = new CacheRefs(layout);
    this.quarantine = new Quarantine(layout, clock);
    this.eviction =
        new Eviction(
            layout,
            leases,
            new Eviction.Limits(config.maxBytes(), config.maxAge(), config.minFreeBytes()),
            clock,
            freeBytes);
    var warnings = new CacheWarnings(layout, events);
    boolean verify = config.verifyDigests();
    this.blobs =
        new BlobStore(
            layout,
            verify,
            new PackageUses(layout, leases, uses, warnings),
            quarantine,
            warnings,
            clock,
            this.cancelled);
    this.trees = new TreeStore(layout, verify, quarantine, warnings, this.cancelled);
    this.space =
        new CacheSpace(layout, eviction, partials, config.locks(), warnings, clock, freeBytes);
  }

  /**
   * Makes the directories, and clears what killed processes left behind. A cache that cannot be
   * written still serves what it has; the first write fails.
   */
  public void open() {
    try {
      Files.createDirectories(layout.temporaryFiles());
      Files.createDirectories(layout.leases());
      requireWritable();
      startHeartbeat();
      sweep();
      unusable = null;
    } catch (IOException e) {
      unusable = e;
    }
  }

  /** On a read-only file system, creating directories that exist succeeds. */
  private void requireWritable() throws IOException {
    if (!Files.isWritable(layout.temporaryFiles())) {
      // isWritable gives no reason; the exception of a failed write does.
      Path probe = layout.temporary();
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
      space.sweepPartials();
      leases.sweep();
    } catch (IOException e) {
      // Leftovers only cost space; the next start tries again.
    }
  }

  private synchronized void startHeartbeat() {
    if (heartbeat == null && closed.getCount() > 0) {
      heartbeat = new Heartbeat(heartbeatInterval, leases::beat);
    }
  }

  /**
   * A new path for work in progress.
   *
   * @throws ParException of kind {@code DISK} when the cache cannot be written
   */
  public Path temporary() {
    IOException reason = unusable;
    if (reason != null) {
      throw DiskErrors.of("open the cache " + layout.root(), layout.root(), reason);
    }
    return layout.temporary();
  }

  /** Lets one process at a time fetch one package; the others then find it in the cache. */
  public FileMutex lock(String key, Optional<Duration> within) throws InterruptedException {
    Duration timeout = config.lockTimeout();
    return FileMutex.lock(
        layout.lock(key),
        within.filter(time -> time.compareTo(timeout) < 0).orElse(timeout),
        config.locks() ? Optional.of(FileChannel::tryLock) : Optional.empty(),
        closed);
  }

  /** A verified archive, in use from now on. A bad one goes to quarantine and counts as absent. */
  public Optional<Path> blob(Digest digest) {
    return blobs.find(digest);
  }

  /** Ends one use of a package; it may be evicted after the last one. */
  public void release(Digest digest) {
    leases.release(digest);
  }

  /** Whether a tree directory exists. Does not verify it; cheap, use as a hint only. */
  public boolean hasTree(Digest digest) {
    return trees.exists(digest);
  }

  /** The complete tree of an archive that is verified and in use. */
  public Optional<Path> tree(Digest digest) {
    return trees.find(digest);
  }

  /** Takes in a verified file, which is in use from now on. */
  public Path publishBlob(Path verified, Digest digest) {
    return blobs.publish(verified, digest);
  }

  /**
   * Takes in a complete, read-only tree whose archive is in the cache, then enforces the limits.
   */
  public Path publishTree(StagedTree staged, Digest digest) {
    Path tree = trees.publish(staged, digest);
    space.enforceLimits();
    return tree;
  }

  /**
   * Makes sure that so many bytes are free, by eviction where necessary.
   *
   * @param what what needs them, as the beginning of a sentence
   * @throws ParException of kind {@code DISK} with the numbers, when they are not
   */
  public void requireSpace(String what, long bytes) {
    space.require(what, bytes);
  }

  /** Work on a cache as a whole. */
  public interface Maintenance<T> {
    T run(CacheMaintenance maintenance) throws IOException;
  }

  /** Runs maintenance; an {@link IOException} becomes a failure of kind {@code DISK}. */
  public <T> T maintain(Maintenance<T> maintenance) {
    try {
      return maintenance.run(
          new CacheMaintenance(layout, refs, leases, eviction, quarantine, cancelled));
    } catch (IOException e) {
      throw DiskErrors.of("look after the cache " + layout.root(), layout.root(), e);
    }
  }

  /** What an address led to; an unreadable record counts as absent. */
  public Optional<Ref> ref(String address) {
    return refs.find(address).map(CacheRefs.Known::ref);
  }

  /** Every address whose package is in the cache. */
  public List<CacheRefs.Known> knownAddresses() {
    try {
      return refs.all().stream()
          .filter(known -> Files.isRegularFile(layout.blob(known.ref().digest())))
          .toList();
    } catch (IOException e) {
      throw DiskErrors.of("read the cache " + layout.root(), e);
    }
  }

  /** Records what an address led to. */
  public void rememberRef(String address, Ref ref) {
    try {
      refs.remember(address, ref, clock.instant());
    } catch (IOException e) {
      throw DiskErrors.of("record in the cache what " + address + " is", layout.root(), e);
    }
  }

  /** Ends all uses and every wait for a lock. */
  @Override
  public synchronized void close() {
    closed.countDown();
    if (heartbeat != null) {
      heartbeat.close();
    }
    leases.close();
  }
}
