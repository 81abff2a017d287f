package global.pixell.par.testkit.internal.http;

import java.io.InterruptedIOException;
import java.time.Duration;

/** The time that a slow network and delaying faults wait by. It never goes back. */
public interface Sleeper {

  /** The time since a fixed moment. */
  Duration elapsed();

  /**
   * Waits until this much time has elapsed; returns at once when it already has.
   *
   * @throws InterruptedIOException when the server is closed meanwhile
   */
  void sleepUntil(Duration end) throws InterruptedIOException;

  /**
   * Waits; returns at once for zero.
   *
   * @throws InterruptedIOException when the server is closed meanwhile
   */
  default void sleep(Duration wait) throws InterruptedIOException {
    if (!wait.isZero()) {
      sleepUntil(elapsed().plus(wait));
    }
  }
}
