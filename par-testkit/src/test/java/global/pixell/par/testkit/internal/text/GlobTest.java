package global.pixell.par.testkit.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GlobTest {

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "a/b.apkg, a/b.apkg, true",
        "a/b.apkg, a/b.apkg2, false",
        "acme/*, acme/greeter/1.0.0/greeter.apkg, true",
        "acme/*, acme/, true",
        "acme/*, acme, false",
        "*/greeter.apkg, acme/greeter.apkg, true",
        "*.apkg, acme/greeter.zip, false",
        "a?c, a/c, true",
        "a?c, ac, false",
        "a?c, a\uD83D\uDE00c, true",
        "a\\*, a*, true",
        "a\\*, ab, false",
        "a\\?, a?, true",
        "a\\b, a\\b, true",
        "**a**, bab, true",
        "*, \"\", true",
        "\"\", \"\", true",
        "\"\", a, false",
      })
  void a_star_is_any_text_and_a_question_mark_any_character(
      String pattern, String value, boolean matches) {
    assertThat(Glob.of(pattern).matches(value)).isEqualTo(matches);
  }

  @Test
  void it_agrees_with_a_regular_expression() {
    var random = new Random(7);
    for (int i = 0; i < 5_000; i++) {
      String pattern = word(random, "ab*?");
      String value = word(random, "ab");
      boolean expected = Pattern.matches(pattern.replace("*", ".*").replace("?", "."), value);

      assertThat(Glob.of(pattern).matches(value)).as(pattern + " " + value).isEqualTo(expected);
    }
  }

  @Test
  void many_stars_do_not_take_exponential_time() {
    assertThat(Glob.of("*a".repeat(500) + "b").matches("a".repeat(5_000))).isFalse();
  }

  private static String word(Random random, String letters) {
    var word = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      word.append(letters.charAt(random.nextInt(letters.length())));
    }
    return word.toString();
  }
}
