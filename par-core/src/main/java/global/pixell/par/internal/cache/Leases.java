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
 * Who uses which package, as a file for each use; and the one way to remove what nobody uses.
 *
 * <p>A user writes its lease and then looks for an intent to evict; an evictor writes its intent
 * and then looks for leases. So at least one of the two sees the other, without a lock, and it is
 * the evictor that gives way.
 *
 * <p>An intent is a folder, and to evict means to move into it. So a user that will not wait for an
 * evictor any longer moves the folder away, and then the evictor cannot do what it stopped before.
 *
 * <p>A lease is alive while its process lives, where that can be seen, else while its heartbeat is
 * younger than {@link ProcessId#STALE}. Thread-safe.
 */
final class Leases implements AutoCloseable {

  /** A tenth of {@link ProcessId#STALE} and less, so that a beat or two may be lost. */
  static final Duration HEARTBEAT = Duration.ofSeconds(30);

  /** An intent lasts for milliseconds; one that lasts longer is of a process that hangs. */
  private static final Duration EVICTOR_TIMEOUT = Duration.ofSeconds(10);

  private final CacheLayout layout;
  private final InstantSource clock;
  private final Duration evictorTimeout;
  private final Map<Digest, Lease> own = new HashMap<>();
  private boolean closed;

  /** How often this process took a package, and where that is noted. */
  private static final class Lease {
    private final Path lease;
    private int times;

    Lease(Path lease) {
      this.lease = lease;
    }
  }

  Leases(CacheLayout layout, InstantSource clock) {
    this(layout, clock, EVICTOR_TIMEOUT);
  }

  /**
   * @param evictorTimeout how long to wait for an evictor
   */
  Leases(CacheLayout layout, InstantSource clock, Duration evictorTimeout) {
    this.layout = layout;
    this.clock = clock;
    this.evictorTimeout = evictorTimeout;
  }

  /**
   * Takes a package into use until it is released as often as it was taken, or all is closed. When
   * this returns nobody is evicting it.
   *
   * @return why that could not be noted: then others may evict it, until a heartbeat has better
   *     luck. A full or read-only disk is no reason to leave a package that is there alone.
   */
  synchronized Optional<IOException> take(Digest digest) throws IOException, InterruptedException {
    throwIfClosed();
    Lease use = own.computeIfAbsent(digest, d -> new Lease(layout.lease(d)));
    use.times++;
    Optional<IOException> unnoted = note(use);
    if (unnoted.isEmpty()) {
      boolean free = false;
      try {
        awaitEvictors(digest);
        free = true;
      } finally {
        if (!free) {
          release(digest);
        }
      }
    }
    return unnoted;
  }

  private void throwIfClosed() {
    if (closed) {
      throw Cancellation.closed();
    }
  }

  private Optional<IOException> note(Lease use) {
    try {
      if (!Files.exists(use.lease)) {
        Files.createFile(use.lease);
        describe(use.lease);
      }
      return Optional.empty();
    } catch (IOException e) {
      return Optional.of(e);
    }
  }

  private void describe(Path lease) {
    try {
      Files.write(lease, ProcessId.current().toRecord(clock.instant()).bytes());
    } catch (IOException e) {
      // For people; the name of the file says it all, and a full disk has no room for more.
    }
  }

  /**
   * Those who begin later see the lease; only those who may have looked before it was there count.
   */
  private synchronized void awaitEvictors(Digest digest) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + evictorTimeout.toNanos();
    for (Path evictor : intents(digest)) {
      while (Files.exists(evictor)) {
        throwIfClosed();
        if (System.nanoTime() - deadline >= 0) {
          cancelIntent(evictor);
        } else {
          // Not a sleep, for a close must not wait.
          wait(1);
        }
      }
    }
  }

  /** With all that was moved into it already; where it is not there, others did so. */
  private void cancelIntent(Path intent) throws IOException {
    Path doomed = layout.temporary();
    try {
      Files.move(intent, doomed, StandardCopyOption.ATOMIC_MOVE);
      AtomicFiles.discard(doomed);
    } catch (NoSuchFileException e) {
      // Done.
    }
  }

  private List<Path> intents(Digest digest) throws IOException {
    return living(digest.hex() + CacheLayout.EVICTS + "*");
  }

  /** Gives back what was taken once, because it turned out not to be there. */
  synchronized void release(Digest digest) {
    Lease use = own.get(digest);
    if (use != null && --use.times == 0) {
      own.remove(digest);
      delete(use.lease);
    }
  }

  /** The living leases of a package, whoever holds them. */
  List<Path> users(Digest digest) throws IOException {
    return living(digest.hex() + ".*").stream().filter(f -> !isIntent(f)).toList();
  }

  /** The process that holds a lease, as far as the lease tells. */
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

  /** The files of this form whose owners live; those of the dead are cleared away. */
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

  /** What is done to a package nobody uses. */
  interface Removal {
    /**
     * Does it by moves into a folder.
     *
     * @throws NoSuchFileException where the folder is gone: then the package is in use again
     */
    void moveInto(Path folder) throws IOException;
  }

  /**
   * Removes a package unless it is in use.
   *
   * @return whether it was done
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

  /** Shows that this process lives, to those who cannot see it, and notes anew what was lost. */
  void beat() {
    Instant now = clock.instant();
    for (Path directory : List.of(layout.leases(), layout.temporaryFiles())) {
      try {
        AtomicFiles.list(directory, "*" + ProcessId.current() + "*")
            .forEach(file -> touch(file, now));
      } catch (IOException e) {
        // The disk is in trouble, which the work itself will tell.
      }
    }
    noteAll();
  }

  /** A process that was stopped for long finds its leases swept. */
  private synchronized void noteAll() {
    own.values().forEach(this::note);
  }

  private static void touch(Path file, Instant now) {
    try {
      Files.setLastModifiedTime(file, FileTime.from(now));
    } catch (IOException e) {
      // Gone meanwhile.
    }
  }

  /** Clears away what the dead left, leases and intents alike. */
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
      // Whoever comes next finds it abandoned.
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
