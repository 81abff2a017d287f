package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.IamFolder;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The launcher as a real process against the fake S3. */
@Timeout(120)
class BootTest {

  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final Policy SHIPPED = Policy.read(IamFolder.file("task-role-policy.json"));
  private static final String SLEEPER = "echo up; exec sleep 600\n";

  private final FakeS3 s3 = FakeS3.start();
  private final Path cache = temporaryDirectory();

  @BeforeEach
  void underTheShippedRole() {
    s3.defaultIdentity().policy(SHIPPED);
  }

  @AfterEach
  void close() throws IOException {
    assertThat(s3.requests())
        .as("no boot needs more than the shipped role grants")
        .flatExtracting(RecordedRequest::accesses)
        .allMatch(RecordedRequest.Access::allowed);
    s3.close();
    ReadOnlyTreeDeleter.delete(cache);
  }

  @Test
  void an_agent_boots_answers_and_leaves_on_sigterm_with_0() throws Exception {
    publish(
        Apkg.named("greeter")
            .rawManifest(
                "name: greeter\nversion: 1.0\ncommand: [sh, run.sh]\nready: {http: /agent.yaml}\n")
            .file("run.sh", "exec python3 -m http.server --bind 127.0.0.1 $REST_PORT\n"));
    Map<String, String> environment = environment();
    try (var par = ParProcess.start(environment)) {
      JsonNode ready = par.await("Runtime ready");

      assertThat(get(environment, "HEALTH_PORT", "/health").statusCode()).isEqualTo(200);
      assertThat(get(environment, "REST_PORT", "/agent.yaml").body()).contains("greeter");
      assertThat(ready.path("boot_ms").asLong()).isPositive();
      par.terminate();
      assertThat(par.exitCode()).isZero();
      assertThat(par.lines("Runtime failed")).isEmpty();
      assertThat(par.lines("Runtime stopped")).hasSize(1);
      assertThat(par.lines().get(par.lines().size() - 1).path("seq").asInt())
          .isEqualTo(par.lines().size());
    }
  }

  @Test
  void boots_by_name_and_by_address_use_all_of_the_shipped_role_and_nothing_else()
      throws Exception {
    publish(Apkg.named("greeter").command("sh", "run.sh").file("run.sh", SLEEPER));
    Map<String, String> byName = environment();
    byName.remove("PACKAGE_URL");
    byName.put("PACKAGE_NAME", "acme/greeter@^1.0");
    try (var par = ParProcess.start(byName)) {
      par.await("Runtime ready");
    }
    try (var par = ParProcess.start(environment())) {
      par.await("Runtime ready");
    }

    s3.usedEqualsGranted(SHIPPED);
    assertThat(s3.requests())
        .extracting(RecordedRequest::principal)
        .containsOnly(s3.defaultIdentity().arn());
  }

  @Test
  void health_is_503_until_the_agent_is_ready() throws Exception {
    Path go = cache.resolve("go");
    publish(
        Apkg.named("slow")
            .command("sh", "run.sh")
            .manifest("environment: {GO: \"${GO}\"}\nready: {line: listening}")
            .file(
                "run.sh", "while [ ! -e $GO ]; do sleep 0.05; done; echo listening; sleep 600\n"));
    Map<String, String> environment = environment();
    environment.put("GO", go.toString());
    try (var par = ParProcess.start(environment)) {
      par.await("Agent started");

      HttpResponse<String> starting = get(environment, "HEALTH_PORT", "/health");
      assertThat(starting.statusCode()).isEqualTo(503);
      assertThat(starting.body()).contains("\"state\":\"starting\"").contains("\"ok\":false");
      assertThat(get(environment, "HEALTH_PORT", "/live").statusCode()).isEqualTo(200);
      Files.createFile(go);
      par.await("Runtime ready");
      assertThat(get(environment, "HEALTH_PORT", "/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_package_of_the_common_builder_boots_under_its_own_version() throws Exception {
    publish(
        Apkg.named("x")
            .rawManifest(
                """
                version: "1.0"
                name: code-assistant
                metadata:
                  version: 0.3.1
                runtime: python3.11
                command: [sh, src/main.sh]
                """)
            .directory("src/")
            .directory("dist/")
            .file(".env", "# comment\nGREETING='hello there'\nREST_PORT=1\n")
            .file("setup.py", "")
            .file("src/__init__.py", "")
            .file("src/main.sh", "echo \"$GREETING on $REST_PORT\"; exec sleep 600\n"));
    Map<String, String> environment = environment();
    try (var par = ParProcess.start(environment)) {
      JsonNode opened = par.await("Package opened");
      JsonNode output = par.await("Agent output");
      par.await("Runtime ready");

      assertThat(opened.path("version").asText()).isEqualTo("0.3.1");
      assertThat(output.path("message").asText())
          .isEqualTo("hello there on " + environment.get("REST_PORT"));
      assertThat(par.lines("Package warning").toString()).contains(".env");
    }
  }

  @Test
  void the_agent_gets_no_aws_secrets_and_none_reaches_the_log() throws Exception {
    publish(
        Apkg.named("spy")
            .command("sh", "run.sh")
            .file("run.sh", "env; echo " + FakeS3.SECRET_KEY + "; exec sleep 600\n"));
    try (var par = ParProcess.start(environment())) {
      par.await("Runtime ready");

      assertThat(par.lines("Agent output").toString())
          .contains("AGENT_APP_ID=boot-test")
          .doesNotContain("AWS_SECRET")
          .doesNotContain("PAR_CACHE_DIR");
      assertThat(par.lines().toString()).doesNotContain(FakeS3.SECRET_KEY);
    }
  }

  @Test
  void the_agents_own_exit_code_is_pars_once_it_was_ready() throws Exception {
    publish(
        Apkg.named("quitter")
            .command("sh", "run.sh")
            .manifest("ready: {line: up}")
            .file(
                "run.sh",
                "echo up; while [ ! -e \"$GO\" ]; do sleep 0.05; done; printf last; exit 7\n"));
    Map<String, String> environment = environment();
    environment.put("GO", cache.resolve("go").toString());
    try (var par = ParProcess.start(environment)) {
      par.await("Runtime ready");
      Files.createFile(cache.resolve("go"));

      assertThat(par.exitCode()).isEqualTo(7);
      assertThat(par.lines("Agent output").toString()).contains("last");
      assertThat(par.lines("Runtime failed")).isEmpty();
    }
  }

  @Test
  void an_agent_that_dies_before_it_is_ready_is_87_with_its_last_lines() throws Exception {
    publish(
        Apkg.named("broken")
            .command("sh", "run.sh")
            .file("run.sh", "echo 'no such module' >&2; exit 3\n"));
    try (var par = ParProcess.start(environment())) {
      assertThat(par.exitCode()).isEqualTo(87);
      assertThat(par.lines("Runtime failed"))
          .singleElement()
          .satisfies(
              line -> assertThat(line.path("error").asText()).contains("code 3", "no such module"));
    }
  }

  @Test
  void a_boot_over_its_hard_limit_is_88_and_was_never_ready() throws Exception {
    publish(
        Apkg.named("never")
            .command("sh", "run.sh")
            .manifest("ready: {line: never}")
            .file("run.sh", SLEEPER));
    Map<String, String> environment = environment();
    environment.put("BOOT_BUDGET_MS", "1500");
    environment.put("BOOT_HARD_LIMIT_MULTIPLIER", "2");
    try (var par = ParProcess.start(environment)) {
      assertThat(par.exitCode()).isEqualTo(88);
      assertThat(par.lines("Boot budget exceeded")).hasSize(1);
      assertThat(par.lines("Runtime failed"))
          .singleElement()
          .satisfies(line -> assertThat(line.path("code").asText()).isEqualTo("BOOT_TIMEOUT"));
      assertThat(par.lines("Runtime ready")).isEmpty();
    }
  }

  @Test
  void sigterm_within_a_download_ends_at_once_with_0_and_leaves_nothing() throws Exception {
    publish(Apkg.named("greeter").command("sh", "run.sh").file("run.sh", SLEEPER));
    s3.onGet(KEY).inject(Fault.stallAt(20));
    try (var par = ParProcess.start(environment())) {
      par.await("Package downloading");
      par.terminate();

      assertThat(par.exitCode()).isZero();
      assertThat(par.lines("Runtime failed")).isEmpty();
      assertThat(par.lines("Runtime stopping")).hasSize(1);
      assertNoDebris();
    }
  }

  static Stream<Arguments> packagesToRefuse() {
    Apkg good = Apkg.named("greeter").command("sh", "run.sh");
    return Stream.of(
        Arguments.of("dots", Apkg.named("a").file("../victim", "x")),
        Arguments.of("absolute", Apkg.named("a").file("/etc/victim", "x")),
        Arguments.of("symlink", Apkg.named("a").symlink("link", "/etc")),
        Arguments.of("bomb", Apkg.named("a").bomb("zeros", 20_000_000)),
        Arguments.of("crc", Apkg.named("a").wrongChecksum("f", "text")),
        Arguments.of("name", Apkg.named("../victim")),
        Arguments.of("nothing to run", Apkg.named("idle")),
        Arguments.of("wrapped", Apkg.named("a").rawManifest("- not a map")),
        Arguments.of("duplicate", good.file("a", "1").file("A", "2")));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("packagesToRefuse")
  void a_hostile_package_is_85_and_leaves_nothing(String title, Apkg hostile) throws Exception {
    publish(hostile);
    try (var par = ParProcess.start(environment())) {
      assertFailed(par, 85, "BAD_PACKAGE");
      assertNoDebris();
    }
  }

  @Test
  void a_missing_key_is_81() throws Exception {
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    try (var par = ParProcess.start(environment())) {
      assertFailed(par, 81, "NOT_FOUND");
    }
  }

  @Test
  void a_denied_key_is_82_after_one_request() throws Exception {
    publish(Apkg.named("greeter"));
    s3.onGet(KEY).times(9).inject(Fault.accessDenied());
    try (var par = ParProcess.start(environment())) {
      assertFailed(par, 82, "ACCESS_DENIED");
      assertThat(s3.count("GetObject")).isEqualTo(1);
    }
  }

  @Test
  void a_body_that_always_ends_early_is_84() throws Exception {
    publish(Apkg.named("greeter").file("filler", "x".repeat(1000)));
    s3.onGet(KEY).always().inject(Fault.truncateAt(10));
    Map<String, String> environment = environment();
    environment.put("PAR_FETCH_ATTEMPTS", "2");
    try (var par = ParProcess.start(environment)) {
      assertFailed(par, 84, "CORRUPT");
      assertNoDebris();
    }
  }

  @Test
  void a_flipped_byte_is_84_where_the_digest_is_given() throws Exception {
    byte[] apkg = publish(Apkg.named("greeter"));
    s3.onGet(KEY).times(9).inject(Fault.flipByteAt(50));
    Map<String, String> environment = environment();
    environment.put("PACKAGE_SHA256", Apkg.sha256(apkg));
    try (var par = ParProcess.start(environment)) {
      assertFailed(par, 84, "CORRUPT");
      // The second is for S3's own checksum, and nothing is tried again.
      assertThat(s3.count("GetObject")).isEqualTo(2);
      assertNoDebris();
    }
  }

  @Test
  void a_local_package_is_proved_as_well() throws Exception {
    Path file = Apkg.named("local").command("sh", "run.sh").writeTo(cache.resolve("local.apkg"));
    Map<String, String> environment = environment();
    environment.put("AGENT_PACKAGE_PATH", file.toString());
    environment.put("PACKAGE_SHA256", "ab".repeat(32));
    try (var par = ParProcess.start(environment)) {
      assertFailed(par, 84, "CORRUPT");
      assertThat(s3.requests()).isEmpty();
    }
  }

  @Test
  void a_bucket_outside_the_list_is_80_and_is_never_asked() throws Exception {
    Map<String, String> environment = environment();
    environment.put("PACKAGE_URL", "s3://other-bucket/a.apkg");
    try (var par = ParProcess.start(environment)) {
      assertFailed(par, 80, "CONFIG");
      assertThat(s3.requests()).isEmpty();
    }
  }

  @Test
  void an_empty_environment_is_80_with_a_line_a_fault() throws Exception {
    try (var par = ParProcess.start(Map.of())) {
      assertThat(par.exitCode()).isEqualTo(80);
      assertThat(par.lines("Configuration invalid"))
          .extracting(line -> line.path("variable").asText())
          .containsExactly("AGENT_APP_ID", "PACKAGE_URL");
      assertThat(par.lines("Runtime failed")).hasSize(1);
    }
  }

  private static void assertFailed(ParProcess par, int exitCode, String code)
      throws InterruptedException {
    assertThat(par.exitCode()).isEqualTo(exitCode);
    assertThat(par.lines("Runtime failed"))
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.path("code").asText()).isEqualTo(code);
              assertThat(line.path("exit_code").asInt()).isEqualTo(exitCode);
              assertThat(line.path("agent_app_id").asText()).isEqualTo("boot-test");
              assertThat(line.path("deployment_id").asText()).isEqualTo("d-1");
              assertThat(line.path("phase").asText()).isNotBlank();
              assertThat(line.path("hint").asText()).isNotBlank();
            });
    assertThat(par.lines("Runtime ready")).isEmpty();
  }

  private void assertNoDebris() throws IOException {
    try (Stream<Path> left = Files.list(cache.resolve("v1/tmp"))) {
      assertThat(left).isEmpty();
    }
    assertThat(cache.resolveSibling("victim")).doesNotExist();
  }

  private byte[] publish(Apkg apkg) {
    byte[] bytes = apkg.build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, bytes);
    return bytes;
  }

  private Map<String, String> environment() throws IOException {
    var environment = new HashMap<>(s3.environment());
    environment.put("AGENT_APP_ID", "boot-test");
    environment.put("DEPLOYMENT_ID", "d-1");
    environment.put("PACKAGE_URL", "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY);
    environment.put("PAR_CACHE_DIR", cache.toString());
    environment.put("PAR_READY_GRACE_MS", "300");
    environment.putAll(FreePorts.variables());
    return environment;
  }

  private static HttpResponse<String> get(Map<String, String> environment, String port, String path)
      throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + environment.get(port) + path))
                .build(),
            BodyHandlers.ofString());
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-boot-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
