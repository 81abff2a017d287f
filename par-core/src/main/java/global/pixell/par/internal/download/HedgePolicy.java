package global.pixell.par.internal.download;

import java.time.Duration;
import java.util.Arrays;

/**
 * When a part is so late that asking for it a second time pays: S3 answers nearly every request
 * alike, and a connection that is far slower than its sisters stays so.
 *
 * <p>Not thread-safe.
 */
final class HedgePolicy {

  /** Fewer say nothing of what is usual. */
  private static final int LEAST_SAMPLES = 4;

  /** Late is what takes half as long again as the slowest twentieth of the parts before. */
  private static final double TOLERANCE = 1.5;

  private static final double PERCENTILE = 0.95;

  /** What is over by then is not worth a request. */
  private static final Duration LEAST = Duration.ofMillis(100);

  /** At most one request in twenty is a second one; one is always allowed. */
  private static final int REQUESTS_A_HEDGE = 20;

  private double[] nanosPerByte = new double[16];
  private int samples;
  private int made;

  /** A part was brought whole by one connection. */
  void finished(long bytes, long nanos) {
    if (samples == nanosPerByte.length) {
      nanosPerByte = Arrays.copyOf(nanosPerByte, 2 * samples);
    }
    nanosPerByte[samples++] = (double) nanos / bytes;
  }

  boolean affordable(int requests) {
    return samples >= LEAST_SAMPLES && made < Math.max(1, requests / REQUESTS_A_HEDGE);
  }

  boolean late(long bytes, long nanos) {
    double[] sorted = Arrays.copyOf(nanosPerByte, samples);
    Arrays.sort(sorted);
    double usual = sorted[(int) Math.ceil(PERCENTILE * samples) - 1] * bytes;
    return nanos > TOLERANCE * usual && nanos > LEAST.toNanos();
  }

  void made() {
    made++;
  }

  /** How many second requests there were. */
  int count() {
    return made;
  }
}
