package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.internal.text.Redactor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MetricsTest {

  /** The units of CloudWatch's embedded metric format. */
  private static final Set<String> UNITS = Set.of("Milliseconds", "Count", "Bytes");

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final LogStream log =
      new LogStream(
          out,
          Clock.fixed(Instant.ofEpochMilli(1_767_323_045_006L), ZoneOffset.UTC),
          LogStream.Level.INFO,
          Redactor.standard(),
          "app",
          Optional.empty());

  private JsonNode line() throws Exception {
    log.flush(Duration.ofSeconds(30));
    List<String> lines = out.toString(StandardCharsets.UTF_8).lines().toList();
    return new ObjectMapper().readTree(lines.get(lines.size() - 1));
  }

  /**
   * Checks a document against the specification. Its JSON schema is short: an integer timestamp,
   * and for each directive a namespace, at least one set of dimensions, and metrics with a name and
   * a known unit. Each named metric must be a number in the root object, and each named dimension a
   * text.
   */
  private static Set<String> checked(JsonNode document) {
    JsonNode aws = document.path("_aws");
    assertThat(aws.path("Timestamp").isIntegralNumber()).isTrue();
    assertThat(aws.path("CloudWatchMetrics").isArray()).isTrue();
    var names = new LinkedHashSet<String>();
    for (JsonNode directive : aws.path("CloudWatchMetrics")) {
      assertThat(directive.path("Namespace").asText()).hasSizeBetween(1, 255);
      assertThat(directive.path("Dimensions").size()).isPositive();
      for (JsonNode set : directive.path("Dimensions")) {
        assertThat(set.isArray()).isTrue();
        assertThat(set.size()).isLessThanOrEqualTo(1);
        set.forEach(name -> assertThat(document.path(name.asText()).isTextual()).isTrue());
      }
      for (JsonNode metric : directive.path("Metrics")) {
        assertThat(UNITS).contains(metric.path("Unit").asText());
        assertThat(document.path(metric.path("Name").asText()).isNumber())
            .as(metric.toString())
            .isTrue();
        names.add(metric.path("Name").asText());
      }
    }
    return names;
  }

  @Test
  void the_lines_that_end_a_boot_carry_ten_metrics_at_most() throws Exception {
    log.emitMetrics(() -> Map.of("bytes", 7L, "cache_hit", true));
    log.info(
        "Runtime ready",
        Map.of(
            "boot_ms", 12L, "phases", Map.of("config", 1L, "fetch", 2L, "start", 3L, "ready", 4L)));
    JsonNode ready = line();
    log.log(LogStream.Level.ERROR, "Runtime failed", Map.of("code", "CONFIG", "exit_code", 80));
    JsonNode failed = line();
    log.last(LogStream.Level.ERROR, "Runtime stopped", Map.of("exit_code", 7));
    JsonNode stopped = line();

    var all = new LinkedHashSet<String>();
    all.addAll(checked(ready));
    all.addAll(checked(failed));
    all.addAll(checked(stopped));
    assertThat(all)
        .containsExactly(
            "boot_ms",
            "boot_config_ms",
            "boot_fetch_ms",
            "boot_start_ms",
            "boot_ready_ms",
            "package_bytes",
            "download_retries",
            "cache_hits",
            "boot_failures",
            "agent_failures");
    assertThat(ready.path("_aws").path("Timestamp").asLong()).isEqualTo(1_767_323_045_006L);
    assertThat(ready.path("cache_hits").asInt()).isEqualTo(1);
    assertThat(ready.path("_aws").path("CloudWatchMetrics").path(0).path("Dimensions").toString())
        .isEqualTo("[[]]");
    assertThat(failed.path("_aws").path("CloudWatchMetrics").path(0).path("Dimensions").toString())
        .isEqualTo("[[],[\"code\"]]");
    assertThat(stopped.path("agent_failures").asInt()).isEqualTo(1);
  }

  @Test
  void no_other_line_does_and_none_unless_asked() throws Exception {
    log.info("Runtime ready", Map.of("boot_ms", 12L));
    assertThat(line().has("_aws")).isFalse();

    log.emitMetrics(Map::of);
    log.info("Agent started", Map.of("pid", 12L));
    assertThat(line().has("_aws")).isFalse();
  }

  @Test
  void a_trace_context_is_on_pars_lines_when_it_is_valid() throws Exception {
    log.trace("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
    log.trace("00-00000000000000000000000000000000-b7ad6b7169203331-01");
    log.trace("nonsense\"");
    log.info("Runtime ready", Map.of());

    assertThat(line().path("traceparent").asText())
        .isEqualTo("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  }
}
