package global.pixell.par.testkit.internal.http;

import java.io.InterruptedIOException;
import java.time.Duration;

/** Time to wait by, for a slow network and for faults that delay. It never goes back. */
public interface Sleeper {

  /** The time since some moment, which stays the same. */
  Duration elapsed();

  /**
   * Waits until the elapsed time is so long; returns at once when it already is.
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
