package global.pixell.par.internal.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class RedactorTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET https://b.s3.amazonaws.com/k?X-Amz-Signature=CANARY1234&x=1",
        "https://h/k?X-Amz-Security-Token=CANARY1234",
        "https://h/k?AWSAccessKeyId=CANARY1234&Signature=CANARY1234",
        "Authorization: AWS4-HMAC-SHA256 Credential=CANARY1234/20260101, Signature=CANARY1234",
        "authorization=Bearer CANARY1234",
        "sent Bearer CANARY1234abc",
        "postgres://user:CANARY1234@db/x",
        "AWS_SECRET_ACCESS_KEY=CANARY1234",
        "{\"password\": \"CANARY1234 with blanks\"}",
        "{\"api_key\":\"CANARY1234\\\"quoted\"}",
        "db_password = 'CANARY1234'",
        "key AKIACANARY1234000000",
        "the body was {\\\"password\\\": \\\"CANARY1234\\\"}",
        "cut off: {\"password\": \"CANARY1234 CANARY",
        "the_first_token_and_the_second_token=CANARY1234",
      })
  void a_secret_is_taken_out_by_its_name_or_its_shape(String text) {
    assertThat(Redactor.standard().redact(text)).doesNotContain("CANARY").contains("[redacted]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"listening on port 8080", "a@b.example wrote", "s3://bucket/key?versionId=1", ""})
  void ordinary_text_is_left_alone(String text) {
    assertThat(Redactor.standard().redact(text)).isEqualTo(text);
  }

  @Test
  void a_known_value_is_taken_out_wherever_it_turns_up() {
    Redactor redactor = Redactor.of(List.of("correct-horse", "correct-horse-battery", "short"));

    assertThat(redactor.redact("it was correct-horse-battery, short"))
        .isEqualTo("it was [redacted], short");
  }

  static Stream<String> longLines() {
    return Stream.of(
            "token ",
            "token",
            "token=",
            "token=\"",
            "token='\\",
            "password: \"\\\"",
            "secret  ",
            "bearer ",
            "basic\t",
            "authorization ",
            "authorization:",
            "://",
            "://a@",
            "://user:",
            "AKIA",
            "AKIA_",
            "ASIA0000000000000_",
            "a",
            "a.",
            "\"",
            " ",
            "\n")
        .flatMap(
            unit ->
                Stream.of(
                        "",
                        "token ",
                        "token",
                        "token=\"",
                        "{\"password\": \"",
                        "bearer ",
                        "://",
                        "AKIA")
                    .map(start -> start + unit.repeat((256 << 10) / unit.length())));
  }

  @ParameterizedTest
  @MethodSource("longLines")
  @Timeout(value = 20, threadMode = ThreadMode.SEPARATE_THREAD)
  void a_line_of_any_length_and_shape_is_done_in_a_moment(String line) {
    assertThat(Redactor.standard().redact(line)).isNotNull();
  }

  @Test
  void redacting_twice_changes_nothing_more() {
    String once = Redactor.standard().redact("password=hunter2 Authorization: Bearer abcdefghij");

    assertThat(Redactor.standard().redact(once)).isEqualTo(once);
  }
}
