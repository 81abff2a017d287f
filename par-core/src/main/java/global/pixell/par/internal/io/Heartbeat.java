package global.pixell.par.internal.io;

import java.time.Duration;

/** Runs a small task periodically on its own daemon thread until it is closed. */
public final class Heartbeat implements AutoCloseable {

  private final Thread thread;

  public Heartbeat(Duration interval, Runnable beat) {
    thread =
        DaemonThreads.start(
            "par-heartbeat",
            () -> {
              try {
                while (!Thread.currentThread().isInterrupted()) {
                  Thread.sleep(interval.toMillis());
                  beat(beat);
                }
              } catch (InterruptedException e) {
                // Closed.
              }
            });
  }

  private static void beat(Runnable beat) {
    try {
      beat.run();
    } catch (RuntimeException e) {
      // A failed beat must not end the following ones.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
