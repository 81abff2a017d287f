package global.pixell.par.internal.download;

import java.time.Duration;
import java.util.Arrays;

/**
 * When a second request for the same part is worth its cost (a hedged request). S3 serves nearly
 * all requests at the same rate, and a connection that is far slower than the others stays slow.
 *
 * <p>Not thread-safe.
 */
final class HedgePolicy {

  /** Fewer parts do not show the usual rate. */
  private static final int MIN_SAMPLES = 4;

  /** A straggler takes half as long again as the slowest twentieth of the parts before it. */
  private static final double TOLERANCE = 1.5;

  private static final double PERCENTILE = 0.95;

  /** A part that ends sooner is not worth a request. */
  private static final Duration MIN_AGE = Duration.ofMillis(100);

  /** At most one request in twenty is a hedge; the first one is always allowed. */
  private static final int REQUESTS_PER_HEDGE = 20;

  private double[] nanosPerByte = new double[16];
  private int samples;
  private int hedges;

  /** Records a part that one connection brought completely. */
  void recordPart(long bytes, long nanos) {
    if (samples == nanosPerByte.length) {
      nanosPerByte = Arrays.copyOf(nanosPerByte, 2 * samples);
    }
    nanosPerByte[samples++] = (double) nanos / bytes;
  }

  /** Whether one more hedge is allowed after so many requests. */
  boolean withinBudget(int requests) {
    return samples >= MIN_SAMPLES && hedges < Math.max(1, requests / REQUESTS_PER_HEDGE);
  }

  /** Whether a part of this size is late after this time. */
  boolean isStraggler(long bytes, long nanos) {
    double[] sorted = Arrays.copyOf(nanosPerByte, samples);
    Arrays.sort(sorted);
    double usual = sorted[(int) Math.ceil(PERCENTILE * samples) - 1] * bytes;
    return nanos > TOLERANCE * usual && nanos > MIN_AGE.toNanos();
  }

  void recordHedge() {
    hedges++;
  }
}
