package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class ParLogTest {

  private static final ParLog LOG =
      ParLog.of(
          List.of(
              line(1, "info", "Runtime starting", ""),
              line(2, "warning", "Download retried", ",\"attempt\":2"),
              line(3, "info", "Runtime ready", ",\"code\":\"X\"")));

  @Test
  void events_in_order_are_found_with_others_between_them() {
    LOG.hasEvents("Runtime starting", "Runtime ready").isWhole().hasNo("Runtime failed");
  }

  @Test
  void an_event_that_came_earlier_is_not_in_order() {
    assertThatThrownBy(() -> LOG.hasEvents("Runtime ready", "Download retried"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith(
            "expected 'Download retried' after 'Runtime ready', but it did not come; the log is")
        .hasMessageContaining("\"attempt\":2");
  }

  @Test
  void a_line_above_the_level_is_shown() {
    LOG.hasNothingAbove("warning");
    assertThatThrownBy(() -> LOG.hasNothingAbove("info"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("expected nothing above info, but there is {\"timestamp\"");
    assertThatThrownBy(() -> LOG.hasNothingAbove("loud"))
        .hasMessage("a level is one of [debug, info, warning, error], and 'loud' is not");
  }

  @Test
  void fields_are_read_by_name() {
    assertThat(LOG.only("Download retried").number("attempt")).isEqualTo(2);
    assertThat(LOG.only("Runtime ready").text("code")).isEqualTo("X");
    assertThat(LOG.only("Runtime ready").text("absent")).isEmpty();
    assertThatThrownBy(() -> LOG.only("Runtime ready").number("code"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("no number 'code' in {");
    assertThatThrownBy(() -> LOG.only("Runtime failed"))
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("expected one line 'Runtime failed', but there are 0");
  }

  @Test
  void a_gap_in_the_numbers_is_lost_lines() {
    ParLog gap = ParLog.of(List.of(line(1, "info", "a", ""), line(3, "info", "b", "")));

    assertThatThrownBy(gap::isWhole)
        .isInstanceOf(AssertionError.class)
        .hasMessageStartingWith("line 2 has the number 3: lines are lost");
  }

  @Test
  void what_is_no_json_object_is_no_log() {
    assertThatThrownBy(() -> ParLog.of(List.of("panic!")))
        .isInstanceOf(AssertionError.class)
        .hasMessage("the log line is not a JSON object: panic!");
  }

  @Test
  void secrets_are_found_by_value_and_by_shape_and_not_repeated() {
    for (String secret :
        List.of(
            "s3cr3t-of-mine",
            FakeS3.SECRET_KEY,
            "https://h/?X-Amz-Signature=0123456789abcdef",
            "X-Amz-Security-Token=IQoJb3JpZ2luX2Vj",
            "AKIA" + "IOSFODNN7EXAMPLE",
            "https://me:hunter2@host/")) {
      ParLog log = ParLog.of(List.of(line(1, "info", "e", ",\"url\":\"" + secret + "\"")));

      assertThatThrownBy(() -> log.hidesSecrets("s3cr3t-of-mine"))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("a secret is in the line {")
          .hasMessageNotContaining(secret);
    }
    LOG.hidesSecrets("s3cr3t-of-mine");
  }

  private static String line(int seq, String level, String event, String more) {
    return "{\"timestamp\":\"2026-01-01T00:00:00.000Z\",\"level\":\"%s\",\"event\":\"%s\",\"agent_app_id\":\"a\",\"seq\":%d%s}"
        .formatted(level, event, seq, more);
  }
}
