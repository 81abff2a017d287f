package global.pixell.par.internal.fetch;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.Unpacker;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.cache.StagedTree;
import global.pixell.par.internal.download.DownloadSettings;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.io.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Unpacks a package behind its download: entries are written while later ranges arrive, into a
 * staging folder of which nothing is published before the bytes are proved.
 *
 * <p>What it finds in bytes that are not proved yet is not said either: a flipped bit on the way is
 * a corrupt download, not a bad package, so a refusal waits for {@link #finish}, and who never gets
 * there has heard the download's own reason. A disk that fills or fails ends the work but not the
 * download, whoever finds it so: what was unpacked is removed, and all is left to who comes after
 * the proof and may make room.
 *
 * <p>For the downloading thread, but for the threads it starts, of which none is left after {@link
 * #close}.
 */
final class UnpackAhead implements AutoCloseable {

  /**
   * Smaller packages come in one stream, which has the directory last: there is nothing to unpack
   * before they are whole, and threads for it would only cost.
   */
  static final long MIN_BYTES = 2 * DownloadSettings.PART_BYTES + 1;

  private final Supplier<Path> stagings;
  private final UnpackLimits limits;
  private final BooleanSupplier cancelled;
  private final long minBytes;
  private @Nullable Run run;

  /**
   * Waits for a download.
   *
   * @param stagings names of folders that do not exist yet, beside the place to publish to
   * @param cancelled asked often, from several threads
   * @param minBytes the smallest package that is begun with; {@link #MIN_BYTES} but for tests
   */
  UnpackAhead(
      Supplier<Path> stagings, UnpackLimits limits, BooleanSupplier cancelled, long minBytes) {
    this.stagings = stagings;
    this.limits = limits;
    this.cancelled = cancelled;
    this.minBytes = minBytes;
  }

  /**
   * Begins with a content whose size is known. Told once more when the object turned out to be
   * another one, it forgets what it unpacked and begins anew.
   */
  void arriving(ArrivingFile file) throws IOException {
    close();
    if (file.size() >= minBytes) {
      Run begun = new Run(file.reader(), stagings.get());
      run = begun;
      file.whenFull(begun::giveWay);
      begun.thread.start();
    }
  }

  /**
   * The tree, once the bytes are proved; waits for what is left to unpack.
   *
   * @return empty if all is still to do: nothing was begun, or the disk had no room for it
   * @throws ParException as {@link Unpacker}
   */
  Optional<StagedTree> finish() {
    Run begun = run;
    if (begun == null) {
      return Optional.empty();
    }
    begun.awaitEnd();
    if (begun.failure instanceof Error error) {
      throw error;
    }
    if (begun.failure instanceof RuntimeException known) {
      throw known;
    }
    return Optional.ofNullable(begun.tree);
  }

  /** Stops at once, waits for the threads, and removes what was not published. */
  @Override
  public void close() {
    Run begun = run;
    run = null;
    if (begun != null) {
      begun.stop();
    }
  }

  private final class Run implements Runnable {
    private final ArchiveBytes archive;
    private final Path staging;
    private final Thread thread;
    private volatile boolean stopped;
    private volatile boolean gaveWay;
    private volatile @Nullable StagedTree tree;
    private volatile @Nullable Throwable failure;

    Run(ArchiveBytes archive, Path staging) {
      this.archive = archive;
      this.staging = staging;
      this.thread = DaemonThreads.create("par-unpack-ahead", this);
    }

    @Override
    public void run() {
      try {
        ZipDirectory content = ZipDirectory.read(archive, limits);
        if (hasRoom(content)) {
          tree = StagedTree.unpack(content, staging, () -> stopped || cancelled.getAsBoolean());
        }
      } catch (RuntimeException | Error e) {
        if (gaveWay || (e instanceof ParException known && known.kind() == Kind.DISK)) {
          // At once, for the download needs the room.
          AtomicFiles.discard(staging);
        } else {
          failure = e;
        }
      }
    }

    /** Making room means to evict, and for that the bytes must be proved. */
    private boolean hasRoom(ZipDirectory content) {
      long free = Disk.of(staging).freeBytes().orElse(Long.MAX_VALUE);
      return free >= archive.size() + content.announced().bytes();
    }

    /** The download has found the disk full, before the unpacking did. */
    synchronized void giveWay() {
      gaveWay = true;
      halt();
      tree = null;
      AtomicFiles.discard(staging);
    }

    /** Waits; an interrupt of the caller stops the work, and its flag stays set. */
    void awaitEnd() {
      try {
        thread.join();
      } catch (InterruptedException e) {
        halt();
        Thread.currentThread().interrupt();
      }
    }

    void stop() {
      halt();
      try {
        archive.close();
      } catch (IOException e) {
        // It was only read.
      }
      AtomicFiles.discard(staging);
    }

    private void halt() {
      stopped = true;
      thread.interrupt();
      if (Unpacker.joined(thread)) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
