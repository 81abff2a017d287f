package global.pixell.par.testkit.internal.http;

import java.io.InterruptedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** A clock to wait by: for a slow network, and for faults that delay. */
public interface Sleeper extends InstantSource {

  /**
   * Waits for some time.
   *
   * @throws InterruptedIOException when the server is closed meanwhile
   */
  void sleep(Duration wait) throws InterruptedIOException;

  /**
   * Waits until a moment; returns at once when it has passed.
   *
   * @throws InterruptedIOException when the server is closed meanwhile
   */
  void sleepUntil(Instant end) throws InterruptedIOException;
}
