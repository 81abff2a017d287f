package global.pixell.par.internal.io;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Excludes other threads of this JVM and other processes; it only saves duplicate work.
 *
 * <p>If the file system cannot lock, the work is done unlocked: publishing is atomic and needs no
 * lock to be correct. Never delete the lock file: two processes could then lock different inodes of
 * the same path.
 */
public final class FileMutex implements AutoCloseable {

  /** Locks a file; a parameter, so that a test can have a file system without locks. */
  public interface Locker {
    @Nullable FileLock tryLock(FileChannel channel) throws IOException;
  }

  /** A lock of this JVM; it exists while a thread holds it or waits for it. */
  private static final class InJvm {
    private final ReentrantLock lock = new ReentrantLock();
    private int users;
    private volatile String holder = "";
  }

  private static final Map<Path, InJvm> IN_THIS_JVM = new ConcurrentHashMap<>();
  private static final Duration POLL = Duration.ofMillis(50);

  private final Path file;
  private final InJvm inJvm;
  private final @Nullable FileChannel channel;

  private FileMutex(Path file, InJvm inJvm, @Nullable FileChannel channel) {
    this.file = file;
    this.inJvm = inJvm;
    this.channel = channel;
  }

  /**
   * Waits for the lock.
   *
   * @param locker empty to lock in this JVM alone
   * @param closed ends the wait by {@code CANCELLED}
   * @throws ParException of kind {@code DISK} after the timeout; it names the holder
   */
  public static FileMutex lock(
      Path file, Duration timeout, Optional<Locker> locker, CountDownLatch closed)
      throws InterruptedException {
    Path key = file.toAbsolutePath();
    InJvm inJvm = enter(key);
    boolean locked = false;
    FileChannel channel = null;
    boolean acquired = false;
    try {
      long deadline = System.nanoTime() + timeout.toNanos();
      locked = inJvm.lock.tryLock();
      while (!locked) {
        long remaining = deadline - System.nanoTime();
        if (remaining <= 0) {
          throw timedOut(file, timeout, inJvm.holder);
        }
        locked = inJvm.lock.tryLock(Math.min(remaining, POLL.toNanos()), TimeUnit.NANOSECONDS);
        throwIfClosed(closed, Duration.ZERO);
      }
      inJvm.holder = "thread '" + Thread.currentThread().getName() + "' of this process";
      channel = locker.isPresent() ? open(file) : null;
      if (channel != null) {
        await(channel, file, locker.get(), timeout, deadline, closed);
      }
      acquired = true;
      return new FileMutex(key, inJvm, channel);
    } finally {
      if (!acquired) {
        closeQuietly(channel);
        leave(key, inJvm, locked);
      }
    }
  }

  private static InJvm enter(Path key) {
    InJvm entered =
        IN_THIS_JVM.compute(
            key,
            (path, known) -> {
              InJvm lock = known == null ? new InJvm() : known;
              lock.users++;
              return lock;
            });
    return java.util.Objects.requireNonNull(entered);
  }

  private static void leave(Path key, InJvm inJvm, boolean locked) {
    if (locked) {
      inJvm.lock.unlock();
    }
    IN_THIS_JVM.computeIfPresent(key, (path, lock) -> --lock.users == 0 ? null : lock);
  }

  /** How many locks are in use in this JVM. */
  static int remembered() {
    return IN_THIS_JVM.size();
  }

  private static @Nullable FileChannel open(Path file) {
    try {
      Files.createDirectories(AtomicFiles.parentOf(file));
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      // Then the work is done unlocked.
      return null;
    }
  }

  private static void await(
      FileChannel channel,
      Path file,
      Locker locker,
      Duration timeout,
      long deadline,
      CountDownLatch closed)
      throws InterruptedException {
    try {
      while (!tryLock(channel, locker)) {
        if (System.nanoTime() - deadline >= 0) {
          throw timedOut(file, timeout, holder(file));
        }
        throwIfClosed(closed, POLL);
      }
    } catch (ClosedByInterruptException e) {
      Thread.interrupted();
      throw new InterruptedException("interrupted while waiting for " + file);
    } catch (IOException e) {
      // Locks do not work on this file system; correctness does not depend on them.
    }
  }

  private static void throwIfClosed(CountDownLatch closed, Duration within)
      throws InterruptedException {
    if (closed.await(within.toNanos(), TimeUnit.NANOSECONDS)) {
      throw Cancellation.closed();
    }
  }

  private static boolean tryLock(FileChannel channel, Locker locker) throws IOException {
    try {
      FileLock lock = locker.tryLock(channel);
      if (lock == null) {
        return false;
      }
    } catch (OverlappingFileLockException e) {
      return false;
    }
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(ProcessId.current().toRecord(Instant.now()).bytes()), 0);
    return true;
  }

  private static String holder(Path file) {
    try {
      return ProcessId.describe(RecordFile.read(file));
    } catch (IOException e) {
      return "another process";
    }
  }

  private static ParException timedOut(Path file, Duration timeout, String holder) {
    return new ParException(
        ParException.Kind.DISK,
        "The cache lock "
            + file
            + " was held by "
            + holder
            + " for over "
            + timeout.toSeconds()
            + " s.",
        "Wait for that process or stop it; a lock of a dead process frees itself.");
  }

  @Override
  public void close() {
    closeQuietly(channel);
    leave(file, inJvm, true);
  }

  private static void closeQuietly(@Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The lock ends with the descriptor, whether or not close reports an error.
    }
  }
}
