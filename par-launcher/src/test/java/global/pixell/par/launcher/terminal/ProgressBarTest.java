package global.pixell.par.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class ProgressBarTest {

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final ProgressBar bar =
      new ProgressBar(new PrintStream(written, false, StandardCharsets.UTF_8));

  @Test
  void it_shows_bytes_total_rate_and_the_time_left() {
    assertThat(line(25_000_000, OptionalLong.of(100_000_000), 10_000_000))
        .isEqualTo("[######------------------]  25 %  25.0 of 100.0 MB  10.0 MB/s  0:07 left");
  }

  @Test
  void without_a_total_it_shows_what_is_known() {
    assertThat(line(1_500_000, OptionalLong.empty(), 0)).isEqualTo("1.5 MB");
  }

  @Test
  void a_line_never_reaches_the_edge_of_a_terminal() {
    long huge = Long.MAX_VALUE / 2;

    assertThat(line(huge, OptionalLong.of(Long.MAX_VALUE), 1)).hasSizeLessThan(80);
    assertThat(line(0, OptionalLong.of(0), 0)).contains("100 %");
  }

  @Test
  void it_draws_in_place_and_leaves_nothing() {
    bar.draw(line(0, OptionalLong.of(10), 0));
    bar.draw(line(10, OptionalLong.of(10), 5));
    bar.clear();
    bar.clear();

    String erase = "\r\u001b[K";
    assertThat(written.toString(StandardCharsets.UTF_8))
        .doesNotContain("\n")
        .startsWith(erase + "[---")
        .endsWith("left" + erase);
  }

  @Test
  void nothing_is_written_where_nothing_was_drawn() {
    bar.clear();

    assertThat(written.size()).isZero();
  }

  private static String line(long bytes, OptionalLong total, double rate) {
    Optional<Duration> eta =
        rate > 0 && total.isPresent()
            ? Optional.of(Duration.ofMillis((long) ((total.getAsLong() - bytes) * 1000.0 / rate)))
            : Optional.empty();
    return ProgressBar.line(bytes, total, rate, eta);
  }
}
