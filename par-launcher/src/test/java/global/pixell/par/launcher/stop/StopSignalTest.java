package global.pixell.par.launcher.stop;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class StopSignalTest {

  private final StopSignal stop = new StopSignal();

  @Test
  void the_first_order_counts_and_later_ones_change_nothing() {
    assertThat(stop.set(StopSignal.Kind.SIGNAL, "SIGTERM", Duration.ofHours(1))).isTrue();
    assertThat(stop.set(StopSignal.Kind.BOOT_TIMEOUT, "late", Duration.ZERO)).isFalse();

    assertThat(stop.order()).hasValueSatisfying(o -> assertThat(o.reason()).isEqualTo("SIGTERM"));
    assertThat(stop.order().orElseThrow().remaining()).isPositive();
  }

  @Test
  void actions_run_newest_first_and_one_that_throws_keeps_none_from_running() {
    List<String> ran = new ArrayList<>();
    stop.onStop(() -> ran.add("first"));
    stop.onStop(
        () -> {
          throw new IllegalStateException("broken");
        });
    stop.onStop(() -> ran.add("last"));

    stop.set(StopSignal.Kind.SIGNAL, "x", Duration.ZERO);

    assertThat(ran).containsExactly("last", "first");
    assertThat(stop.order().orElseThrow().remaining()).isZero();
  }

  @Test
  void an_action_that_comes_late_runs_at_once() {
    stop.set(StopSignal.Kind.SIGNAL, "x", Duration.ZERO);
    var ran = new AtomicBoolean();

    stop.onStop(() -> ran.set(true)).close();

    assertThat(ran).isTrue();
  }

  @Test
  void a_closed_registration_never_runs() {
    var ran = new AtomicBoolean();
    stop.onStop(() -> ran.set(true)).close();

    stop.set(StopSignal.Kind.SIGNAL, "x", Duration.ZERO);

    assertThat(ran).isFalse();
  }

  @Test
  void closing_a_registration_whose_action_runs_waits_for_its_end() throws Exception {
    var running = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var ended = new AtomicBoolean();
    var registration =
        stop.onStop(
            () -> {
              running.countDown();
              awaitUninterruptibly(release);
              ended.set(true);
            });
    var setter = new Thread(() -> stop.set(StopSignal.Kind.SIGNAL, "x", Duration.ZERO));
    setter.start();
    assertThat(running.await(20, TimeUnit.SECONDS)).isTrue();
    var closer = new Thread(registration::close);
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }

    assertThat(ended).isFalse();
    release.countDown();
    closer.join();

    assertThat(ended).isTrue();
    setter.join();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
