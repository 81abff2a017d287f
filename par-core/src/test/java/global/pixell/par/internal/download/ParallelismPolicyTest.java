package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ParallelismPolicyTest {

  private static final long PART = 1000;

  @Test
  void several_connections_are_for_large_objects_whose_ranges_are_safe() {
    assertThat(ParallelismPolicy.initial(settings(1), true, 2 * PART)).isEqualTo(1);
    assertThat(ParallelismPolicy.initial(settings(1), true, 2 * PART + 1)).isEqualTo(4);
    assertThat(ParallelismPolicy.initial(settings(1), false, 100 * PART)).isEqualTo(1);
  }

  @Test
  void each_failure_takes_a_connection_away_and_one_stays() {
    assertThat(ParallelismPolicy.afterFailures(4, 1)).isEqualTo(3);
    assertThat(ParallelismPolicy.afterFailures(4, 9)).isEqualTo(1);
  }

  @Test
  void as_many_connections_start_as_there_are_parts_and_room() {
    assertThat(ParallelismPolicy.toStart(4, 1, 9)).isEqualTo(3);
    assertThat(ParallelismPolicy.toStart(4, 1, 2)).isEqualTo(2);
    assertThat(ParallelismPolicy.toStart(1, 3, 9)).isZero();
  }

  @Test
  void the_first_connection_starts_alone_unless_it_stays_so_or_never_is() {
    assertThat(ParallelismPolicy.startsWithOne(settings(1), 4)).isTrue();
    assertThat(ParallelismPolicy.startsWithOne(settings(1), 1)).isFalse();
    assertThat(ParallelismPolicy.startsWithOne(settings(DownloadSettings.ALWAYS_PARALLEL), 4))
        .isFalse();
  }

  private static DownloadSettings settings(long singleStreamBytesPerSecond) {
    return new DownloadSettings(
        1 << 30,
        4,
        PART,
        1,
        100,
        Duration.ofSeconds(10),
        Duration.ofSeconds(2),
        singleStreamBytesPerSecond,
        true,
        () -> 0);
  }
}
