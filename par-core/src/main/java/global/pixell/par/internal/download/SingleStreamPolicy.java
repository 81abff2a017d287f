package global.pixell.par.internal.download;

import java.time.Duration;

/**
 * Whether the first connection is so fast that others would not help, because the cores are the
 * limit and not the network. Uses the real clock, because it measures the network. Not thread-safe.
 *
 * <p>Adding connections means to cut off a response that has no end of its own. That wastes the
 * bytes that the kernels of both sides hold at that moment, up to 5 MB on a loopback, so {@link
 * RangeWorker} does it at a moment when it has read everything. A connection that is slow because
 * the reader is slow has no such moment, and others would not help. Under TLS nobody sees what the
 * kernel holds, and on a busy machine any connection seems slow for a moment. So for an object that
 * is small compared with 5 MB, the first connection stays the only one unless it is slow on average
 * over half a second: at {@value #PATIENT_BYTES_PER_SECOND} bytes a second such an object arrives
 * within two seconds.
 */
final class SingleStreamPolicy {

  /** How long a fast connection is measured before each decision. */
  static final long SAMPLE_MILLIS = 20;

  private static final long PATIENT_SAMPLE_MILLIS = 500;
  private static final long PATIENT_BYTES_PER_SECOND = 40_000_000;

  /** A cut (measured: up to 5 MB) and a reset (3 MB) cost less than a tenth of a larger object. */
  private static final long CHEAP_TO_CUT_BYTES = 80 << 20;

  private final long minBytesPerSecond;
  private final long sampleNanos;
  private long startedAt;
  private long sampleStartedAt;
  private long bytesBefore;
  private boolean silent;

  private SingleStreamPolicy(long minBytesPerSecond, long sampleMillis) {
    this.minBytesPerSecond = minBytesPerSecond;
    this.sampleNanos = Duration.ofMillis(sampleMillis).toNanos();
  }

  /**
   * The policy for an object.
   *
   * @param minBytesPerSecond the rate that is fast enough
   * @param total the size of the object
   */
  static SingleStreamPolicy of(long minBytesPerSecond, long total) {
    return total > CHEAP_TO_CUT_BYTES
        ? new SingleStreamPolicy(minBytesPerSecond, SAMPLE_MILLIS)
        : new SingleStreamPolicy(
            Math.min(minBytesPerSecond, PATIENT_BYTES_PER_SECOND), PATIENT_SAMPLE_MILLIS);
  }

  /** The policy for a response that ends with a part, so that others cost nothing. */
  static SingleStreamPolicy ofPart(long minBytesPerSecond) {
    return new SingleStreamPolicy(minBytesPerSecond, SAMPLE_MILLIS);
  }

  void start() {
    start(0);
  }

  /** Starts for a connection that has brought something already. */
  void start(long received) {
    startedAt = System.nanoTime();
    sampleStartedAt = startedAt;
    bytesBefore = received;
  }

  /** Whether the connection had time to reach its rate. */
  boolean hasSettled() {
    return System.nanoTime() - startedAt >= Duration.ofMillis(SAMPLE_MILLIS).toNanos();
  }

  boolean isSampleOver() {
    return System.nanoTime() - sampleStartedAt >= sampleNanos;
  }

  /**
   * Ends the sample and starts the next one.
   *
   * @param received the bytes that the connection has brought in its life
   * @return whether its rate in the sample was fast enough
   */
  boolean isFastEnough(long received) {
    long now = System.nanoTime();
    double bytesPerSecond = (received - bytesBefore) * 1e9 / (now - sampleStartedAt);
    sampleStartedAt = now;
    silent = received == bytesBefore;
    bytesBefore = received;
    return bytesPerSecond >= minBytesPerSecond;
  }

  /** Whether the last sample brought nothing. */
  boolean isSilent() {
    return silent;
  }
}
