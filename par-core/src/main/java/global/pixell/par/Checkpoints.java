package global.pixell.par;

import global.pixell.par.RangePlan.Range;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/**
 * Notes from time to time what has arrived: first the bytes are synced, then the note is written.
 * In a thread of its own, for a sync takes as long as the disk likes.
 */
final class Checkpoints implements Runnable {

  private final ArrivingFile file;
  private final PartialDownload partial;
  private final Duration every;
  private boolean ended;

  Checkpoints(ArrivingFile file, PartialDownload partial, Duration every) {
    this.file = file;
    this.partial = partial;
    this.every = every;
  }

  @Override
  public void run() {
    try {
      List<Range> noted = List.of();
      while (awaitNext()) {
        List<Range> present = file.present();
        if (!present.equals(noted)) {
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

  private synchronized boolean awaitNext() throws InterruptedException {
    long due = System.nanoTime() + every.toNanos();
    for (long left = every.toNanos(); !ended && left > 0; left = due - System.nanoTime()) {
      wait(Math.max(1, Duration.ofNanos(left).toMillis()));
    }
    return !ended;
  }

  private synchronized void note(List<Range> present) throws IOException {
    if (!ended) {
      partial.checkpoint(present);
    }
  }

  /** No note is written after this returns. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }
}
