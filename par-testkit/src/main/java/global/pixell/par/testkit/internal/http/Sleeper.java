package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.time.Duration;

/** The time that a slow network and delaying faults wait by. It never goes back. */
public interface Sleeper {

  /** The time since a fixed moment. */
  Duration elapsed();

  /**
   * Waits until this much time has elapsed; returns at once when it already has.
   *
   * @throws IOException when the server is closed meanwhile, or the connection of this sleeper
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

  /** A sleeper for the thread of a connection: its waits end when the server closes that. */
  Sleeper during(HttpConnection connection);

  /** Ends the waits of connections that were closed. */
  void wake();
}
