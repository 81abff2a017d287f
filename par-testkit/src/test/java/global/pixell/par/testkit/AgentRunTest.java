package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.junit.ParTest;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tests an agent as its author would, under the real launcher. */
@ParTest
@Timeout(120)
class AgentRunTest {

  private static final String KEY = "acme/greeter/1.0.0/greeter.apkg";

  @Test
  void an_agent_is_booted_asked_stopped_and_its_log_judged(FakeS3 s3) throws Exception {
    s3.put(
        ParConfig.DEFAULT_BUCKET,
        KEY,
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {http: /run.sh}")
            .file("run.sh", "exec python3 -m http.server --bind 127.0.0.1 $REST_PORT\n")
            .build());
    s3.onGet(KEY).inject(Fault.slowDown());
    try (var run = AgentRun.boot(s3, "acme/greeter@1.0.0")) {
      long ready = run.await("Runtime ready").number("seq");
      assertThat(run.await("Package verified").number("seq"))
          .as("a line that came before is not waited for")
          .isLessThan(ready);

      assertThat(run.environment())
          .as("a busy machine does not exceed the budget")
          .containsEntry("BOOT_BUDGET_MS", "60000");
      assertThat(status(run.rest().resolve("run.sh"))).isEqualTo(200);
      assertThat(status(run.health().resolve("health"))).isEqualTo(200);
      run.stop();
      assertThat(run.exitCode()).isZero();
      run.log()
          .isWhole()
          .hasEvents("Runtime starting", "Download retried", "Runtime ready", "Runtime stopped")
          .hasNo("Runtime failed")
          .hidesSecrets();
    }
  }

  @Test
  void a_boot_that_fails_shows_its_log_and_its_code(FakeS3 s3) {
    try (var run = AgentRun.boot(s3, "s3://other/key.apkg", Map.of("LOG_LEVEL", "error"))) {
      assertThatThrownBy(() -> run.await("Runtime ready"))
          .isInstanceOf(AssertionError.class)
          .hasMessageStartingWith("no line 'Runtime ready' before the process ended; the log is")
          .hasMessageContaining("\"event\":\"Runtime failed\"");
      assertThat(run.exitCode()).isEqualTo(80);
      assertThat(run.log().only("Runtime failed").number("exit_code")).isEqualTo(80);
    }
  }

  private static int status(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
        .statusCode();
  }
}
