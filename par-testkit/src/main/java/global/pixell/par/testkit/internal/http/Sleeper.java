package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.time.Duration;

/** The time source for the waits of network conditions and faults. It never goes back. */
public interface Sleeper {

  /** The time since a fixed moment. */
  Duration elapsed();

  /**
   * Waits until {@link #elapsed} is at least {@code end}.
   *
   * @throws IOException when the server or this sleeper's connection closes meanwhile
   */
  void sleepUntil(Duration end) throws IOException;

  /**
   * Waits; returns at once for zero.
   *
   * @throws IOException as {@link #sleepUntil}
   */
  default void sleep(Duration wait) throws IOException {
    if (!wait.isZero()) {
      sleepUntil(elapsed().plus(wait));
    }
  }

  /**
   * A sleeper for the thread of a connection. Its waits end when the server closes the connection.
   */
  Sleeper during(HttpConnection connection);

  /** Ends the waits of closed connections. */
  void wake();
}
