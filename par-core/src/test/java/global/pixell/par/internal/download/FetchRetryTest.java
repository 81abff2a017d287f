package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FetchRetryTest {

  private static final Duration MINUTE = Duration.ofMinutes(1);

  private final ParException broken =
      new ParException(ParException.Kind.UNAVAILABLE, "It broke.", "Try again.");

  private final List<Duration> delays = new ArrayList<>();
  private final List<Duration> slept = new ArrayList<>();
  private long now;

  /** Draws the smallest value, which gives no wait. */
  private static final RandomGenerator LEAST = draw(0);

  /** Draws the largest value, which gives the bound itself. */
  private static final RandomGenerator MOST = draw(-1);

  private static RandomGenerator draw(long value) {
    return new Random() {
      private static final long serialVersionUID = 1L;

      @Override
      public long nextLong(long bound) {
        return value < 0 ? bound - 1 : value;
      }
    };
  }

  @Test
  void a_passing_failure_is_tried_again_until_it_passes() {
    String result =
        retry(5, MINUTE, LEAST)
            .run(
                number -> {
                  if (number < 3) {
                    throw FetchFailure.transientFailure(broken);
                  }
                  return "attempt " + number;
                },
                (number, delay, failure) -> delays.add(delay));

    assertThat(result).isEqualTo("attempt 3");
    assertThat(delays).hasSize(2);
  }

  @Test
  void a_lasting_failure_costs_one_attempt() {
    assertThat(attempts(5, MINUTE, LEAST, FetchFailure.permanent(broken))).isEqualTo(1);
    assertThat(attempts(5, MINUTE, LEAST, FetchFailure.objectChanged(broken))).isEqualTo(1);
  }

  @Test
  void attempts_are_bounded_and_the_error_counts_them() {
    assertThat(failure(4, MINUTE, LEAST, FetchFailure.transientFailure(broken)))
        .hasMessage("It broke. Gave up after 4 attempts.");
  }

  @Test
  void a_first_fault_is_tried_again_soon_and_later_ones_ever_more_slowly() {
    attempts(9, Duration.ofHours(1), MOST, FetchFailure.transientFailure(broken));

    assertThat(slept)
        .extracting(Duration::toMillis)
        .startsWith(100L, 3000L, 6000L, 12000L, 20000L, 20000L);
  }

  @Test
  void throttling_is_waited_out_from_the_first_on() {
    attempts(
        4,
        Duration.ofHours(1),
        MOST,
        FetchFailure.of(Retryability.THROTTLED, broken, Optional.empty()));

    assertThat(slept).extracting(Duration::toMillis).containsExactly(3000L, 6000L, 12000L);
  }

  @Test
  void attempts_end_after_two_minutes_of_failures_in_a_row() {
    var retry =
        new FetchRetry(
            Integer.MAX_VALUE,
            FetchRetry.PATIENCE,
            Duration.ofHours(1),
            () -> now,
            MOST,
            delay -> now += delay.toNanos());

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                retry.run(
                    number -> {
                      throw FetchFailure.transientFailure(broken);
                    },
                    (number, delay, failure) -> {}));

    // 0.1 + 3 + 6 + 12 + 4 × 20 s; another 20 s would exceed two minutes.
    assertThat(e)
        .hasMessage("It broke. Gave up after 9 attempts that failed for 120 s without progress.");
    assertThat(Duration.ofNanos(now)).isEqualTo(Duration.ofMillis(101_100));
  }

  @Test
  void progress_ends_a_row_of_failures() {
    long[] progress = {0};
    var attempt =
        new FetchRetry.Attempt<String>() {
          @Override
          public String run(int number) throws FetchFailure {
            if (number == 40) {
              return "done";
            }
            progress[0]++;
            throw FetchFailure.transientFailure(broken);
          }

          @Override
          public long progress() {
            return progress[0];
          }
        };

    String result =
        retry(Integer.MAX_VALUE, Duration.ofHours(1), MOST)
            .run(attempt, (number, delay, failure) -> {});

    assertThat(result).isEqualTo("done");
    assertThat(slept).containsOnly(Duration.ofMillis(100));
  }

  @Test
  void a_wait_that_the_server_asked_for_counts_against_the_deadline_alone() {
    FetchFailure wish =
        FetchFailure.of(Retryability.TRANSIENT, broken, Optional.of(Duration.ofMinutes(5)));

    assertThat(attempts(3, Duration.ofHours(1), LEAST, wish)).isEqualTo(3);
  }

  @Test
  void the_jitter_is_full() {
    var random = new Random(7);
    for (int i = 0; i < 400; i++) {
      attempts(2, MINUTE, random, FetchFailure.transientFailure(broken));
    }

    assertThat(slept).allSatisfy(d -> assertThat(d.toMillis()).isBetween(0L, 100L));
    assertThat(slept.stream().filter(d -> d.toMillis() < 20)).hasSizeGreaterThan(40);
    assertThat(slept.stream().filter(d -> d.toMillis() > 80)).hasSizeGreaterThan(40);
  }

  @Test
  void a_server_is_never_asked_sooner_than_it_wished_nor_by_all_at_once() {
    attempts(
        2,
        MINUTE,
        MOST,
        FetchFailure.of(Retryability.TRANSIENT, broken, Optional.of(Duration.ofMillis(3))));

    assertThat(slept).containsExactly(Duration.ofMillis(103));
    assertThat(delays).isEqualTo(slept);
  }

  @Test
  void a_wait_that_would_pass_the_deadline_is_not_begun() {
    FetchFailure wish =
        FetchFailure.of(Retryability.TRANSIENT, broken, Optional.of(Duration.ofHours(1)));

    assertThat(failure(5, Duration.ofSeconds(1), LEAST, wish))
        .hasMessage(
            "It broke. Gave up after 1 attempt: the server asked to wait 3600 s, and all attempts together may take 1 s.");
    assertThat(slept).isEmpty();
  }

  @Test
  void the_time_of_the_attempts_counts_against_the_deadline() {
    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                retry(5, Duration.ofSeconds(10), LEAST)
                    .run(
                        number -> {
                          now += Duration.ofSeconds(4).toNanos();
                          throw FetchFailure.transientFailure(broken);
                        },
                        (number, delay, failure) -> delays.add(delay)));

    assertThat(e)
        .hasMessage("It broke. Gave up after 3 attempts: all attempts together may take 10 s.");
  }

  @Test
  void an_attempt_that_hangs_is_ended_at_the_deadline() {
    var connection = new CountDownLatch(1);
    var hanging =
        new FetchRetry.Attempt<String>() {
          @Override
          public String run(int number) throws FetchFailure {
            try {
              connection.await();
            } catch (InterruptedException e) {
              throw new AssertionError(e);
            }
            throw FetchFailure.transientFailure(broken);
          }

          @Override
          public void abort() {
            connection.countDown();
          }
        };
    // The clock stands still, so the timer ends the attempts, slightly before or after the
    // deadline.
    var retry =
        new FetchRetry(5, FetchRetry.PATIENCE, Duration.ofMillis(200), () -> 0L, LEAST, slept::add);

    assertThatThrownBy(() -> retry.run(hanging, (number, delay, failure) -> {}))
        .hasMessage("It broke. Gave up after 1 attempt: all attempts together may take 200 ms.");
  }

  @Test
  void the_deadline_needs_no_worker_of_the_common_pool() {
    var busy = new CountDownLatch(1);
    try {
      for (int i = 0; i < ForkJoinPool.getCommonPoolParallelism(); i++) {
        ForkJoinPool.commonPool()
            .execute(
                () -> {
                  try {
                    busy.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
      }
      an_attempt_that_hangs_is_ended_at_the_deadline();
    } finally {
      busy.countDown();
    }
  }

  @Test
  void a_clock_set_right_is_tried_at_once_and_once() {
    assertThat(
            failure(
                5,
                MINUTE,
                MOST,
                FetchFailure.of(Retryability.CLOCK_SKEW, broken, Optional.empty())))
        .hasMessage("It broke. Gave up after 2 attempts.");
    assertThat(slept).isEmpty();
    assertThat(delays).containsExactly(Duration.ZERO);
  }

  @Test
  void an_interrupt_ends_the_wait_and_stays_set() {
    var retry =
        new FetchRetry(
            5,
            FetchRetry.PATIENCE,
            MINUTE,
            () -> 0L,
            MOST,
            delay -> {
              throw new InterruptedException();
            });

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                retry.run(
                    number -> {
                      throw FetchFailure.transientFailure(broken);
                    },
                    (number, delay, failure) -> {}));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(Thread.interrupted()).isTrue();
  }

  @Test
  void an_attempt_that_an_interrupt_broke_is_no_fault_of_the_server() {
    int[] made = {0};

    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                retry(5, MINUTE, LEAST)
                    .run(
                        number -> {
                          made[0] = number;
                          Thread.currentThread().interrupt();
                          throw FetchFailure.transientFailure(broken);
                        },
                        (number, delay, failure) -> {}));

    assertThat(Thread.interrupted()).isTrue();
    assertThat(e.kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(made[0]).isEqualTo(1);
  }

  private int attempts(
      int attempts, Duration deadline, RandomGenerator random, FetchFailure failure) {
    int[] made = {0};
    assertThatThrownBy(
            () ->
                retry(attempts, deadline, random)
                    .run(
                        number -> {
                          made[0] = number;
                          throw failure;
                        },
                        (number, delay, f) -> delays.add(delay)))
        .isInstanceOf(ParException.class);
    return made[0];
  }

  private ParException failure(
      int attempts, Duration deadline, RandomGenerator random, FetchFailure failure) {
    return catchThrowableOfType(
        ParException.class,
        () ->
            retry(attempts, deadline, random)
                .run(
                    number -> {
                      throw failure;
                    },
                    (number, delay, f) -> delays.add(delay)));
  }

  private FetchRetry retry(int attempts, Duration deadline, RandomGenerator random) {
    return new FetchRetry(attempts, FetchRetry.PATIENCE, deadline, () -> now, random, slept::add);
  }
}
