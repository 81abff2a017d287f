package global.pixell.par.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class TerminalFeaturesTest {

  private static final TerminalFeatures NONE = new TerminalFeatures(false, false);

  @Test
  void a_terminal_has_colours_unless_it_is_dumb_or_unknown() {
    assertThat(TerminalFeatures.of(true, Map.of("TERM", "xterm")))
        .isEqualTo(new TerminalFeatures(true, true));
    assertThat(TerminalFeatures.of(true, Map.of("TERM", "dumb"))).isEqualTo(NONE);
    assertThat(TerminalFeatures.of(true, Map.of())).isEqualTo(NONE);
    assertThat(TerminalFeatures.of(false, Map.of("TERM", "xterm"))).isEqualTo(NONE);
  }

  @Test
  void no_color_takes_the_colours_away_unless_it_is_empty() {
    assertThat(TerminalFeatures.of(true, Map.of("TERM", "xterm", "NO_COLOR", "1")))
        .isEqualTo(new TerminalFeatures(false, true));
    assertThat(TerminalFeatures.of(true, Map.of("TERM", "xterm", "NO_COLOR", "")))
        .isEqualTo(new TerminalFeatures(true, true));
  }
}
