package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LogStreamTest {

  private static final String CANARY = "canary-value-0123";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LogStream log =
      new LogStream(
          out,
          Clock.fixed(Instant.parse("2026-01-02T03:04:05.006Z"), ZoneId.of("Asia/Kathmandu")),
          LogStream.Level.INFO,
          Redactor.of(List.of(CANARY)),
          "app\n\"1\"",
          Optional.of("d-1"));

  @Test
  void a_line_carries_ids_time_in_utc_and_its_number() throws IOException {
    log.info("Runtime ready", Map.of("boot_ms", 12));
    log.log(LogStream.Level.DEBUG, "Unseen", Map.of());
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
  void a_long_line_of_the_agent_goes_on_in_numbered_chunks() throws IOException {
    String text = "0123456789ü😀".repeat(3000);

    log.agent(LogStream.Level.INFO, "stdout", text);

    var joined = new StringBuilder();
    for (JsonNode line : lines()) {
      joined.append(line.path("message").asText());
    }
    assertThat(joined.toString()).isEqualTo(text);
    assertThat(lines().get(3).path("chunk").asInt()).isEqualTo(3);
  }

  @Test
  void a_secret_across_the_end_of_a_chunk_is_still_hidden() {
    log.agent(LogStream.Level.INFO, "stdout", "x".repeat(2040) + CANARY + "y".repeat(100));

    assertThat(out.toString(StandardCharsets.UTF_8))
        .doesNotContain("canary")
        .doesNotContain("0123");
  }

  @Test
  void json_of_the_agent_keeps_its_fields_and_cannot_take_pars() throws IOException {
    String line =
        "{\"level\":\"ERROR\",\"seq\":99,\"origin\":\"par\",\"n\":1.50,\"password\":\"hunter2\",\"deep\":{\"token\":[\"a\"]}}";

    log.agent("stdout", Json.read(line), line);

    JsonNode json = lines().get(0);
    assertThat(json.path("level").asText()).isEqualTo("error");
    assertThat(json.path("seq").asInt()).isEqualTo(1);
    assertThat(json.path("origin").asText()).isEqualTo("agent");
    assertThat(json.path("n").asDouble()).isEqualTo(1.5);
    assertThat(json.toString()).doesNotContain("hunter2");
    assertThat(json.path("deep").path("token").asText()).isEqualTo("[redacted]");
  }

  @Test
  void hostile_values_never_break_a_line_nor_make_it_too_long() throws IOException {
    var random = new Random(20260101);
    for (int i = 0; i < 2000; i++) {
      var fields = new HashMap<String, Object>();
      for (int n = random.nextInt(6); n >= 0; n--) {
        fields.put(
            noise(random, 30), noise(random, random.nextInt(20) == 0 ? 60_000 : 60) + CANARY);
      }
      log.info(noise(random, 20), fields);
    }

    for (String line : out.toString(StandardCharsets.UTF_8).split("\n", -1)) {
      assertThat(line.getBytes(StandardCharsets.UTF_8).length).isLessThan(LogStream.MAX_LINE);
    }
    assertThat(lines()).hasSize(2000);
    assertThat(out.toString(StandardCharsets.UTF_8)).doesNotContain(CANARY);
  }

  private static String noise(Random random, int most) {
    int length = random.nextInt(most) + 1;
    var text = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      text.append((char) random.nextInt(random.nextBoolean() ? 0x80 : 0x10000));
    }
    return text.toString();
  }

  private List<JsonNode> lines() throws IOException {
    var lines = new ArrayList<JsonNode>();
    for (String line : out.toString(StandardCharsets.UTF_8).split("\n", -1)) {
      if (!line.isEmpty()) {
        lines.add(new ObjectMapper().readTree(line));
      }
    }
    return lines;
  }
}
