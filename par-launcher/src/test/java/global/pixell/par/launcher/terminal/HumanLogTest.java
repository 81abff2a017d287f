package global.pixell.par.launcher.terminal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How {@code par run} on a terminal and {@code par-testkit dev} display JSON lines. */
class HumanLogTest {

  private static final String DIGEST = "cddee94910f61992".repeat(4);
  private static final String INDENT = " ".repeat(21);
  private static final String ERASE = "\r\u001b[K";

  private static final String STARTING =
      line("Runtime starting", "info", "\"config\":{\"region\":\"us-east-2\"},\"version\":\"1\"");

  private static final String DOWNLOADED =
      line(
          "Package downloaded",
          "info",
          "\"wire_bytes\":674,\"attempts\":1,\"duration_ms\":1234,\"bytes\":25200000");

  private static final String DOWNLOADING =
      line(
          "Package downloading",
          "info",
          "\"bytes\":25000000,\"total_bytes\":100000000,\"bytes_per_second\":10000000,\"eta_ms\":7500");

  @Test
  void time_origin_event_and_fields_stand_in_columns() {
    assertThat(
            shown(
                DOWNLOADED,
                line("Agent started", "info", "\"pid\":7,\"command\":[\"sh\",\"run.sh\"]"),
                agent("Agent output", "\"stream\":\"stdout\",\"message\":\"hello\""),
                line("Runtime stopped", "info", "\"exit_code\":0")))
        .containsExactly(
            "03:04:05.678  par    Package downloaded    bytes=25.2MB  duration=1.2s",
            "03:04:05.678  par    Agent started         sh run.sh  pid=7",
            "03:04:05.678  agent  hello",
            "03:04:05.678  par    Runtime stopped       exit_code=0");
  }

  @Test
  void routine_steps_of_a_boot_are_left_out_and_unknown_events_are_not() {
    assertThat(
            shown(
                STARTING,
                line("Package cached", "info", "\"hit\":false,\"sha256\":\"" + DIGEST + "\""),
                line("Package cached", "warning", "\"sha256\":\"" + DIGEST + "\""),
                line("Something new", "info", "\"b\":2,\"a\":1"),
                "no JSON \u001b[2J"))
        .containsExactly(
            "03:04:05.678  par    Package cached",
            "03:04:05.678  par    Something new         a=1  b=2",
            "no JSON \\x1b[2J");
  }

  @Test
  void in_detail_every_field_is_shown_in_one_order_with_short_digests() {
    assertThat(
            lines(
                HumanLogFormatter.Detail.ALL,
                DOWNLOADED,
                STARTING,
                line("Package opened", "info", "\"digest\":\"sha256:" + DIGEST + "\"")))
        .containsExactly(
            "03:04:05.678  par    Package downloaded    bytes=25.2MB  duration=1.2s  attempts=1"
                + "  wire_bytes=674",
            "03:04:05.678  par    Runtime starting      config={\"region\":\"us-east-2\"}  version=1",
            "03:04:05.678  par    Package opened        digest=cddee94910f6");
  }

  @Test
  void the_agents_lines_keep_their_indentation_and_move_no_cursor() {
    assertThat(
            shown(
                agent("Agent output", "\"message\":\"    at Main.java:7\""),
                agent("Agent output", "\"message\":\"a\\tb\""),
                agent("Agent output", "\"message\":\"hi\\u001b[2J\\u202e\""),
                agent("Agent output", "\"message\":\"Traceback:\\n  File x\\nError\",\"user\":1"),
                agent("Agent output", "\"msg\":\"from JSON\",\"user\":1"),
                agent("order placed", "\"id\":5")))
        .containsExactly(
            "03:04:05.678  agent      at Main.java:7",
            "03:04:05.678  agent  a       b",
            "03:04:05.678  agent  hi\\x1b[2J\\u202e",
            "03:04:05.678  agent  Traceback:",
            INDENT + "  File x",
            INDENT + "Error  user=1",
            "03:04:05.678  agent  msg=from JSON  user=1",
            "03:04:05.678  agent  order placed  id=5");
  }

  @Test
  void what_explains_a_failure_stands_on_lines_of_its_own() {
    assertThat(
            shown(
                line(
                    "Runtime failed",
                    "error",
                    "\"hint\":\"Do.\",\"error\":\"one\\n  two\",\"code\":\"AGENT_FAILED\",\"exit_code\":87")))
        .containsExactly(
            "03:04:05.678  par    Runtime failed        code=AGENT_FAILED  exit_code=87",
            INDENT + "one",
            INDENT + "  two",
            INDENT + "Do.");
  }

  @Test
  void a_boot_is_a_timeline_of_which_each_bar_has_the_share_of_its_phase() {
    List<String> lines =
        shown(
            line(
                "Runtime ready",
                "info",
                "\"boot_ms\":1000,\"phases\":{\"config\":100,\"fetch\":500,\"start\":5,"
                    + "\"ready\":395,\"total\":1000}"));

    assertThat(lines)
        .containsExactly(
            "03:04:05.678  par    Runtime ready         boot=1.0s",
            INDENT + "config  ####                                         100 ms  10 %",
            INDENT + "fetch       ####################                     500 ms  50 %",
            INDENT + "start                           .                      5 ms   1 %",
            INDENT + "ready                           ################     395 ms  40 %");
  }

  @Test
  void a_timeline_has_no_gap_and_no_overlap_however_the_phases_are_rounded() {
    for (int phases = 1; phases < 60; phases++) {
      var fields = new StringBuilder();
      for (int i = 0; i < phases; i++) {
        fields.append("\"p").append(i).append("\":").append(i * 37 % 23 + 1).append(',');
      }
      List<String> bars =
          shown(line("Runtime ready", "info", "\"phases\":{" + fields + "\"total\":0}"));

      int end = 0;
      for (String bar : bars.subList(1, bars.size())) {
        String cells = bar.substring(INDENT.length() + (phases > 10 ? 5 : 4));
        int from = cells.indexOf('#');
        if (from >= 0) {
          assertThat(from).isEqualTo(end);
          end = cells.lastIndexOf('#') + 1;
        }
      }
      assertThat(end).isEqualTo(40);
    }
  }

  @Test
  void levels_are_coloured_and_without_colours_no_escape_is_written() {
    String failed = line("Runtime failed", "error", "\"error\":\"one\"");

    assertThat(String.join("", shown(failed, STARTING, DOWNLOADED))).doesNotContain("\u001b");
    assertThat(print(new Paint(true), HumanLogFormatter.Detail.SHORT, false, failed))
        .contains("\u001b[31mRuntime failed\u001b[0m");
  }

  @Test
  void progress_is_drawn_in_place_and_is_gone_before_the_next_line() {
    assertThat(
            print(new Paint(false), HumanLogFormatter.Detail.SHORT, true, DOWNLOADING, DOWNLOADED))
        .startsWith(
            ERASE + "[######------------------]  25 %  25.0 of 100.0 MB  10.0 MB/s  0:07 left")
        .contains("left" + ERASE + "03:04:05.678  par    Package downloaded ");
    assertThat(shown(DOWNLOADING)).isEmpty();
  }

  @Test
  void lines_may_come_in_any_pieces() throws IOException {
    var out = new ByteArrayOutputStream();
    var log = log(out, new Paint(false), HumanLogFormatter.Detail.SHORT, false);
    byte[] all =
        (agent("Agent output", "\"message\":\"grüße\"") + "\n" + DOWNLOADED + "\n")
            .getBytes(StandardCharsets.UTF_8);

    for (byte b : all) {
      log.write(b);
    }

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .hasSize(2)
        .first()
        .isEqualTo("03:04:05.678  agent  grüße");
  }

  @Test
  void a_terminal_that_is_gone_is_an_error_as_it_is_without_the_formatter() {
    var gone =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("closed");
          }
        };
    var log = log(gone, new Paint(false), HumanLogFormatter.Detail.SHORT, false);

    assertThatThrownBy(() -> log.write((DOWNLOADED + "\n").getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class);
  }

  private static List<String> shown(String... lines) {
    return lines(HumanLogFormatter.Detail.SHORT, lines);
  }

  private static List<String> lines(HumanLogFormatter.Detail detail, String... lines) {
    return print(new Paint(false), detail, false, lines).lines().toList();
  }

  private static String print(
      Paint paint, HumanLogFormatter.Detail detail, boolean inPlace, String... lines) {
    var out = new ByteArrayOutputStream();
    HumanLog log = log(out, paint, detail, inPlace);
    for (String line : lines) {
      log.show(line);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private static HumanLog log(
      OutputStream out, Paint paint, HumanLogFormatter.Detail detail, boolean inPlace) {
    return new HumanLog(
        new PrintStream(out, false, StandardCharsets.UTF_8),
        new HumanLogFormatter(paint, detail, ZoneOffset.UTC),
        inPlace);
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
