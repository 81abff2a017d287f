package global.pixell.par.internal.download;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Outlook;
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
 * <p>Waits grow exponentially with full jitter, a uniform draw between nothing and the bound, which
 * spreads a fleet best (<a
 * href="https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/">Exponential
 * Backoff And Jitter</a>). The bound begins at 100 ms after a transient fault and at 3 s after
 * throttling, doubles with each attempt, and ends at 20 s. These are the numbers of the AWS SDKs'
 * standard mode, but for throttling, which begins at 1 s there. Where 1,000 boots begin within 2 s
 * on a prefix that lets through 200 a second, those refused come back within that second while the
 * others still arrive, and are refused again: 1.28 × the fewest requests there can be, against 1.04
 * × with 3 s ({@code RetryStorm}, in the tests). What the server asks for is waited besides. A
 * corrected clock is tried at once, and once.
 *
 * <p>All ends with a number of attempts and with a deadline over all of them, which also ends an
 * attempt that hangs. Immutable and thread-safe.
 *
 * @param attempts at least 1
 * @param deadline over all attempts together
 * @param nanoClock a monotonic clock
 * @param random the source of jitter
 * @param sleeper how to wait
 */
public record FetchRetry(
    int attempts,
    Duration deadline,
    LongSupplier nanoClock,
    RandomGenerator random,
    Sleeper sleeper) {

  private static final Duration TRANSIENT_BASE = Duration.ofMillis(100);
  private static final Duration THROTTLED_BASE = Duration.ofSeconds(3);
  private static final Duration MOST = Duration.ofSeconds(20);

  /** One attempt. */
  public interface Attempt<T> {
    T run(int number) throws FetchFailure;

    /** Makes the attempt that is running fail soon; called from another thread, at the deadline. */
    default void abort() {}
  }

  /** Waits; an interrupt ends the wait and the fetch. */
  public interface Sleeper {
    void sleep(Duration delay) throws InterruptedException;
  }

  /** Told of a failure that will be followed by another attempt. */
  public interface Listener {
    void retrying(int attempt, Duration delay, FetchFailure failure);
  }

  /**
   * Attempts until one succeeds.
   *
   * @throws ParException the last failure, with the number of attempts where there were several
   */
  public <T> T run(Attempt<T> attempt, Listener listener) {
    var course = new RetryLoop<>(attempt, listener);
    CompletableFuture<Void> timer = atDeadline(course::abortAtDeadline);
    try {
      return course.run();
    } finally {
      timer.complete(null);
    }
  }

  /** Rings at the deadline, by the real clock, unless it is completed before. */
  private CompletableFuture<Void> atDeadline(Runnable bell) {
    var timer = new CompletableFuture<Void>().orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
    // On a thread of its own where it rings, for the timer's is shared by the whole JVM, and so is
    // the common pool, whose one worker may be who waits here; where it does not ring, none is
    // started for it.
    CompletableFuture<Void> unused =
        timer.whenComplete(
            (done, late) -> {
              if (late instanceof TimeoutException) {
                DaemonThreads.start("par-deadline", bell);
              }
            });
    return timer;
  }

  /** What is known of one fetch on its way. */
  private final class RetryLoop<T> {
    private final Attempt<T> attempt;
    private final Listener listener;
    private final long started = nanoClock.getAsLong();
    private int number;
    private boolean clockCorrected;
    private volatile boolean deadlinePassed;
    private boolean late;
    private Duration delay = Duration.ZERO;

    RetryLoop(Attempt<T> attempt, Listener listener) {
      this.attempt = attempt;
      this.listener = listener;
    }

    /**
     * The timer decides that the deadline passed, not the clock: the two may differ by a moment,
     * and an attempt that begins after the abort would never be aborted.
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
              // The wait is made by the next attempt, where an interrupt can be told from a
              // failure.
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
        // What an interrupted attempt fails with tells nothing of the server.
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
          ParException.Kind.CANCELLED, "The fetch was interrupted.", "Fetch again to go on.", e);
    }

    private T next() throws FetchFailure, InterruptedException {
      if (number > 0 && !delay.isZero()) {
        sleeper.sleep(delay);
      }
      return attempt.run(++number);
    }

    private boolean anotherMakesSense(FetchFailure failure) {
      if (!failure.retryable() || Thread.currentThread().isInterrupted()) {
        return false;
      }
      if (deadlinePassed) {
        late = true;
        return false;
      }
      if (failure.outlook() == Outlook.CLOCK_SKEW) {
        boolean first = !clockCorrected;
        clockCorrected = true;
        delay = Duration.ZERO;
        return first;
      }
      delay = delayAfter(failure);
      Duration spent = Duration.ofNanos(nanoClock.getAsLong() - started);
      late = spent.plus(delay).compareTo(deadline) >= 0;
      return !late;
    }

    private Duration delayAfter(FetchFailure failure) {
      Duration base = failure.outlook() == Outlook.THROTTLED ? THROTTLED_BASE : TRANSIENT_BASE;
      long bound = Math.min(MOST.toMillis(), base.toMillis() << Math.min(number - 1, 10));
      // On top of what the server asked, or a fleet that was sent away together returns together.
      return failure.retryAfter().orElse(Duration.ZERO).plusMillis(random.nextLong(bound + 1));
    }

    private ParException givenUp(FetchFailure failure) {
      ParException error = failure.error();
      if (!failure.retryable() || (number == 1 && !late)) {
        return error;
      }
      String when =
          late
              ? failure
                      .retryAfter()
                      .map(asked -> ": the next was asked to wait " + text(asked) + ", and")
                      .orElse(":")
                  + " all together may take "
                  + text(deadline)
              : "";
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
