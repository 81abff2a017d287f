package global.pixell.par.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BootStateTest {

  private final BootState state =
      new BootState(Clock.fixed(Instant.parse("2026-01-01T00:00:00Z"), ZoneOffset.UTC));

  @Test
  void a_run_goes_from_starting_to_ready_and_back_and_forth_and_ends() {
    List<String> steps = new ArrayList<>();
    state.onChange((before, after) -> steps.add(before.state() + ">" + after.state()));

    assertThat(state.ready("up")).isTrue();
    assertThat(state.probed(true, "fine")).isFalse();
    assertThat(state.probed(false, "HTTP 500")).isTrue();
    assertThat(state.snapshot().reason()).isEqualTo("HTTP 500");
    assertThat(state.probed(true, "fine")).isTrue();
    assertThat(state.stopping("SIGTERM")).isTrue();
    state.end(Outcome.stopped(0));

    assertThat(steps)
        .containsExactly(
            "STARTING>READY", "READY>UNREADY", "UNREADY>READY", "READY>STOPPING", "STOPPING>ENDED");
  }

  @Test
  void after_an_order_to_stop_nothing_is_ready_any_more() {
    state.stopping("SIGTERM");

    assertThat(state.ready("up")).isFalse();
    assertThat(state.probed(true, "fine")).isFalse();
    assertThat(state.stopping("again")).isFalse();
    assertThat(state.timedOut("late")).isFalse();
  }

  @Test
  void a_deadline_ends_only_what_is_still_starting() {
    state.ready("up");

    assertThat(state.timedOut("the hard limit")).isFalse();
    assertThat(state.isReady()).isTrue();
  }

  @Test
  void whoever_waits_for_the_end_reads_the_outcome_itself() {
    assertThat(state.awaitEnd(Duration.ZERO)).isEmpty();
    Outcome outcome = Outcome.stopped(7);
    state.end(outcome);

    assertThat(state.awaitEnd(Duration.ZERO)).containsSame(outcome);
    assertThat(state.stopping("too late")).isFalse();
  }

  @Test
  void a_failure_is_the_last_state() {
    assertThat(state.failed("a bug")).isTrue();
    state.end(Outcome.failed(89));

    assertThat(state.snapshot().state()).isEqualTo(BootState.State.FAILED);
  }

  @RepeatedTest(20)
  void of_a_signal_a_deadline_and_a_probe_exactly_one_wins() throws Exception {
    var wins = new AtomicInteger();
    var together = new CyclicBarrier(3);
    List<Supplier<Boolean>> rivals =
        List.of(
            () -> state.ready("up"), () -> state.timedOut("late"), () -> state.stopping("TERM"));
    List<Thread> threads =
        rivals.stream()
            .map(
                rival ->
                    new Thread(
                        () -> {
                          try {
                            together.await();
                          } catch (Exception e) {
                            throw new AssertionError(e);
                          }
                          if (rival.get()) {
                            wins.incrementAndGet();
                          }
                        }))
            .toList();
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }

    // Only a signal can come second, after the agent is ready.
    assertThat(wins.get()).isBetween(1, 2);
    assertThat(state.snapshot().state()).isNotEqualTo(BootState.State.STARTING);
  }
}
