package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.io.UniqueMark;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Collections;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The partial downloads in a directory. Each has a folder, named after its address and its owner.
 *
 * <p>The owner holds a lock on the journal, which ends with its process. An unlocked journal means
 * its owner is gone. A process claims such a folder by renaming it to a name of its own, in which
 * only one of several succeeds. File locks may not be shared between hosts; then the rename takes
 * the folder from a living owner. That owner finds its file gone and downloads into a new one. So
 * no process ever writes to the folder of another.
 *
 * @param locker empty where locks must not be used: then nothing is claimed or created
 * @param claimedHere the folders of this JVM. Closing any channel to a file releases the JVM's lock
 *     on it, so a second channel must not even be opened
 */
public record PartialDownloads(
    Path directory, Optional<FileMutex.Locker> locker, Set<Path> claimedHere) {

  private static final Set<Path> CLAIMED_HERE = Collections.synchronizedSet(new HashSet<>());

  public PartialDownloads {
    directory = directory.toAbsolutePath();
  }

  public static PartialDownloads in(Path directory, boolean locks) {
    return new PartialDownloads(
        directory, locks ? Optional.of(FileChannel::tryLock) : Optional.empty(), CLAIMED_HERE);
  }

  /** Claims an abandoned partial download of this address, if there is one. */
  public Optional<PartialDownload> claimExisting(String address) {
    try {
      for (Path folder : AtomicFiles.list(directory, name(address) + ".*")) {
        Optional<PartialDownload> claimed = claim(folder, address);
        if (claimed.isPresent()) {
          return claimed;
        }
      }
    } catch (IOException e) {
      // The download starts from its first byte instead.
    }
    return Optional.empty();
  }

  private Optional<PartialDownload> claim(Path folder, String address) throws IOException {
    FileChannel journal = lock(folder);
    if (journal == null) {
      return Optional.empty();
    }
    Path own = own(address);
    claimedHere.add(own);
    try {
      Files.move(folder, own, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(new PartialDownload(this, address, own, journal));
    } catch (IOException e) {
      // Another process claimed it first.
      release(own, journal);
      return Optional.empty();
    } finally {
      claimedHere.remove(folder);
    }
  }

  /** Creates a new one; empty where the file system cannot lock. */
  public Optional<PartialDownload> create(String address) {
    if (locker.isEmpty()) {
      return Optional.empty();
    }
    Path own = own(address);
    try {
      Files.createDirectories(own);
      Files.createFile(PartialDownload.journal(own));
      FileChannel journal = lock(own);
      if (journal != null) {
        return Optional.of(new PartialDownload(this, address, own, journal));
      }
    } catch (IOException e) {
      // The download works without it, and only cannot be resumed.
    }
    AtomicFiles.discard(own);
    return Optional.empty();
  }

  private Path own(String address) {
    String mark = UniqueMark.next();
    return directory.resolve(name(address) + "." + ProcessId.current() + "." + mark);
  }

  private static String name(String address) {
    return Sha256.of(address.getBytes(StandardCharsets.UTF_8)).hex();
  }

  /** The locked journal of an abandoned folder; null where it is in use, or may be. */
  private @Nullable FileChannel lock(Path folder) throws IOException {
    // Opening a journal that another class loader has locked would end its lock when we close it.
    if (ProcessId.of(folder).filter(ProcessId::isOtherLoader).isPresent()) {
      return null;
    }
    if (locker.isEmpty() || !claimedHere.add(folder)) {
      return null;
    }
    FileChannel channel = null;
    boolean locked = false;
    try {
      channel =
          FileChannel.open(
              PartialDownload.journal(folder), StandardOpenOption.READ, StandardOpenOption.WRITE);
      FileLock lock = locker.get().tryLock(channel);
      locked = lock != null;
      return locked ? channel : null;
    } catch (OverlappingFileLockException e) {
      return null;
    } finally {
      if (!locked) {
        release(folder, channel);
      }
    }
  }

  void release(Path folder, @Nullable FileChannel journal) {
    try {
      if (journal != null) {
        journal.close();
      }
    } catch (IOException e) {
      // The lock ends with the descriptor even if close fails.
    } finally {
      claimedHere.remove(folder);
    }
  }

  /**
   * Deletes the folders that no live process uses and that did not change since {@code before}, and
   * those without data at once. Without locks, age alone decides: a process whose file was deleted
   * continues with another file.
   */
  public void sweep(Instant before) throws IOException {
    for (Path folder : AtomicFiles.list(directory, "*")) {
      try {
        sweep(folder, before);
      } catch (IOException e) {
        // Another process claimed it meanwhile, or the next sweep deletes it.
      }
    }
  }

  private void sweep(Path folder, Instant before) throws IOException {
    Path data = PartialDownload.data(folder);
    if (!Files.exists(PartialDownload.journal(folder))) {
      // Without an owner: the journal is created before the data and deleted after it.
      PartialDownload.delete(folder);
      return;
    }
    if (Files.exists(data) && !modified(data).isBefore(before)) {
      return;
    }
    if (locker.isEmpty() && modified(folder).isBefore(before)) {
      PartialDownload.delete(folder);
      return;
    }
    FileChannel journal = lock(folder);
    if (journal != null) {
      PartialDownload.delete(folder);
      release(folder, journal);
    }
  }

  private static Instant modified(Path file) throws IOException {
    return Files.getLastModifiedTime(file).toInstant();
  }
}
