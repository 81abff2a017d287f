package global.pixell.par.internal.download;

/**
 * Whether a first connection brings so much that others would only be in its way: then the cores
 * are what is short, not the network. Measured by the real clock, for it is the network that is
 * judged. Not thread-safe.
 */
final class SingleStreamPolicy {

  /** How long a connection is watched before it is judged, and judged again. */
  static final long TRIAL_MILLIS = 20;

  private final long leastPerSecond;
  private long since;
  private long before;

  /**
   * @param leastPerSecond the bytes in a second that are enough
   */
  SingleStreamPolicy(long leastPerSecond) {
    this.leastPerSecond = leastPerSecond;
  }

  void begin() {
    since = System.nanoTime();
  }

  boolean isOver() {
    return System.nanoTime() - since >= TRIAL_MILLIS * 1_000_000;
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
