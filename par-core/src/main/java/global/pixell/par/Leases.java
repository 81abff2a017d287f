package global.pixell.par;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Who uses which package, as a file for each use; and the one way to remove what nobody uses.
 *
 * <p>A user writes its lease and then looks for an intent to evict; an evictor writes its intent
 * and then looks for leases. So at least one of the two sees the other, without a lock, and it is
 * the evictor that gives way.
 *
 * <p>A lease is alive while its process lives, where that can be seen, else while its heartbeat is
 * younger than {@link Owner#STALE}. Thread-safe.
 */
final class Leases implements AutoCloseable {

  /** A tenth of {@link Owner#STALE} and less, so that a beat or two may be lost. */
  static final Duration HEARTBEAT = Duration.ofSeconds(30);

  /** An intent lasts for milliseconds; one that lasts longer is of a process that hangs. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final CacheLayout layout;
  private final InstantSource clock;
  private final Map<Digest, Path> own = new HashMap<>();
  private boolean closed;

  Leases(CacheLayout layout, InstantSource clock) {
    this.layout = layout;
    this.clock = clock;
  }

  /**
   * Takes a package into use until {@link #release} or {@link #close}; once is enough. When this
   * returns nobody is evicting it.
   */
  synchronized void take(Digest digest) throws IOException, InterruptedException {
    if (closed) {
      throw new InterruptedException("closed");
    }
    if (!own.containsKey(digest)) {
      Path lease = layout.lease(digest);
      try {
        Files.createFile(lease);
      } catch (IOException e) {
        if (cannotBeWritten(e)) {
          // A cache that this process may only read is looked after by those who may write.
          return;
        }
        throw e;
      }
      own.put(digest, lease);
      describe(lease);
    }
    awaitEvictors(digest);
  }

  private static boolean cannotBeWritten(IOException e) {
    return e instanceof AccessDeniedException
        || e instanceof NoSuchFileException
        || DiskErrors.isReadOnly(e);
  }

  private void describe(Path lease) {
    try {
      Files.write(lease, Owner.SELF.note(clock.instant()).bytes());
    } catch (IOException e) {
      // For people; the name of the file says it all, and a full disk has no room for more.
    }
  }

  /**
   * Those who begin later see the lease; only those who may have looked before it was there count.
   */
  private void awaitEvictors(Digest digest) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    for (Path evictor : evictors(digest)) {
      while (Files.exists(evictor)) {
        if (System.nanoTime() - deadline >= 0) {
          // Who hangs finds its intent gone, and leaves the package alone.
          Files.deleteIfExists(evictor);
        }
        TimeUnit.MILLISECONDS.sleep(1);
      }
    }
  }

  private List<Path> evictors(Digest digest) throws IOException {
    return living(digest.hex() + CacheLayout.EVICTS + "*");
  }

  /** Gives up the use of a package that turned out not to be there. */
  synchronized void release(Digest digest) {
    Path lease = own.remove(digest);
    if (lease != null) {
      delete(lease);
    }
  }

  /** The living leases of a package, whoever holds them. */
  List<Path> users(Digest digest) throws IOException {
    return living(digest.hex() + ".*").stream().filter(f -> !isIntent(f)).toList();
  }

  /** Whose lease this is, as the part of a sentence. */
  static String holder(Path lease) {
    try {
      return Owner.named(CacheNote.read(lease));
    } catch (IOException e) {
      return "a process";
    }
  }

  private static boolean isIntent(Path file) {
    return file.getFileName().toString().contains(CacheLayout.EVICTS);
  }

  /** The files of this form whose owners live; those of the dead are cleared away. */
  private List<Path> living(String form) throws IOException {
    var living = new ArrayList<Path>();
    for (Path file : AtomicFiles.list(layout.leases(), form)) {
      if (Owner.hasAbandoned(file, clock.instant())) {
        delete(file);
      } else {
        living.add(file);
      }
    }
    return living;
  }

  /** What is done to a package nobody uses. */
  interface Removal {
    void run() throws IOException;
  }

  /**
   * Removes a package unless it is in use.
   *
   * @param removal must make the package vanish by renames, quickly
   * @return whether it was done
   */
  boolean evict(Digest digest, Removal removal) throws IOException {
    Path intent = Files.createFile(layout.eviction(digest));
    try {
      if (!users(digest).isEmpty() || !Files.exists(intent)) {
        return false;
      }
      removal.run();
      return true;
    } finally {
      delete(intent);
    }
  }

  /** Shows that this process lives, to those who cannot see it. */
  void beat() {
    Instant now = clock.instant();
    for (Path directory : List.of(layout.leases(), layout.temporaryFiles())) {
      try {
        AtomicFiles.list(directory, "*" + Owner.SELF + "*").forEach(file -> touch(file, now));
      } catch (IOException e) {
        // The disk is in trouble, which the work itself will tell.
      }
    }
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

  private static void delete(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      // Whoever comes next finds it abandoned.
    }
  }

  @Override
  public synchronized void close() {
    closed = true;
    own.values().forEach(Leases::delete);
    own.clear();
  }
}
