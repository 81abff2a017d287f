package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What {@code par-testkit dev} makes of the launcher's lines. */
class HumanLogFormatterTest {

  private static final String DIGEST = "cddee94910f61992".repeat(4);

  private static final String STARTING =
      line("Runtime starting", "info", "\"config\":{\"region\":\"us-east-2\"},\"version\":\"1\"");

  private static final String DOWNLOADED =
      line(
          "Package downloaded",
          "info",
          "\"wire_bytes\":674,\"attempts\":1,\"duration_ms\":1234,\"bytes\":674");

  @Test
  void what_goes_well_with_every_boot_is_not_shown_and_the_rest_is_short() {
    assertThat(
            shown(
                HumanLogFormatter.Detail.SHORT,
                STARTING,
                line("Package cached", "info", "\"hit\":false,\"sha256\":\"" + DIGEST + "\""),
                DOWNLOADED,
                line("Agent started", "info", "\"pid\":7,\"command\":[\"sh\",\"run.sh\"]"),
                line("Runtime ready", "info", "\"boot_ms\":980,\"phases\":{\"total\":980}")))
        .containsExactly(
            "par    Package downloaded  bytes=674  duration=1.2s",
            "par    Agent started  sh run.sh  pid=7",
            "par    Runtime ready  boot=980ms");
  }

  @Test
  void what_is_no_routine_is_shown_whatever_it_is() {
    assertThat(
            shown(
                HumanLogFormatter.Detail.SHORT,
                line("Package cached", "warning", "\"sha256\":\"" + DIGEST + "\""),
                line("Something new", "info", "\"b\":2,\"a\":1"),
                "no JSON at all"))
        .containsExactly(
            "par    Package cached", "par    Something new  a=1  b=2", "no JSON at all");
  }

  @Test
  void all_of_it_has_every_field_in_one_order_with_short_digests() {
    assertThat(
            shown(
                HumanLogFormatter.Detail.ALL,
                DOWNLOADED,
                line("Package cached", "info", "\"sha256\":\"" + DIGEST + "\",\"hit\":true"),
                line("Package opened", "info", "\"digest\":\"sha256:" + DIGEST + "\"")))
        .containsExactly(
            "par    Package downloaded  bytes=674  duration=1.2s  attempts=1  wire_bytes=674",
            "par    Package cached  hit=true  sha256=cddee94910f6",
            "par    Package opened  digest=cddee94910f6");
  }

  @Test
  void json_is_left_as_it_is() {
    assertThat(shown(HumanLogFormatter.Detail.JSON, STARTING, DOWNLOADED))
        .containsExactly(STARTING, DOWNLOADED);
  }

  @Test
  void what_an_agent_says_is_shown_whether_it_is_text_or_json_and_moves_no_cursor() {
    assertThat(
            shown(
                HumanLogFormatter.Detail.SHORT,
                agent("Agent output", "\"stream\":\"stdout\",\"message\":\"hi\\u001b[2J\""),
                agent("Agent output", "\"msg\":\"from JSON\",\"user\":1"),
                agent("order placed", "\"id\":5")))
        .containsExactly(
            "agent  hi\\x1b[2J", "agent  msg=from JSON  user=1", "agent  order placed  id=5");
  }

  @Test
  void a_traceback_keeps_its_lines() {
    assertThat(
            shown(
                HumanLogFormatter.Detail.SHORT,
                line(
                    "Runtime failed",
                    "error",
                    "\"error\":\"one\\ntwo\",\"code\":\"AGENT_FAILED\"")))
        .containsExactly("par    Runtime failed  code=AGENT_FAILED  one", "    two");
  }

  private static List<String> shown(HumanLogFormatter.Detail detail, String... lines) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    var log = new HumanLogFormatter(new Terminal(Map.of(), stream, stream, false), detail);
    for (String line : lines) {
      log.show(line);
    }
    return out.toString(StandardCharsets.UTF_8)
        .lines()
        .map(line -> line.replaceFirst("^\\d\\d:\\d\\d:\\d\\d\\.\\d{3}  ", ""))
        .toList();
  }

  private static String line(String event, String level, String fields) {
    return json(event, level, "par", fields);
  }

  private static String agent(String event, String fields) {
    return json(event, "info", "agent", fields);
  }

  private static String json(String event, String level, String origin, String fields) {
    return "{\"timestamp\":\"2026-01-02T03:04:05.678Z\",\"level\":\""
        + level
        + "\",\"event\":\""
        + event
        + "\",\"agent_app_id\":\"dev\",\"seq\":1,\"origin\":\""
        + origin
        + "\","
        + fields
        + "}";
  }
}
