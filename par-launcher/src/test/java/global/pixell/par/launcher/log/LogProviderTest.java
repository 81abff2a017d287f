package global.pixell.par.launcher.log;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.internal.text.Redactor;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

class LogProviderTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  private LogStream install(LogStream.Level threshold) {
    var log =
        new LogStream(
            out, Clock.systemUTC(), threshold, Redactor.standard(), "app", Optional.empty());
    LogProvider.install(log);
    return log;
  }

  private List<JsonNode> lines(LogStream log) throws Exception {
    log.flush(Duration.ofSeconds(30));
    var lines = new ArrayList<JsonNode>();
    for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
      lines.add(new ObjectMapper().readTree(line));
    }
    return lines;
  }

  private static Logger logger(String name) {
    return new LogProvider().getLoggerFactory().getLogger(name);
  }

  @Test
  void an_event_of_pars_library_becomes_a_line_with_typed_fields() throws Exception {
    LogStream log = install(LogStream.Level.INFO);
    Logger par = logger("global.pixell.par");

    par.atInfo()
        .addKeyValue("bytes", 12L)
        .addKeyValue("hit", true)
        .addKeyValue("address", "s3://b/k")
        .log("Package cached");
    par.atWarn()
        .addKeyValue("attempt", 2)
        .setCause(new IllegalStateException("why"))
        .log("Retried");
    par.atDebug().log("Unseen");

    List<JsonNode> lines = lines(log);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).path("event").asText()).isEqualTo("Package cached");
    assertThat(lines.get(0).path("level").asText()).isEqualTo("info");
    assertThat(lines.get(0).path("origin").asText()).isEqualTo("par");
    assertThat(lines.get(0).path("bytes").isIntegralNumber()).isTrue();
    assertThat(lines.get(0).path("hit").isBoolean()).isTrue();
    assertThat(lines.get(1).path("level").asText()).isEqualTo("warning");
    assertThat(lines.get(1).path("error").asText()).contains("why");
  }

  @Test
  void of_other_libraries_warnings_and_errors_are_written() throws Exception {
    LogStream log = install(LogStream.Level.DEBUG);
    Logger sdk = logger("software.amazon.awssdk.core");

    sdk.info("noise");
    sdk.warn("slow: {} password={}", 12, "hunter2hunter2");
    sdk.atError().addKeyValue("n", 1).log("bad");

    List<JsonNode> lines = lines(log);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0).path("event").asText()).isEqualTo("Library message");
    assertThat(lines.get(0).path("logger").asText()).isEqualTo("software.amazon.awssdk.core");
    assertThat(lines.get(0).path("message").asText()).isEqualTo("slow: 12 password=[redacted]");
    assertThat(lines.get(1).path("n").asInt()).isEqualTo(1);
  }
}
