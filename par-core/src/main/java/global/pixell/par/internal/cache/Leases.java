package global.pixell.par.internal.cache;

import global.pixell.par.CachedPackage.User;
import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Cancellation;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.RecordFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Leases: a file for each use of a package. The only way to remove a package that is not in use.
 *
 * <p>A user writes its lease and then looks for an intent to evict; an evictor writes its intent
 * and then looks for leases. So at least one of the two sees the other, without a lock. If the
 * evictor sees a lease, it gives up; if the user sees an intent, it waits.
 *
 * <p>An intent is a folder, and evicting means moving the package into it. A user that has waited
 * too long moves the folder away; the evictor can then no longer continue.
 *
 * <p>A lease is valid while its process is alive. If we cannot look its process up, the lease is
 * valid while its heartbeat is younger than {@link ProcessId#STALE}. Thread-safe.
 */
final class Leases implements AutoCloseable {

  /** Less than a tenth of {@link ProcessId#STALE}, so that some beats may be lost. */
  static final Duration HEARTBEAT = Duration.ofSeconds(30);

  /** An intent lasts for milliseconds, unless its process hangs. */
  private static final Duration EVICTOR_TIMEOUT = Duration.ofSeconds(10);

  private static final ProcessId SELF = ProcessId.current();

  private final CacheLayout layout;
  private final InstantSource clock;
  private final Duration evictorTimeout;
  private final Map<Digest, Lease> own = new HashMap<>();
  private boolean closed;

  /** How often this process has taken a package, and its lease file. */
  private static final class Lease {
    private final Path lease;
    private int uses;

    Lease(Path lease) {
      this.lease = lease;
    }
  }

  Leases(CacheLayout layout, InstantSource clock) {
    this(layout, clock, EVICTOR_TIMEOUT);
  }

  /**
   * @param evictorTimeout how long to wait for an evictor before its intent is cancelled
   */
  Leases(CacheLayout layout, InstantSource clock, Duration evictorTimeout) {
    this.layout = layout;
    this.clock = clock;
    this.evictorTimeout = evictorTimeout;
  }

  /**
   * Takes a package into use until it is released as often as it was taken, or until close. When
   * this returns, nobody is evicting it.
   *
   * @return why the lease could not be written, for instance on a full or read-only disk; the
   *     package can be used all the same. Others may then evict it, until a heartbeat succeeds in
   *     writing the lease.
   */
  synchronized Optional<IOException> take(Digest digest) throws IOException, InterruptedException {
    throwIfClosed();
    Lease use = own.computeIfAbsent(digest, d -> new Lease(layout.lease(d, SELF)));
    use.uses++;
    Optional<IOException> failure = write(use);
    if (failure.isEmpty()) {
      boolean undisturbed = false;
      try {
        awaitEvictors(digest);
        undisturbed = true;
      } finally {
        if (!undisturbed) {
          release(digest);
        }
      }
    }
    return failure;
  }

  /**
   * Leases a package for another process until that ends. The package must be in use here until
   * this returns; nobody is evicting it then. There is no heartbeat for such a lease.
   *
   * @throws IOException when the lease cannot be written
   */
  void takeFor(ProcessId user, Digest digest) throws IOException, InterruptedException {
    Path lease = Files.createFile(layout.lease(digest, user));
    describe(lease, user);
    awaitEvictors(digest);
  }

  private void throwIfClosed() {
    if (closed) {
      throw Cancellation.closed();
    }
  }

  private Optional<IOException> write(Lease use) {
    try {
      if (!Files.exists(use.lease)) {
        Files.createFile(use.lease);
        describe(use.lease, SELF);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  private void describe(Path lease, ProcessId user) {
    try {
      Files.write(lease, user.toRecord(clock.instant()).bytes());
    } catch (IOException e) {
      // The content is for people; the name of the file is enough, and a full disk takes no more.
    }
  }

  /**
   * Waits for the evictors that may have looked for leases before ours was written. Later ones see
   * our lease.
   */
  private synchronized void awaitEvictors(Digest digest) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + evictorTimeout.toNanos();
    for (Path evictor : intents(digest)) {
      while (Files.exists(evictor)) {
        throwIfClosed();
        if (System.nanoTime() - deadline >= 0) {
          cancelIntent(evictor);
        } else {
          // Not Thread.sleep, because close needs this monitor.
          wait(1);
        }
      }
    }
  }

  /** Moves an intent away together with what was moved into it; another process may be faster. */
  private void cancelIntent(Path intent) throws IOException {
    Path discarded = layout.temporary();
    try {
      Files.move(intent, discarded, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.discard(discarded);
    } catch (NoSuchFileException e) {
      // Cancelled by another process.
    }
  }

  private List<Path> intents(Digest digest) throws IOException {
    return living(digest.hex() + CacheLayout.EVICTS + "*");
  }

  /** Ends one use of a package. */
  synchronized void release(Digest digest) {
    Lease use = own.get(digest);
    if (use != null && --use.uses == 0) {
      own.remove(digest);
      delete(use.lease);
    }
  }

  /** The valid leases of a package, of all processes. */
  List<Path> users(Digest digest) throws IOException {
    return living(digest.hex() + ".*").stream().filter(f -> !isIntent(f)).toList();
  }

  /** The process of a lease, as far as it is recorded. */
  static User user(Path lease) {
    try {
      RecordFile record = RecordFile.read(lease);
      return new User(record.number("pid"), record.text("host"), record.time("since"));
    } catch (IOException e) {
      return new User(OptionalLong.empty(), Optional.empty(), Optional.empty());
    }
  }

  private static boolean isIntent(Path file) {
    return file.getFileName().toString().contains(CacheLayout.EVICTS);
  }

  /** The files whose owners are alive; stale ones are deleted. */
  private List<Path> living(String form) throws IOException {
    var living = new ArrayList<Path>();
    for (Path file : AtomicFiles.list(layout.leases(), form)) {
      if (ProcessId.isStale(file, clock.instant())) {
        delete(file);
      } else {
        living.add(file);
      }
    }
    return living;
  }

  /** Removes a package that is not in use. */
  interface Removal {
    /**
     * Moves the package into a folder.
     *
     * @throws NoSuchFileException when the folder is gone: then the package is in use again
     */
    void moveInto(Path folder) throws IOException;
  }

  /**
   * Removes a package unless it is in use.
   *
   * @return whether it was removed
   */
  boolean evict(Digest digest, Removal removal) throws IOException {
    Path intent = Files.createDirectory(layout.eviction(digest));
    try {
      if (!users(digest).isEmpty()) {
        return false;
      }
      removal.moveInto(intent);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    } finally {
      cancelIntent(intent);
    }
  }

  /** Shows other machines that this process is alive, and rewrites lost leases. */
  void beat() {
    Instant now = clock.instant();
    for (Path directory : List.of(layout.leases(), layout.temporaryFiles())) {
      try {
        AtomicFiles.list(directory, "*" + SELF + "*").forEach(file -> touch(file, now));
      } catch (IOException e) {
        // The work itself will report the trouble of the disk.
      }
    }
    rewriteLost();
  }

  /** Another process may have swept our leases if this one was suspended for long. */
  private synchronized void rewriteLost() {
    own.values().forEach(this::write);
  }

  private static void touch(Path file, Instant now) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(now));
    } catch (IOException e) {
      // Deleted meanwhile.
    }
  }

  /** Deletes stale leases and intents. */
  void sweep() throws IOException {
    living("*");
  }

  private void delete(Path file) {
    try {
      if (isIntent(file)) {
        cancelIntent(file);
      } else {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The next process deletes it.
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    own.values().forEach(use -> delete(use.lease));
    own.clear();
    notifyAll();
  }
}
