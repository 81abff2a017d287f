package global.pixell.par.internal.download.partial;

import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Notes from time to time, and after so many bytes, what has arrived: first the bytes are synced,
 * then the note is written. The disk so works while the network does; else a quick download would
 * wait at its end until all of it is written. In a thread of its own, for a sync takes as long as
 * the disk likes.
 */
public final class JournalWriter implements Runnable {

  /** A disk of 125 MB/s takes a fifteenth of a second for so much. */
  private static final long SYNC_BYTES = 8 << 20;

  private static final long LOOK_MILLIS = 20;

  private final ArrivingFile file;
  private final PartialDownload partial;
  private final Duration every;
  private boolean ended;

  public JournalWriter(ArrivingFile file, PartialDownload partial, Duration every) {
    this.file = file;
    this.partial = partial;
    this.every = every;
  }

  @Override
  public void run() {
    try {
      List<Range> noted = List.of();
      long synced = file.bytesHere();
      while (awaitNext(synced)) {
        List<Range> present = file.present();
        if (!present.equals(noted)) {
          synced = present.stream().mapToLong(Range::length).sum();
          file.force();
          note(present);
          noted = present;
        }
      }
    } catch (IOException e) {
      // The next process fetches more than it would have had to; this one goes on.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized boolean awaitNext(long synced) throws InterruptedException {
    long due = System.nanoTime() + every.toNanos();
    while (!ended && due - System.nanoTime() > 0 && file.bytesHere() - synced < SYNC_BYTES) {
      wait(Math.min(LOOK_MILLIS, Math.max(1, every.toMillis())));
    }
    return !ended;
  }

  private synchronized void note(List<Range> present) throws IOException {
    if (!ended) {
      partial.checkpoint(present);
    }
  }

  /** No note is written after this returns. */
  public synchronized void end() {
    ended = true;
    notifyAll();
  }
}
