package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** The line between the server and its clients, as slow as it is told to be. Thread-safe. */
public final class NetworkConditions {
  private final Sleeper clock;
  private volatile Duration latency = Duration.ZERO;
  private volatile long bytesPerSecond;

  public NetworkConditions(Sleeper clock) {
    this.clock = clock;
  }

  public void latency(Duration wait) {
    latency = wait;
  }

  public void bandwidth(long rate) {
    bytesPerSecond = rate;
  }

  /** Before every answer. */
  public void delay() throws IOException {
    clock.sleep(latency);
  }

  /** All that one connection sends. */
  OutputStream pace(OutputStream connection) {
    return new ThrottledOutputStream(connection, () -> bytesPerSecond, clock);
  }
}
