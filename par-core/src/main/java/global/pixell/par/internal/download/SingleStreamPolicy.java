package global.pixell.par.internal.download;

import java.time.Duration;

/**
 * Whether a first connection brings so much that others would only be in its way: then the cores
 * are what is short, not the network. Measured by the real clock, because it is the network that is
 * judged. Not thread-safe.
 *
 * <p>To give the first connection company means to cut off its answer, which has no end of its own.
 * That costs what the kernels of both sides hold by then, up to 5 MB on a loopback, and on a busy
 * machine any connection seems slow for a moment. An object that is small beside that is left to a
 * first connection that is not slow on average over half a second: at {@value
 * #PATIENT_BYTES_PER_SECOND} bytes a second it is here within two seconds.
 */
final class SingleStreamPolicy {

  /** How long a connection is watched before it is judged, and judged again. */
  static final long TRIAL_MILLIS = 20;

  private static final long PATIENT_TRIAL_MILLIS = 500;
  private static final long PATIENT_BYTES_PER_SECOND = 40_000_000;

  /** A cut (measured: up to 5 MB) and a reset (3 MB) cost less than a tenth of what is larger. */
  private static final long CHEAP_TO_CUT_BYTES = 80 << 20;

  private final long leastPerSecond;
  private final long trialNanos;
  private long begun;
  private long since;
  private long before;

  private SingleStreamPolicy(long leastPerSecond, long trialMillis) {
    this.leastPerSecond = leastPerSecond;
    this.trialNanos = Duration.ofMillis(trialMillis).toNanos();
  }

  /**
   * @param leastPerSecond the bytes in a second that are enough
   * @param total the size of the object
   */
  static SingleStreamPolicy of(long leastPerSecond, long total) {
    return total > CHEAP_TO_CUT_BYTES
        ? new SingleStreamPolicy(leastPerSecond, TRIAL_MILLIS)
        : new SingleStreamPolicy(
            Math.min(leastPerSecond, PATIENT_BYTES_PER_SECOND), PATIENT_TRIAL_MILLIS);
  }

  void begin() {
    begun = System.nanoTime();
    since = begun;
  }

  /** Whether the connection had time to show what it brings. */
  boolean hasSettled() {
    return System.nanoTime() - begun >= Duration.ofMillis(TRIAL_MILLIS).toNanos();
  }

  boolean isOver() {
    return System.nanoTime() - since >= trialNanos;
  }

  /**
   * Judges, and begins the next trial.
   *
   * @param received the bytes that the connection has brought in its life
   */
  boolean passed(long received) {
    long now = System.nanoTime();
    double perSecond = (received - before) * 1e9 / (now - since);
    since = now;
    before = received;
    return perSecond >= leastPerSecond;
  }
}
