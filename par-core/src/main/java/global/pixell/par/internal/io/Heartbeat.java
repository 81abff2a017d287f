package global.pixell.par.internal.io;

import java.time.Duration;

/** Does one small thing again and again on a thread of its own, until it is closed. */
public final class Heartbeat implements AutoCloseable {

  private final Thread thread;

  public Heartbeat(Duration every, Runnable beat) {
    thread =
        new Thread(
            () -> {
              try {
                while (!Thread.currentThread().isInterrupted()) {
                  Thread.sleep(every.toMillis());
                  beat(beat);
                }
              } catch (InterruptedException e) {
                // Closed.
              }
            },
            "par-heartbeat");
    thread.setDaemon(true);
    thread.start();
  }

  private static void beat(Runnable beat) {
    try {
      beat.run();
    } catch (RuntimeException e) {
      // One that fails must not be the last.
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
