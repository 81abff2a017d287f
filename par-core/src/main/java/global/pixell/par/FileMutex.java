package global.pixell.par;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One at a time, in this JVM and across processes; it only saves duplicate work.
 *
 * <p>Where the file system cannot lock, the work is done unlocked: publishing is atomic and needs
 * no lock to be right. The lock file is never deleted, for a second process might hold the deleted
 * one.
 */
final class FileMutex implements AutoCloseable {

  private static final Map<Path, ReentrantLock> IN_THIS_JVM = new ConcurrentHashMap<>();
  private static final Duration POLL = Duration.ofMillis(50);

  private final ReentrantLock inJvm;
  private final @org.jspecify.annotations.Nullable FileChannel channel;

  private FileMutex(ReentrantLock inJvm, @org.jspecify.annotations.Nullable FileChannel channel) {
    this.inJvm = inJvm;
    this.channel = channel;
  }

  /** Waits for the lock; a wait over {@code timeout} is an error that names the holder. */
  static FileMutex lock(Path file, Duration timeout) throws InterruptedException {
    ReentrantLock inJvm =
        IN_THIS_JVM.computeIfAbsent(file.toAbsolutePath(), path -> new ReentrantLock());
    long deadline = System.nanoTime() + timeout.toNanos();
    if (!inJvm.tryLock(timeout.toNanos(), TimeUnit.NANOSECONDS)) {
      throw timedOut(file, timeout, "another thread of this process");
    }
    FileChannel channel = null;
    boolean held = false;
    try {
      channel = open(file);
      while (channel != null && !tryLock(channel)) {
        if (System.nanoTime() - deadline >= 0) {
          throw timedOut(file, timeout, holder(file));
        }
        TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
      }
      held = true;
      return new FileMutex(inJvm, channel);
    } catch (IOException e) {
      // Locks do not work on this file system; correctness does not depend on them.
      held = true;
      return new FileMutex(inJvm, channel);
    } finally {
      if (!held) {
        closeQuietly(channel);
        inJvm.unlock();
      }
    }
  }

  private static @org.jspecify.annotations.Nullable FileChannel open(Path file) {
    try {
      Files.createDirectories(AtomicFiles.parentOf(file));
      return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean tryLock(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock();
      if (lock == null) {
        return false;
      }
    } catch (OverlappingFileLockException e) {
      return false;
    }
    String holder = "process " + ProcessHandle.current().pid();
    channel.truncate(0);
    channel.write(ByteBuffer.wrap(holder.getBytes(StandardCharsets.UTF_8)), 0);
    return true;
  }

  private static String holder(Path file) {
    try {
      String text = Files.readString(file);
      return text.isBlank() ? "another process" : text;
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
    inJvm.unlock();
  }

  private static void closeQuietly(@org.jspecify.annotations.Nullable FileChannel channel) {
    try {
      if (channel != null) {
        channel.close();
      }
    } catch (IOException e) {
      // The lock goes with the descriptor, whatever close says.
    }
  }
}
