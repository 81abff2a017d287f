package global.pixell.par.internal.download;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The one owner of retries, and the only class that knows Resilience4j.
 *
 * <p>Waits grow exponentially with full jitter: each is a uniform draw between zero and a bound,
 * which spreads a fleet best (<a
 * href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 * Backoff And Jitter</a>). The bound is 100 ms after a first fault, because most faults are gone at
 * once. After a second one in a row, and after throttling, it is 3 s, doubles with each attempt and
 * ends at 20 s. The AWS SDKs' standard mode begins at 100 ms and at 1 s and doubles from there.
 * Where 1,000 boots begin within 2 s on a prefix that lets through 200 a second, those refused come
 * back within that second while the others still arrive, and are refused again: 1.28 × the fewest
 * requests there can be, against 1.04 × with 3 s. Where nothing answers for 30 s, doubling from 100
 * ms costs 5.6 × the fewest, this 3.6 × ({@code RetryStorm}, in the tests). A wait that the server
 * asks for comes in addition. After a correction of the clock there is one attempt, at once.
 *
 * <p>Attempts end when they fail for {@code patience} without progress, not counting the waits that
 * the server asked for. A number of attempts and a deadline over all of them bound them too; the
 * deadline also ends an attempt that hangs. Immutable and thread-safe.
 *
 * @param attempts at least 1; {@link Integer#MAX_VALUE} for any number
 * @param patience how long attempts may fail in a row
 * @param deadline over all attempts together
 * @param nanoClock a monotonic clock
 * @param random the source of jitter
 * @param sleeper how to wait
 */
public record FetchRetry(
    int attempts,
    Duration patience,
    Duration deadline,
    LongSupplier nanoClock,
    RandomGenerator random,
    Sleeper sleeper) {

  private static final Duration FIRST_DELAY = Duration.ofMillis(100);
  private static final Duration DELAY = Duration.ofSeconds(3);
  private static final Duration MAX_DELAY = Duration.ofSeconds(20);

  /** Outlives a fail-over of S3 or of a proxy; a boot that fails after it costs a new task. */
  public static final Duration PATIENCE = Duration.ofMinutes(2);

  /** For a fetch that can use an older package instead: most faults pass within it. */
  public static final Duration PATIENCE_WITH_FALLBACK = Duration.ofSeconds(10);

  /** One attempt. */
  public interface Attempt<T> {
    T run(int number) throws FetchFailure;

    /**
     * A number that grows with what an attempt achieves for the next one, such as arrived bytes.
     */
    default long progress() {
      return 0;
    }

    /** Makes the running attempt fail soon. Called from another thread, at the deadline. */
    default void abort() {}
  }

  /** Waits. An interrupt ends the wait and the fetch. */
  public interface Sleeper {
    void sleep(Duration delay) throws InterruptedException;
  }

  /** Receives each failure that another attempt follows. */
  public interface Listener {
    void retrying(int attempt, Duration delay, FetchFailure failure);
  }

  /**
   * Attempts until one succeeds.
   *
   * @throws ParException the last failure, with the number of attempts where there were several
   */
  public <T> T run(Attempt<T> attempt, Listener listener) {
    var loop = new RetryLoop<>(attempt, listener);
    CompletableFuture<Void> timer = atDeadline(loop::abortAtDeadline);
    try {
      return loop.run();
    } finally {
      timer.complete(null);
    }
  }

  /** Runs an action at the deadline, by the real clock, unless the future is completed before. */
  private CompletableFuture<Void> atDeadline(Runnable action) {
    var timer = new CompletableFuture<Void>().orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
    // The action gets a thread of its own, started only at the deadline. The timer's thread is
    // shared by the whole JVM, and so is the common pool, whose only worker may be waiting for us.
    CompletableFuture<Void> unused =
        timer.whenComplete(
            (done, timeout) -> {
              if (timeout instanceof TimeoutException) {
                DaemonThreads.start("par-deadline", action);
              }
            });
    return timer;
  }

  /** The state of one fetch. */
  private final class RetryLoop<T> {
    private final Attempt<T> attempt;
    private final Listener listener;
    private final long started = nanoClock.getAsLong();
    private int number;
    private boolean clockCorrected;
    private volatile boolean deadlinePassed;
    private boolean deadlineWouldPass;
    private boolean exhausted;
    private int failuresInRow;
    private long failingSince = started;
    private long progress;
    private Duration delay = Duration.ZERO;

    RetryLoop(Attempt<T> attempt, Listener listener) {
      this.attempt = attempt;
      this.listener = listener;
    }

    /**
     * The timer decides whether the deadline passed, not the clock: the two may differ by a moment,
     * and an attempt that starts after the abort would never be aborted.
     */
    void abortAtDeadline() {
      deadlinePassed = true;
      attempt.abort();
    }

    T run() {
      RetryConfig config =
          RetryConfig.custom()
              .maxAttempts(attempts)
              .retryOnException(e -> e instanceof FetchFailure f && anotherMakesSense(f))
              // The next attempt waits itself, so that an interrupt does not count as a failure of
              // the attempt.
              .intervalBiFunction((n, outcome) -> 0L)
              .failAfterMaxAttempts(false)
              .build();
      Retry retry = Retry.of("fetch", config);
      retry
          .getEventPublisher()
          .onRetry(
              event -> {
                if (event.getLastThrowable() instanceof FetchFailure f) {
                  listener.retrying(number, delay, f);
                }
              });
      try {
        return Retry.decorateCheckedSupplier(retry, this::next).get();
      } catch (FetchFailure f) {
        // The failure of an interrupted attempt says nothing about the server.
        throw Thread.currentThread().isInterrupted() ? interrupted(f) : givenUp(f);
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        if (e instanceof InterruptedException) {
          Thread.currentThread().interrupt();
        }
        throw interrupted(e);
      }
    }

    private static ParException interrupted(Throwable e) {
      return new ParException(
          ParException.Kind.CANCELLED, "The fetch was interrupted.", "Fetch again to continue.", e);
    }

    private T next() throws FetchFailure, InterruptedException {
      if (number > 0 && !delay.isZero()) {
        sleeper.sleep(delay);
      }
      if (failuresInRow == 0) {
        failingSince = nanoClock.getAsLong();
      }
      return attempt.run(++number);
    }

    private boolean anotherMakesSense(FetchFailure failure) {
      if (!failure.isRetryable() || Thread.currentThread().isInterrupted()) {
        return false;
      }
      if (deadlinePassed) {
        deadlineWouldPass = true;
        return false;
      }
      if (failure.retryability() == Retryability.CLOCK_SKEW) {
        boolean first = !clockCorrected;
        clockCorrected = true;
        delay = Duration.ZERO;
        return first;
      }
      countFailure();
      Duration jitter = Duration.ofMillis(random.nextLong(bound(failure).toMillis() + 1));
      Duration requested = failure.retryAfter().orElse(Duration.ZERO);
      // The jitter is added to what the server asks for. Otherwise a fleet that was refused
      // together
      // would return together.
      delay = requested.plus(jitter);
      long now = nanoClock.getAsLong();
      deadlineWouldPass = Duration.ofNanos(now - started).plus(delay).compareTo(deadline) >= 0;
      exhausted = Duration.ofNanos(now - failingSince).plus(jitter).compareTo(patience) > 0;
      failingSince += requested.toNanos();
      return !deadlineWouldPass && !exhausted;
    }

    private void countFailure() {
      long achieved = attempt.progress();
      if (achieved > progress) {
        failuresInRow = 0;
        failingSince = nanoClock.getAsLong();
      }
      progress = Math.max(progress, achieved);
      failuresInRow++;
    }

    private Duration bound(FetchFailure failure) {
      boolean throttled = failure.retryability() == Retryability.THROTTLED;
      if (!throttled && failuresInRow == 1) {
        return FIRST_DELAY;
      }
      int doublings = Math.min(throttled ? failuresInRow - 1 : failuresInRow - 2, 10);
      Duration bound = DELAY.multipliedBy(1L << doublings);
      return bound.compareTo(MAX_DELAY) < 0 ? bound : MAX_DELAY;
    }

    private ParException givenUp(FetchFailure failure) {
      ParException error = failure.error();
      if (!failure.isRetryable() || (number == 1 && !deadlineWouldPass && !exhausted)) {
        return error;
      }
      String when =
          deadlineWouldPass
              ? failure
                      .retryAfter()
                      .map(wait -> ": the server asked to wait " + text(wait) + ", and")
                      .orElse(":")
                  + " all attempts together may take "
                  + text(deadline)
              : exhausted ? " that failed for " + text(patience) + " without progress" : "";
      return new ParException(
          error.kind(),
          error.getMessage()
              + " Gave up after "
              + number
              + (number == 1 ? " attempt" : " attempts")
              + when
              + ".",
          error.hint(),
          error);
    }

    private String text(Duration duration) {
      return duration.toMillis() % 1000 == 0
          ? duration.toSeconds() + " s"
          : duration.toMillis() + " ms";
    }
  }
}
