package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The progress of a running download, by the test's own clock. */
class ProgressTest {

  private final List<ParEvent.Downloading> told = new ArrayList<>();
  private long now;

  private final Progress progress =
      new Progress("s3://b/k", () -> now, e -> told.add((ParEvent.Downloading) e));

  @Test
  void bytes_rate_and_time_left_are_told() {
    progress.begins(OptionalLong.of(1000), 0);
    after(Duration.ofSeconds(2));

    progress.tick(400);

    assertThat(told)
        .containsExactly(
            new ParEvent.Downloading("s3://b/k", 0, OptionalLong.of(1000), 0, Optional.empty()),
            new ParEvent.Downloading(
                "s3://b/k", 400, OptionalLong.of(1000), 200.0, Optional.of(Duration.ofSeconds(3))));
  }

  @Test
  void it_is_told_at_most_once_a_second_however_often_it_is_asked() {
    progress.begins(OptionalLong.of(1_000_000), 0);
    var random = new Random(1);
    long bytes = 0;
    for (int i = 0; i < 10_000; i++) {
      after(Duration.ofMillis(random.nextInt(20)));
      progress.tick(bytes += random.nextInt(100));
    }

    assertThat(told.size()).isBetween(60, (int) (now / 1_000_000_000));
    assertThat(told).extracting(ParEvent.Downloading::bytes).isSorted();
  }

  @Test
  void the_beginning_is_told_at_once_and_the_next_a_second_later() {
    after(Duration.ofMillis(990));
    progress.begins(OptionalLong.of(1000), 0);
    after(Duration.ofMillis(999));
    progress.tick(10);
    assertThat(told).hasSize(1);

    after(Duration.ofMillis(1));
    progress.tick(20);

    assertThat(told).extracting(ParEvent.Downloading::bytes).containsExactly(0L, 20L);
  }

  @Test
  void a_beginning_anew_within_the_second_is_not_told_by_itself() {
    progress.begins(OptionalLong.of(1000), 0);
    after(Duration.ofMillis(100));
    progress.begins(OptionalLong.of(2000), 0);
    assertThat(told).hasSize(1);

    after(Duration.ofMillis(900));
    progress.tick(90);

    assertThat(told).hasSize(2);
    assertThat(told.get(1).total()).hasValue(2000);
    assertThat(told.get(1).bytesPerSecond()).isEqualTo(100.0);
  }

  @Test
  void bytes_from_before_are_here_but_say_nothing_of_the_rate() {
    after(Duration.ofSeconds(9));
    progress.begins(OptionalLong.of(1000), 600);
    after(Duration.ofSeconds(2));

    progress.tick(800);

    assertThat(told).extracting(ParEvent.Downloading::bytes).containsExactly(600L, 800L);
    assertThat(told).extracting(ParEvent.Downloading::bytesPerSecond).containsExactly(0.0, 100.0);
    assertThat(told.get(1).eta()).contains(Duration.ofSeconds(2));
  }

  @Test
  void without_a_size_or_a_byte_there_is_no_time_left_to_tell() {
    progress.begins(OptionalLong.empty(), 0);
    after(Duration.ofSeconds(1));
    progress.tick(10);
    progress.begins(OptionalLong.of(100), 10);
    after(Duration.ofSeconds(1));
    progress.tick(10);

    assertThat(told).extracting(ParEvent.Downloading::eta).allMatch(Optional::isEmpty);
    assertThat(told).extracting(ParEvent.Downloading::bytesPerSecond).allMatch(Double::isFinite);
  }

  private void after(Duration wait) {
    now += wait.toNanos();
  }
}
