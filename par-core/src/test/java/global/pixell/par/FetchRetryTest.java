package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class FetchRetryTest {

  private final ParException broken =
      new ParException(ParException.Kind.UNAVAILABLE, "It broke.", "Try again.");

  private final List<Duration> delays = new ArrayList<>();
  private final List<Duration> slept = new ArrayList<>();

  /** Draws nothing, so that no test waits. */
  private static final Random NO_JITTER =
      new Random() {
        private static final long serialVersionUID = 1L;

        @Override
        public long nextLong(long bound) {
          return 0;
        }
      };

  @Test
  void a_passing_failure_is_tried_again_until_it_passes() {
    String result =
        retry(5, Duration.ofMinutes(1))
            .run(
                number -> {
                  if (number < 3) {
                    throw FetchFailure.passing(broken, Optional.empty());
                  }
                  return "attempt " + number;
                },
                (number, delay, failure) -> delays.add(delay));

    assertThat(result).isEqualTo("attempt 3");
    assertThat(delays).hasSize(2);
  }

  @Test
  void a_lasting_failure_costs_one_attempt() {
    var attempts = new ArrayList<Integer>();

    assertThatThrownBy(
            () ->
                retry(5, Duration.ofMinutes(1))
                    .run(
                        number -> {
                          attempts.add(number);
                          throw FetchFailure.lasting(broken);
                        },
                        (number, delay, failure) -> delays.add(delay)))
        .isSameAs(broken);
    assertThat(attempts).containsExactly(1);
  }

  @Test
  void attempts_are_bounded_and_the_error_counts_them() {
    assertThatThrownBy(() -> alwaysFailing(4, Duration.ofMinutes(1), Optional.empty()))
        .hasMessage("It broke. Gave up after 4 attempts.");
  }

  @Test
  void a_wait_that_would_pass_the_deadline_is_not_begun() {
    assertThatThrownBy(
            () -> alwaysFailing(5, Duration.ofSeconds(1), Optional.of(Duration.ofHours(1))))
        .isSameAs(broken);
    assertThat(delays).isEmpty();
  }

  @Test
  void the_server_is_never_asked_sooner_than_it_wished() {
    assertThatThrownBy(
        () -> alwaysFailing(2, Duration.ofMinutes(1), Optional.of(Duration.ofMillis(3))));

    assertThat(delays).containsExactly(Duration.ofMillis(3));
    assertThat(slept).isEqualTo(delays);
  }

  private void alwaysFailing(int attempts, Duration deadline, Optional<Duration> retryAfter) {
    retry(attempts, deadline)
        .run(
            number -> {
              throw FetchFailure.passing(broken, retryAfter);
            },
            (number, delay, failure) -> delays.add(delay));
  }

  private FetchRetry retry(int attempts, Duration deadline) {
    return new FetchRetry(attempts, deadline, () -> 0L, NO_JITTER, slept::add);
  }
}
