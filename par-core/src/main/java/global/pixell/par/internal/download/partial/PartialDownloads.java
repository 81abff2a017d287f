package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.FileMutex;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
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
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where partial downloads lie: a folder for each, named after its address and its owner.
 *
 * <p>An owner holds a lock on its journal, which goes with the process. So who finds the journal
 * unlocked knows that nobody works there, and takes the folder by renaming it to a name of its own:
 * of several only one succeeds. Where locks tell nothing, because they end at the host, the rename
 * takes the folder from a living owner, who finds its file gone and downloads into one of its own.
 * Nobody ever finds another's bytes under the name of its own.
 *
 * @param locker empty where locks may not be asked: then nothing is taken or begun
 * @param inThisJvm the folders of this JVM. A lock of a JVM on a file is lost as soon as any
 *     channel of it to that file is closed, so a second one must not even be opened
 */
public record PartialDownloads(
    Path directory, Optional<FileMutex.Locker> locker, Set<Path> inThisJvm) {

  private static final Set<Path> IN_THIS_JVM = Collections.synchronizedSet(new HashSet<>());

  public PartialDownloads {
    directory = directory.toAbsolutePath();
  }

  public static PartialDownloads in(Path directory, boolean locks) {
    return new PartialDownloads(
        directory, locks ? Optional.of(FileChannel::tryLock) : Optional.empty(), IN_THIS_JVM);
  }

  /** Takes possession of what is left of this address, if anything is and nobody has it. */
  public Optional<PartialDownload> left(String address) {
    try {
      for (Path folder : AtomicFiles.list(directory, name(address) + ".*")) {
        Optional<PartialDownload> taken = take(folder, address);
        if (taken.isPresent()) {
          return taken;
        }
      }
    } catch (IOException e) {
      // Then it is downloaded from its beginning.
    }
    return Optional.empty();
  }

  private Optional<PartialDownload> take(Path folder, String address) throws IOException {
    FileChannel journal = lock(folder);
    if (journal == null) {
      return Optional.empty();
    }
    Path own = own(address);
    inThisJvm.add(own);
    try {
      Files.move(folder, own, StandardCopyOption.ATOMIC_MOVE);
      return Optional.of(new PartialDownload(this, address, own, journal));
    } catch (IOException e) {
      // Another was first.
      release(own, journal);
      return Optional.empty();
    } finally {
      inThisJvm.remove(folder);
    }
  }

  /** Begins a new one, unless the file system cannot lock. */
  public Optional<PartialDownload> begin(String address) {
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
      // Without it the download cannot be gone on with; that is all.
    }
    AtomicFiles.discard(own);
    return Optional.empty();
  }

  private Path own(String address) {
    String mark = UUID.randomUUID().toString().substring(0, 8);
    return directory.resolve(name(address) + "." + ProcessId.current() + "." + mark);
  }

  private static String name(String address) {
    return Sha256.of(address.getBytes(StandardCharsets.UTF_8)).hex();
  }

  /** The journal of a folder nobody works in; null where somebody does or that cannot be told. */
  private @Nullable FileChannel lock(Path folder) throws IOException {
    // Opening a journal that another class loader has locked would end its lock when we close it.
    if (ProcessId.of(folder).filter(ProcessId::isOtherLoader).isPresent()) {
      return null;
    }
    if (locker.isEmpty() || !inThisJvm.add(folder)) {
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
      // The lock goes with the descriptor, whatever close says.
    } finally {
      inThisJvm.remove(folder);
    }
  }

  /**
   * Deletes what nobody has touched since {@code before} and no live process works at, and at once
   * what holds no bytes. Without locks, age alone decides: who lost a file that was in use goes on
   * with another.
   */
  public void sweep(Instant before) throws IOException {
    for (Path folder : AtomicFiles.list(directory, "*")) {
      try {
        sweep(folder, before);
      } catch (IOException e) {
        // Another process took it meanwhile, or it is for the next sweep.
      }
    }
  }

  private void sweep(Path folder, Instant before) throws IOException {
    Path data = PartialDownload.data(folder);
    if (!Files.exists(PartialDownload.journal(folder))) {
      // Nobody's: the journal comes before the bytes and goes after them.
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
