package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.internal.text.Redactor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LogStreamTest {

  private static final String CANARY = "canary-value-0123";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LogStream log =
      new LogStream(
          out,
          Clock.fixed(Instant.parse("2026-01-02T03:04:05.006Z"), ZoneId.of("Asia/Kathmandu")),
          LogStream.Level.WARNING,
          Redactor.of(List.of(CANARY)),
          "app\n\"1\"",
          Optional.of("d-1"));

  @Test
  void a_line_carries_ids_time_in_utc_and_its_number() throws Exception {
    log.warning("First", Map.of("boot_ms", 12));
    log.info("Unseen", Map.of());
    log.warning("Second", Map.of());

    List<JsonNode> lines = lines();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).path("timestamp").asText()).isEqualTo("2026-01-02T03:04:05.006Z");
    assertThat(lines.get(0).path("agent_app_id").asText()).isEqualTo("app\n\"1\"");
    assertThat(lines.get(0).path("deployment_id").asText()).isEqualTo("d-1");
    assertThat(lines.get(0).path("boot_ms").isInt()).isTrue();
    assertThat(lines.get(1).path("seq").asInt()).isEqualTo(2);
  }

  @Test
  void fields_have_one_order_in_every_boot() throws Exception {
    var put = new LinkedHashMap<String, Object>();
    put.put("z", 1);
    put.put("a", Map.of("d", 1, "c", 2, "b", 3, "e", 4, "f", 5));
    log.warning("Put", put);
    log.warning("Map.of", Map.of("d", 1, "c", 2, "b", 3, "e", 4, "f", 5));
    log.warning("None", Map.of());

    String prefix =
        "{\"timestamp\":\"2026-01-02T03:04:05.006Z\",\"level\":\"warning\",\"event\":\"%s\","
            + "\"agent_app_id\":\"app\\n\\\"1\\\"\",\"deployment_id\":\"d-1\",\"seq\":%d,\"origin\":\"par\"";
    assertThat(text().lines())
        .containsExactly(
            prefix.formatted("Put", 1)
                + ",\"z\":1,\"a\":{\"b\":3,\"c\":2,\"d\":1,\"e\":4,\"f\":5}}",
            prefix.formatted("Map.of", 2) + ",\"b\":3,\"c\":2,\"d\":1,\"e\":4,\"f\":5}",
            prefix.formatted("None", 3) + "}");
  }

  @Test
  void the_last_line_tells_how_many_there_are_and_nothing_follows_it() throws Exception {
    log.warning("First", Map.of());
    log.last(LogStream.Level.INFO, "Runtime stopped", Map.of("exit_code", 0));
    log.warning("Late", Map.of());
    agent("late too\n");

    List<JsonNode> lines = lines();
    assertThat(lines).hasSize(2);
    assertThat(lines.get(1).path("lines").asInt()).isEqualTo(2);
    assertThat(lines.get(1).path("seq").asInt()).isEqualTo(2);
    assertThat(lines.get(1).path("exit_code").asInt()).isZero();
    assertThat(lines.get(1).has("lines_dropped")).isFalse();
  }

  @Test
  void pars_threshold_never_hides_what_the_agent_says() throws Exception {
    agent("Traceback (most recent call last):\n{\"level\":\"debug\",\"message\":\"m\"}\n");

    assertThat(lines())
        .extracting(line -> line.path("level").asText())
        .containsExactly("info", "debug");
  }

  @Test
  void text_becomes_a_message_whatever_it_holds() throws Exception {
    agent("plain\n\n\"quoted\" \\ \u0007 \t ü😀\r\nno end");

    assertThat(lines())
        .extracting(line -> line.path("message").asText())
        .containsExactly("plain", "", "\"quoted\" \\ \u0007 \t ü😀", "no end");
    assertThat(lines().get(0).path("stream").asText()).isEqualTo("stdout");
    assertThat(lines().get(0).path("event").asText()).isEqualTo("Agent output");
  }

  @Test
  void a_long_line_of_text_goes_on_in_numbered_chunks() throws Exception {
    String text = "0123456789ü😀\"".repeat(3000);

    agent(text + "\nnext\n");

    List<JsonNode> lines = lines();
    assertThat(joined(lines.subList(0, lines.size() - 1))).isEqualTo(text);
    for (int i = 0; i < lines.size() - 1; i++) {
      assertThat(lines.get(i).path("chunk").asInt(-1)).isEqualTo(i);
    }
    assertThat(lines.get(lines.size() - 1).has("chunk")).isFalse();
    // The minimum number of lines.
    assertThat(lines.size())
        .isLessThanOrEqualTo(text.getBytes(StandardCharsets.UTF_8).length / 14_000 + 2);
  }

  @Test
  void no_character_is_lost_where_a_line_without_end_is_cut() throws Exception {
    for (String character : List.of("é", "€", "😀")) {
      for (int shift = 0; shift < 4; shift++) {
        out.reset();
        String text = "x".repeat(shift) + character.repeat(OutputPump.MAX_LINE * 2 / 3);

        agent(text + "\n");

        assertThat(joined(lines())).isEqualTo(text);
      }
    }
  }

  @Test
  void chunks_of_a_line_over_the_limit_are_counted_through() throws Exception {
    String text = "word ".repeat(OutputPump.MAX_LINE / 2);

    agent(text + "\nnext\n");

    List<JsonNode> lines = lines();
    for (int i = 0; i < lines.size() - 1; i++) {
      assertThat(lines.get(i).path("chunk").asInt(-1)).isEqualTo(i);
    }
    assertThat(lines.get(lines.size() - 1).path("message").asText()).isEqualTo("next");
  }

  @Test
  void a_secret_across_any_cut_is_still_hidden() throws Exception {
    for (int at : new int[] {2048, 4096, 16_000, 16_200, OutputPump.MAX_LINE}) {
      for (int shift = -60; shift <= 20; shift += 19) {
        out.reset();
        String before = "x".repeat(at + shift - 1) + " ";

        agent(before + CANARY + " password=hunter2hunter2 " + "y".repeat(300) + "\n");
        agent(before + "password=hunter2hunter2 " + "y".repeat(20_000) + "\n");

        assertThat(text()).doesNotContain("canary").doesNotContain("hunter").doesNotContain("0123");
      }
    }
  }

  @Test
  void a_private_key_over_many_lines_is_hidden() throws Exception {
    agent(
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\nIBAAKC\n-----END RSA PRIVATE KEY-----\nand on\n");

    assertThat(text()).doesNotContain("MIIEow").doesNotContain("IBAAKC").contains("and on");
  }

  @Test
  void json_of_the_agent_keeps_its_fields_and_cannot_take_pars() throws Exception {
    agent(
        "{\"level\":\"ERROR\",\"seq\":99,\"origin\":\"par\",\"stream\":\"x\",\"chunk\":1,\"timestamp\":\"then\","
            + "\"event\":\"Order placed\",\"n\":1.50,\"password\":12345678,\"max_tokens\":7,"
            + "\"deep\":{\"token\":[\"a\"]},\"argv\":[\"--password\",\"hunter2\"],\"canary-value-0123\":1}\n");

    JsonNode json = lines().get(0);
    assertThat(json.path("level").asText()).isEqualTo("error");
    assertThat(json.path("event").asText()).isEqualTo("Order placed");
    assertThat(json.path("seq").asInt()).isEqualTo(1);
    assertThat(json.path("origin").asText()).isEqualTo("agent");
    assertThat(json.path("stream").asText()).isEqualTo("stdout");
    assertThat(json.has("chunk")).isFalse();
    assertThat(json.path("agent_timestamp").asText()).isEqualTo("then");
    assertThat(text()).contains("\"n\":1.50");
    assertThat(json.path("max_tokens").asInt()).isEqualTo(7);
    assertThat(json.toString())
        .doesNotContain("hunter2")
        .doesNotContain("12345678")
        .doesNotContain(CANARY);
    assertThat(json.path("deep").path("token").asText()).isEqualTo("[redacted]");
  }

  @Test
  void json_up_to_sixteen_kib_keeps_level_event_and_fields() throws Exception {
    agent(
        "{\"level\":\"warn\",\"event\":\"Big\",\"n\":1,\"text\":\"" + "x".repeat(15_000) + "\"}\n");

    JsonNode json = lines().get(0);
    assertThat(json.path("level").asText()).isEqualTo("warning");
    assertThat(json.path("event").asText()).isEqualTo("Big");
    assertThat(json.path("n").asInt()).isEqualTo(1);
    assertThat(json.path("text").asText()).hasSize(15_000);
  }

  @Test
  void longer_json_keeps_level_and_event_in_each_chunk() throws Exception {
    for (int size : new int[] {17_000, 100_000, 600_000}) {
      out.reset();
      agent(
          "{\"level\":50,\"event\":\"Huge\",\"deep\":{\"token\":[\"hunter2\"]},\"text\":\""
              + "x".repeat(size)
              + "\"}\n");

      List<JsonNode> lines = lines();
      assertThat(lines).hasSizeGreaterThan(1);
      assertThat(lines).allMatch(line -> line.path("level").asText().equals("error"));
      assertThat(lines).allMatch(line -> line.path("event").asText().equals("Huge"));
      assertThat(text()).doesNotContain("hunter2");
      assertThat(joined(lines)).startsWith("{").endsWith("\"}");
    }
  }

  @Test
  void hostile_values_never_break_a_line_nor_make_it_too_long() throws Exception {
    var random = new Random(20260101);
    for (int i = 0; i < 2000; i++) {
      var fields = new HashMap<String, Object>();
      for (int n = random.nextInt(6); n >= 0; n--) {
        fields.put(
            noise(random, 30), noise(random, random.nextInt(20) == 0 ? 60_000 : 60) + CANARY);
      }
      log.warning(noise(random, 20), fields);
      log.flush(PATIENCE);
    }

    for (String line : text().split("\n", -1)) {
      assertThat(line.getBytes(StandardCharsets.UTF_8).length).isLessThan(LogStream.MAX_LINE);
    }
    assertThat(lines()).hasSize(2000);
    assertThat(text()).doesNotContain(CANARY);
  }

  @Test
  void hostile_output_never_breaks_a_line_nor_makes_it_too_long() throws Exception {
    var random = new Random(20260102);
    var all = new ByteArrayOutputStream();
    for (int i = 0; i < 3000; i++) {
      byte[] noise = new byte[random.nextInt(random.nextInt(50) == 0 ? 40_000 : 100)];
      random.nextBytes(noise);
      if (random.nextBoolean()) {
        all.writeBytes("{\"event\":\"".getBytes(StandardCharsets.UTF_8));
      }
      all.writeBytes(noise);
      all.write('\n');
    }
    agent(all.toByteArray());

    List<JsonNode> lines = lines();
    for (String line : text().split("\n", -1)) {
      assertThat(line.getBytes(StandardCharsets.UTF_8).length).isLessThan(LogStream.MAX_LINE);
    }
    for (int i = 0; i < lines.size(); i++) {
      assertThat(lines.get(i).path("seq").asInt()).isEqualTo(i + 1);
    }
  }

  @Test
  void long_ids_leave_room_for_the_rest() throws Exception {
    var long_ =
        new LogStream(
            out,
            Clock.systemUTC(),
            LogStream.Level.INFO,
            Redactor.standard(),
            "\u0001".repeat(100_000),
            Optional.of("é".repeat(100_000)));
    long_.info("Runtime ready", Map.of("boot_ms", 12));
    long_.flush(PATIENCE);

    assertThat(lines().get(0).path("boot_ms").asInt()).isEqualTo(12);
    assertThat(text().length()).isLessThan(LogStream.MAX_LINE);
  }

  private void agent(String text) throws Exception {
    agent(text.getBytes(StandardCharsets.UTF_8));
  }

  private void agent(byte[] bytes) throws Exception {
    OutputPump pump =
        OutputPump.start(new ByteArrayInputStream(bytes), "stdout", log, line -> true);
    assertThat(OutputPump.drain(PATIENCE, pump)).isTrue();
  }

  private static String joined(List<JsonNode> lines) {
    var text = new StringBuilder();
    lines.forEach(line -> text.append(line.path("message").asText()));
    return text.toString();
  }

  private static String noise(Random random, int most) {
    int length = random.nextInt(most) + 1;
    var text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(random.nextBoolean() ? 0x80 : 0x10000));
    }
    return text.toString();
  }

  private String text() throws InterruptedException {
    log.flush(PATIENCE);
    return out.toString(StandardCharsets.UTF_8);
  }

  private List<JsonNode> lines() throws IOException, InterruptedException {
    var lines = new ArrayList<JsonNode>();
    for (String line : text().split("\n", -1)) {
      if (!line.isEmpty()) {
        lines.add(new ObjectMapper().readTree(line));
      }
    }
    return lines;
  }
}
