package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StallMeterTest {

  private final AtomicLong clock = new AtomicLong();
  private final StallMeter meter =
      new StallMeter(
          new DownloadSettings(
              1 << 30,
              4,
              8,
              1,
              100,
              Duration.ofSeconds(10),
              Duration.ofSeconds(2),
              1,
              true,
              clock::get));

  @Test
  void a_body_that_brings_too_little_within_the_window_is_stalled() {
    meter.readingBody(true, 50);
    pass(Duration.ofSeconds(9));
    assertThat(meter.stalledWith(60)).isEmpty();

    pass(Duration.ofSeconds(1));
    assertThat(meter.stalledWith(149)).hasValue(99);
  }

  @Test
  void each_window_is_measured_by_itself() {
    meter.readingBody(true, 0);
    pass(Duration.ofSeconds(10));
    assertThat(meter.stalledWith(1000)).isEmpty();

    pass(Duration.ofSeconds(10));
    assertThat(meter.stalledWith(1000)).hasValue(0);
  }

  @Test
  void before_and_after_a_body_nothing_counts() {
    pass(Duration.ofSeconds(60));
    assertThat(meter.stalledWith(0)).isEmpty();

    meter.readingBody(true, 0);
    meter.readingBody(false, 0);
    pass(Duration.ofSeconds(60));
    assertThat(meter.stalledWith(0)).isEmpty();
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }
}
