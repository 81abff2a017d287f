package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HedgePolicyTest {

  private static final int MS = 1_000_000;
  private final HedgePolicy policy = new HedgePolicy();

  @Test
  void a_part_far_slower_than_its_sisters_is_late() {
    sisters(10);

    assertThat(policy.isStraggler(1000, 149 * MS)).isFalse();
    assertThat(policy.isStraggler(1000, 151 * MS)).isTrue();
    assertThat(policy.isStraggler(2000, 299 * MS)).isFalse();
  }

  @Test
  void what_takes_no_time_is_not_worth_a_request() {
    for (int i = 0; i < 10; i++) {
      policy.recordPart(1000, MS);
    }

    assertThat(policy.isStraggler(1000, 99 * MS)).isFalse();
  }

  @Test
  void one_slow_part_of_twenty_does_not_hide_the_next() {
    sisters(19);
    policy.recordPart(1000, 10_000L * MS);

    assertThat(policy.isStraggler(1000, 151 * MS)).isTrue();
  }

  @Test
  void few_parts_say_nothing_of_what_is_usual() {
    sisters(3);
    assertThat(policy.withinBudget(1000)).isFalse();

    sisters(1);
    assertThat(policy.withinBudget(1000)).isTrue();
  }

  @Test
  void one_is_always_allowed_then_one_in_twenty_requests() {
    sisters(10);
    policy.recordHedge();
    assertThat(policy.withinBudget(39)).isFalse();
    assertThat(policy.withinBudget(40)).isTrue();
  }

  private void sisters(int n) {
    for (int i = 0; i < n; i++) {
      policy.recordPart(1000, 100 * MS);
    }
  }
}
