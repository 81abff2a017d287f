package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({
    "1, 1024, 4",
    "2, 1024, 4",
    "3, 1024, 6",
    "8, 1024, 16",
    "64, 1024, 16",
    // One for each 4 MB of heap.
    "4, 24, 6",
    "8, 64, 16",
    "1, 2, 1"
  })
  void the_default_is_two_connections_a_core_as_far_as_the_heap_allows(
      int cores, long heapMib, int connections) {
    assertThat(DownloadSettings.defaultConnections(cores, heapMib * MIB)).isEqualTo(connections);
  }

  private static DownloadSettings settings(int connections) {
    return new DownloadSettings(
        1L << 50,
        connections,
        DownloadSettings.PART_BYTES,
        DownloadSettings.TAIL_BYTES,
        DownloadSettings.STALL_MIN_BYTES,
        DownloadSettings.STALL_WINDOW,
        Duration.ofSeconds(2),
        DownloadSettings.ALWAYS_PARALLEL,
        true,
        System::nanoTime);
  }
}
