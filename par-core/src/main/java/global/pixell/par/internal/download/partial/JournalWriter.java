package global.pixell.par.internal.download.partial;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Writes checkpoints of a download to its journal, from time to time and after so many bytes. The
 * bytes are synced before the checkpoint is written.
 *
 * <p>Syncing as data arrives overlaps disk and network time. Otherwise a fast download would end
 * with one long sync. This runs on a thread of its own, because a sync can take long.
 */
public final class JournalWriter implements Runnable {

  /** A disk of 125 MB/s syncs so much in 67 ms. */
  private static final long SYNC_BYTES = 8 << 20;

  private static final long POLL_MILLIS = 20;

  private final ArrivingFile file;
  private final PartialDownload partial;
  private final Duration interval;
  private boolean ended;

  public JournalWriter(ArrivingFile file, PartialDownload partial, Duration interval) {
    this.file = file;
    this.partial = partial;
    this.interval = interval;
  }

  @Override
  public void run() {
    try {
      List<ByteRange> written = List.of();
      long synced = file.bytesPresent();
      while (awaitNext(synced)) {
        List<ByteRange> present = file.present();
        if (!present.equals(written)) {
          synced = present.stream().mapToLong(ByteRange::length).sum();
          file.force();
          write(present);
          written = present;
        }
      }
    } catch (IOException e) {
      // Without checkpoints the next process downloads more. This download is not affected.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean awaitNext(long synced) throws InterruptedException {
    long due = System.nanoTime() + interval.toNanos();
    while (!ended && due - System.nanoTime() > 0 && file.bytesPresent() - synced < SYNC_BYTES) {
      wait(Math.min(POLL_MILLIS, Math.max(1, interval.toMillis())));
    }
    return !ended;
  }

  private synchronized void write(List<ByteRange> present) throws IOException {
    if (!ended) {
      partial.checkpoint(present);
    }
  }

  /** Ends; no checkpoint is written after this returns. */
  public synchronized void end() {
    ended = true;
    notifyAll();
  }
}
