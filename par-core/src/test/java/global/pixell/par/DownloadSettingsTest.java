package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DownloadSettingsTest {

  private static final long MIB = 1 << 20;

  @Test
  void every_connection_gets_equally_many_parts() {
    DownloadSettings settings = settings(8);

    assertThat(settings.partBytes(100_000_000)).isEqualTo(6_250_000);
    assertThat(settings.partBytes(64 * MIB)).isEqualTo(8 * MIB);
    assertThat(settings.partBytes(64 * MIB + 1)).isEqualTo(4 * MIB + 1);
  }

  @Test
  void parts_are_of_half_the_usual_size_to_twice_it_whatever_the_object() {
    for (int connections = 1; connections <= 16; connections++) {
      for (long total = 1; total < 1L << 43; total = total * 3 + 1) {
        assertThat(settings(connections).partBytes(total)).isBetween(4 * MIB, 16 * MIB);
      }
    }
  }

  private static DownloadSettings settings(int connections) {
    return new DownloadSettings(
        1L << 50,
        connections,
        DownloadSettings.PART_BYTES,
        DownloadSettings.TAIL_BYTES,
        DownloadSettings.LEAST_BYTES,
        DownloadSettings.WINDOW,
        Duration.ofSeconds(2),
        DownloadSettings.NEVER_ALONE,
        true,
        System::nanoTime);
  }
}
