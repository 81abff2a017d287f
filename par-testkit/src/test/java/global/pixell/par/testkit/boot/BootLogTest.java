package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.ParLog;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The log and the receipt of a real boot. */
@Timeout(120)
class BootLogTest {

  private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

  @Test
  void metrics_trace_and_the_agents_own_words_are_in_the_log(@TempDir Path directory)
      throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      byte[] apkg =
          Apkg.named("chatter")
              .command("sh", "run.sh")
              .manifest("ready: {line: up}")
              .file(
                  "run.sh",
                  """
                  echo up
                  echo trace=$TRACEPARENT
                  i=0
                  while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done
                  echo '{"severity":"CRITICAL","message":"password=hunter2hunter2"}'
                  sleep 600
                  """)
              .build();
      s3.put("pixell-agent-packages", "a/chatter/1.0.0/chatter.apkg", apkg);
      Path receipt = directory.resolve("receipt.json");
      Path cache = directory.resolve("cache");
      String sha256 = Apkg.sha256(apkg);
      Map<String, String> more =
          Map.of(
              "PAR_EMF",
              "true",
              "TRACEPARENT",
              TRACE,
              "LOG_LEVEL",
              "info",
              "PAR_CACHE_DIR",
              cache.toString(),
              "PAR_RECEIPT",
              receipt.toString(),
              "PACKAGE_SHA256",
              sha256);
      for (boolean hit : new boolean[] {false, true}) {
        try (AgentRun run =
            AgentRun.boot(s3, "s3://pixell-agent-packages/a/chatter/1.0.0/chatter.apkg", more)) {
          ParLog.Line ready = run.await("Runtime ready");
          assertThat(ready.text("traceparent")).isEqualTo(TRACE);
          assertThat(ready.fields()).containsKeys("_aws", "boot_ms", "boot_fetch_ms");
          while (!run.log().toString().contains("CRITICAL")
              && !run.log().toString().contains("\"line 2999\"")) {
            run.await("Agent output");
          }
          run.stop();
          assertThat(run.exitCode()).isZero();
          run.log().isWhole().hidesSecrets("hunter2hunter2");
          assertThat(run.log().toString()).contains("trace=" + TRACE);
          ParLog.Line last = run.log().lines().get(run.log().lines().size() - 1);
          assertThat(last.event()).isEqualTo("Runtime stopped");
          assertThat(last.number("lines")).isEqualTo(run.log().lines().size());
          assertThat(last.number("agent_failures")).isZero();
        }
        var written = new ObjectMapper().readTree(Files.readString(receipt));
        assertThat(written.path("cache_hit").asBoolean()).isEqualTo(hit);
        assertThat(written.path("expected_sha256").asText()).isEqualTo(sha256);
        assertThat(written.path("sha256").asText()).isEqualTo(sha256);
      }
      global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter.delete(cache);
    }
  }
}
