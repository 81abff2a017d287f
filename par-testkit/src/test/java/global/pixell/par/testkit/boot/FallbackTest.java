package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code PAR_FALLBACK=last-good}. */
@Timeout(120)
class FallbackTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/greeter.apkg";

  private final FakeS3 s3 = FakeS3.start();
  private final Map<String, String> environment = new HashMap<>(s3.environment());
  private Path cache = Path.of("");

  @BeforeEach
  void configure() throws IOException {
    cache = Files.createTempDirectory("par-fallback-");
    environment.put("AGENT_APP_ID", "fallback-test");
    environment.put("PACKAGE_URL", "s3://" + BUCKET + "/" + KEY);
    environment.put("PAR_CACHE_DIR", cache.toString());
    environment.put("PAR_FALLBACK", "last-good");
    environment.putAll(FreePorts.variables());
  }

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(cache);
  }

  @Test
  void a_package_whose_agent_never_becomes_ready_is_replaced_by_the_last_that_did()
      throws Exception {
    bootGood();
    publish("echo broken >&2; exit 3");

    assertDegraded("AGENT_FAILED", "exited with code 3");
  }

  @Test
  void a_package_that_is_refused_is_replaced_too() throws Exception {
    bootGood();
    s3.put(BUCKET, KEY, Apkg.named("greeter").file("../victim", "x").build());

    assertDegraded("BAD_PACKAGE", "victim");
  }

  @Test
  void what_another_package_would_not_help_fails_as_ever() throws Exception {
    bootGood();
    environment.put("PACKAGE_URL", "s3://" + BUCKET + "/no/such.apkg");

    try (var par = ParProcess.start(environment)) {
      assertThat(par.exitCode()).isIn(81, 82);
      assertThat(par.lines("Package replaced")).isEmpty();
    }
  }

  @Test
  void without_a_last_good_one_the_boot_fails_with_its_own_reason() throws Exception {
    publish("exit 3");

    try (var par = ParProcess.start(environment)) {
      assertThat(par.exitCode()).isEqualTo(87);
      assertThat(par.lines("Package replaced")).isEmpty();
    }
  }

  private void bootGood() throws Exception {
    publish("echo the good one; echo up; exec sleep 600");
    try (var par = ParProcess.start(environment)) {
      par.await("Runtime ready");
      awaitKept();
      par.terminate();
      assertThat(par.exitCode()).isZero();
    }
  }

  /**
   * Waits until the version is recorded, which happens after the line that reports the ready agent.
   */
  private void awaitKept() throws InterruptedException, IOException {
    while (!Files.isDirectory(cache.resolve("last-good")) || isEmpty(cache.resolve("last-good"))) {
      Thread.sleep(5);
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.noneMatch(file -> file.toString().endsWith(".json"));
    }
  }

  private void assertDegraded(String code, String error) throws Exception {
    try (var par = ParProcess.start(environment)) {
      JsonNode replaced = par.await("Package replaced");
      JsonNode ready = par.await("Runtime ready");
      HttpResponse<String> health = health();

      assertThat(replaced.path("level").asText()).isEqualTo("error");
      assertThat(replaced.path("code").asText()).isEqualTo(code);
      assertThat(replaced.path("error").asText()).contains(error);
      assertThat(ready.path("degraded").asText()).contains(error);
      assertThat(health.statusCode()).isEqualTo(200);
      assertThat(health.body()).contains("\"state\":\"degraded\"", error);
      assertThat(par.lines("Agent output").toString()).contains("the good one");
      assertThat(par.lines("Runtime failed")).isEmpty();
      par.terminate();
      assertThat(par.exitCode()).isZero();
    }
  }

  private HttpResponse<String> health() throws Exception {
    String port = environment.get("HEALTH_PORT");
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health")).build(),
            BodyHandlers.ofString());
  }

  private void publish(String script) {
    s3.put(
        BUCKET,
        KEY,
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {line: up}")
            .file("run.sh", script + "\n")
            .build());
  }
}
