package global.pixell.par.testkit.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms in which people write options. */
class OptionsTest {

  private static final Options.Syntax SYNTAX =
      new Options.Syntax(
          Set.of("-o", "--output", "-e"), Set.of("-v"), List.of("DIR"), List.of("MORE"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dir -o file",
        "-o file dir",
        "-o=file dir",
        "-ofile dir",
        "--output=file dir",
        "--output file dir"
      })
  void a_value_follows_its_option_or_is_attached_to_it(String line) {
    Options options = Options.parse(List.of(line.split(" ")), SYNTAX);

    assertThat(options.value("-o", "--output")).hasValue("file");
    assertThat(options.words()).containsExactly("dir");
  }

  @Test
  void a_value_may_look_like_an_option_and_contain_equals_signs() {
    Options options =
        Options.parse(List.of("-e", "A=b=c", "-eB=1", "--output", "--", "-e", "-v", "d"), SYNTAX);

    assertThat(options.values("-e")).containsExactly("A=b=c", "B=1", "-v");
    assertThat(options.value("--output")).hasValue("--");
    assertThat(options.has("-v")).isFalse();
  }

  @Test
  void nothing_is_an_option_after_two_dashes() {
    Options options = Options.parse(List.of("-v", "--", "-v", "--help"), SYNTAX);

    assertThat(options.words()).containsExactly("-v", "--help");
    assertThat(options.asksForHelp()).isFalse();
    assertThat(options.has("-v", "--verbose")).isTrue();
  }

  @Test
  void help_needs_no_other_argument() {
    assertThat(Options.parse(List.of("-h"), SYNTAX).asksForHelp()).isTrue();
  }
}
