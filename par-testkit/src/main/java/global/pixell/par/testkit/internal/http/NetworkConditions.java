package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** Latency and bandwidth between the server and its clients. Thread-safe. */
public final class NetworkConditions {
  private final Sleeper sleeper;
  private volatile Duration latency = Duration.ZERO;
  private volatile long bytesPerSecond;

  public NetworkConditions(Sleeper sleeper) {
    this.sleeper = sleeper;
  }

  public void latency(Duration wait) {
    latency = wait;
  }

  /** Sets the rate of each connection in bytes per second; 0 for no limit. */
  public void bandwidth(long rate) {
    bytesPerSecond = rate;
  }

  /** Waits for the latency. Called before each answer. */
  public void delay(HttpConnection connection) throws IOException {
    sleeper.during(connection).sleep(latency);
  }

  /** Limits the rate at which a connection sends. */
  OutputStream throttle(HttpConnection connection, OutputStream out) {
    return new ThrottledOutputStream(out, () -> bytesPerSecond, sleeper.during(connection));
  }

  /** Ends the waits of connections that were closed. */
  void wake() {
    sleeper.wake();
  }
}
