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
 * Unpacks a package while it is downloaded: writes entries into a staging folder while later ranges
 * arrive. Nothing is published before the bytes are verified.
 *
 * <p>Refusals are held back until {@link #finish}, because a flipped bit is a corrupt download, not
 * a bad package. If the download itself fails, its error is reported instead. A full or failing
 * disk ends the unpacking but not the download: the staging folder is removed, and the package is
 * unpacked after verification, when eviction can make room.
 *
 * <p>For the downloading thread. After {@link #close} none of its own threads is running.
 */
final class UnpackAhead implements AutoCloseable {

  /**
   * A smaller package arrives in one stream with the directory at its end, so nothing can be
   * unpacked before it is complete.
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
   * @param stagings paths that do not exist yet, on the disk of the cache
   * @param cancelled asked often, from several threads
   * @param minBytes the smallest package that is unpacked ahead; {@link #MIN_BYTES} except in tests
   */
  UnpackAhead(
      Supplier<Path> stagings, UnpackLimits limits, BooleanSupplier cancelled, long minBytes) {
    this.stagings = stagings;
    this.limits = limits;
    this.cancelled = cancelled;
    this.minBytes = minBytes;
  }

  /**
   * Starts with a content whose size is known. A second call, when the object has changed, discards
   * what was unpacked and starts again.
   */
  void arriving(ArrivingFile file) throws IOException {
    close();
    if (file.size() >= minBytes) {
      Run started = new Run(file.reader(), stagings.get());
      run = started;
      file.whenFull(started::giveWay);
      started.thread.start();
    }
  }

  /**
   * The tree, after the bytes were verified; waits for the remaining entries.
   *
   * @return empty if nothing was unpacked: it was not started, or the disk had no space
   * @throws ParException as {@link Unpacker}
   */
  Optional<StagedTree> finish() {
    Run started = run;
    if (started == null) {
      return Optional.empty();
    }
    started.awaitEnd();
    if (started.failure instanceof Error error) {
      throw error;
    }
    if (started.failure instanceof RuntimeException known) {
      throw known;
    }
    return Optional.ofNullable(started.tree);
  }

  /** Stops at once, waits for the threads, and removes what was not published. */
  @Override
  public void close() {
    Run started = run;
    run = null;
    if (started != null) {
      started.stop();
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
          // At once, because the download needs the space.
          AtomicFiles.discard(staging);
        } else {
          failure = e;
        }
      }
    }

    /** Only free space counts: evicting for bytes that are not verified would be wrong. */
    private boolean hasRoom(ZipDirectory content) {
      long free = Disk.of(staging).freeBytes().orElse(Long.MAX_VALUE);
      return free >= archive.size() + content.announced().bytes();
    }

    /** The download found the disk full. */
    synchronized void giveWay() {
      gaveWay = true;
      halt();
      tree = null;
      AtomicFiles.discard(staging);
    }

    /** Waits for the end. An interrupt of the caller stops the work, and its flag stays set. */
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
