package global.pixell.par.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SafeTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Server returned HTTP response code: 403 for URL: https://h/k?sig=CANARY&x=CANARY",
        "https://CANARY:CANARY@h/k is broken",
        "Authorization: AWS4-HMAC-SHA256 Credential=CANARY/20260101, Signature=CANARY",
        "token CANARYCANARYCANARYCANARYCANARYCANARYCANARY of the session",
        "X-Amz-Security-Token=CANARY"
      })
  void secrets_are_taken_out_of_a_stranger_s_words(String message) {
    var cause = new IOException("outer", new IllegalStateException(message));

    assertThat(printed(SafeText.of(cause)))
        .doesNotContain("CANARY")
        .contains("java.io.IOException: outer", "java.lang.IllegalStateException");
  }

  @Test
  void the_place_in_the_code_is_kept_and_a_circle_ends() {
    var inner = new IOException("inner");
    var outer = new IOException("outer", inner);
    inner.initCause(outer);

    SafeText safe = SafeText.of(outer);

    assertThat(safe.getStackTrace()).isEqualTo(outer.getStackTrace());
    assertThat(printed(safe)).contains("inner");
  }

  @Test
  void ordinary_words_stay() {
    assertThat(SafeText.words("unable to find valid certification path to requested target"))
        .isEqualTo("unable to find valid certification path to requested target");
    assertThat(SafeText.words("two\r\nlines")).isEqualTo("two lines");
    assertThat(SafeText.words("word ".repeat(1000))).hasSizeLessThan(310);
  }

  private static String printed(Throwable e) {
    var text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
