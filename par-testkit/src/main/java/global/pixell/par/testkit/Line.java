package global.pixell.par.testkit;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** The line between the server and its clients, as slow as it is told to be. Thread-safe. */
final class Line {
  private final Sleeper clock;
  private volatile Duration latency = Duration.ZERO;
  private volatile long bytesPerSecond;

  Line(Sleeper clock) {
    this.clock = clock;
  }

  void latency(Duration wait) {
    latency = wait;
  }

  void bandwidth(long rate) {
    bytesPerSecond = rate;
  }

  /** Before every answer. */
  void delay() throws IOException {
    clock.sleep(latency);
  }

  /** All that one connection sends. */
  OutputStream pace(OutputStream connection) {
    return new PacedStream(connection, () -> bytesPerSecond, clock);
  }
}
