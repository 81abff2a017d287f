package global.pixell.par;

import io.github.resilience4j.core.functions.CheckedSupplier;
import io.github.resilience4j.retry.Retry;
import io.github.resilience4j.retry.RetryConfig;
import java.time.Duration;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The one owner of retries, and the only class that knows Resilience4j.
 *
 * <p>Exponential with full jitter (a uniform draw between nothing and the bound, which spreads a
 * fleet best), from 200 ms, doubling to at most 10 s; never sooner than the server asked; ended by
 * a number of attempts and by a deadline over all of them.
 *
 * @param attempts at least 1
 * @param deadline over all attempts together
 * @param nanoClock a monotonic clock
 * @param random the source of jitter
 * @param sleeper how to wait
 */
record FetchRetry(
    int attempts,
    Duration deadline,
    LongSupplier nanoClock,
    RandomGenerator random,
    Sleeper sleeper) {

  private static final Duration BASE = Duration.ofMillis(200);
  private static final Duration MOST = Duration.ofSeconds(10);

  /** One attempt. */
  interface Attempt<T> {
    T run(int number) throws FetchFailure;
  }

  /** Waits; an interrupt ends the wait and the fetch. */
  interface Sleeper {
    void sleep(Duration delay) throws InterruptedException;
  }

  /** Told of a failure that will be followed by another attempt. */
  interface Listener {
    void retrying(int attempt, Duration delay, FetchFailure failure);
  }

  <T> T run(Attempt<T> attempt, Listener listener) {
    long started = nanoClock.getAsLong();
    int[] number = {0};
    Duration[] delay = {Duration.ZERO};
    RetryConfig config =
        RetryConfig.custom()
            .maxAttempts(attempts)
            .retryOnException(
                failure -> {
                  if (!(failure instanceof FetchFailure f) || !f.retryable()) {
                    return false;
                  }
                  delay[0] = delayAfter(number[0], f);
                  Duration spent = Duration.ofNanos(nanoClock.getAsLong() - started);
                  return spent.plus(delay[0]).compareTo(deadline) < 0;
                })
            // The wait is made by the next attempt, where an interrupt can be told from a failure.
            .intervalBiFunction((n, outcome) -> 0L)
            .failAfterMaxAttempts(false)
            .build();
    Retry retry = Retry.of("fetch", config);
    retry
        .getEventPublisher()
        .onRetry(
            event -> {
              if (event.getLastThrowable() instanceof FetchFailure f) {
                listener.retrying(number[0], delay[0], f);
              }
            });
    CheckedSupplier<T> supplier =
        Retry.decorateCheckedSupplier(
            retry,
            () -> {
              if (number[0] > 0) {
                sleeper.sleep(delay[0]);
              }
              return attempt.run(++number[0]);
            });
    try {
      return supplier.get();
    } catch (FetchFailure f) {
      throw exhausted(f, number[0]);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      if (e instanceof InterruptedException) {
        Thread.currentThread().interrupt();
      }
      throw new ParException(
          ParException.Kind.CANCELLED, "The fetch was interrupted.", "Fetch again to go on.", e);
    }
  }

  private Duration delayAfter(int attempt, FetchFailure failure) {
    long bound = Math.min(MOST.toMillis(), BASE.toMillis() << Math.min(attempt - 1, 10));
    Duration jittered = Duration.ofMillis(random.nextLong(bound + 1));
    Duration asked = failure.retryAfter().orElse(Duration.ZERO);
    return asked.compareTo(jittered) > 0 ? asked : jittered;
  }

  private ParException exhausted(FetchFailure failure, int made) {
    ParException error = failure.error();
    if (!failure.retryable() || made == 1) {
      return error;
    }
    return new ParException(
        error.kind(),
        error.getMessage() + " Gave up after " + made + " attempts.",
        error.hint(),
        error);
  }
}
