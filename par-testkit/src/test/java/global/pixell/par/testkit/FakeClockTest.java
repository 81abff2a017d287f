package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class FakeClockTest {

  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private final AtomicReference<Instant> host = new AtomicReference<>(NOON);
  private final FakeClock clock = new FakeClock(host::get);

  @Test
  void a_machine_that_slept_wakes_up_to_the_time_of_day() {
    clock.advance(Duration.ofHours(1));

    host.set(NOON.plus(Duration.ofHours(8)));

    assertThat(clock.instant()).isEqualTo(NOON.plus(Duration.ofHours(9)));
  }

  @Test
  void frozen_it_stands_whatever_the_machine_does_and_goes_on_from_there() {
    clock.freeze();
    host.set(NOON.plus(Duration.ofHours(8)));
    assertThat(clock.instant()).isEqualTo(NOON);

    clock.advance(Duration.ofMinutes(1));
    clock.resume();
    host.set(NOON.plus(Duration.ofHours(9)));

    assertThat(clock.instant()).isEqualTo(NOON.plus(Duration.ofMinutes(61)));
  }
}
