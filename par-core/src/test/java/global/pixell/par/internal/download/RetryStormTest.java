package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.download.RetryStorm.Outcome;
import global.pixell.par.internal.download.RetryStorm.Scenario;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 1,000 boots at once, in virtual time; see {@link RetryStorm}. */
@Timeout(120)
class RetryStormTest {

  @Test
  void a_fleet_near_the_limit_makes_at_most_a_tenth_more_requests_than_boots() {
    Outcome outcome = boot(RetryStorm.AT_THE_LIMIT);

    assertThat(outcome.requests()).isLessThanOrEqualTo(RetryStorm.BOOTS * 11 / 10);
  }

  @Test
  void a_throttled_fleet_makes_at_most_a_tenth_more_requests_than_it_has_to() {
    for (Scenario scenario : new Scenario[] {RetryStorm.A_QUARTER_OVER, RetryStorm.TWICE_OVER}) {
      Outcome outcome = boot(scenario);

      assertThat(outcome.refusedFirst()).as("the limit bites").isGreaterThan(200);
      assertThat(outcome.excess()).isLessThanOrEqualTo(1.1);
      assertThat(outcome.peak()).as("retries in a second").isLessThan(scenario.perSecond());
      assertThat(outcome.requests())
          .isLessThan(RetryStorm.run(scenario, RetryStorm.everyHalfSecond(), 1).requests());
    }
  }

  @Test
  void a_fleet_outlives_an_outage_and_does_not_return_all_at_once() {
    Outcome outcome = RetryStorm.run(RetryStorm.OUTAGE, RetryStorm.par(), 1);

    assertThat(outcome.succeeded()).isEqualTo(RetryStorm.BOOTS);
    assertThat(outcome.excess()).isLessThanOrEqualTo(4);
    assertThat(outcome.peak()).isLessThan(RetryStorm.OUTAGE.perSecond());
    assertThat(outcome.last()).isLessThan(Duration.ofMinutes(1));
  }

  private static Outcome boot(Scenario scenario) {
    Outcome outcome = RetryStorm.run(scenario, RetryStorm.par(), 1);
    assertThat(outcome.succeeded()).isEqualTo(RetryStorm.BOOTS);
    return outcome;
  }
}
