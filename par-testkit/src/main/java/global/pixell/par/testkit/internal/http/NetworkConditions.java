package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;

/** Latency, bandwidth and reachability between the server and its clients. Thread-safe. */
public final class NetworkConditions {
  private final Sleeper sleeper;
  private volatile Duration latency = Duration.ZERO;
  private volatile long bytesPerSecond;
  private volatile boolean connected = true;

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

  public Duration latency() {
    return latency;
  }

  /** The rate of each connection in bytes per second; 0 for no limit. */
  public long bandwidth() {
    return bytesPerSecond;
  }

  /** Whether requests reach the server. */
  public boolean isConnected() {
    return connected;
  }

  public void connected(boolean reachable) {
    connected = reachable;
  }

  /** Waits for the latency. Called before each answer. */
  public void delay(HttpConnection connection) throws IOException {
    sleeper.during(connection).sleep(latency);
  }

  /** Limits the rate at which a connection sends while it is not exempt. */
  OutputStream throttle(HttpConnection connection, OutputStream out) {
    return new ThrottledOutputStream(
        out, () -> connection.isExempt() ? 0 : bytesPerSecond, sleeper.during(connection));
  }

  /** Ends the waits of connections that were closed. */
  void wake() {
    sleeper.wake();
  }
}
