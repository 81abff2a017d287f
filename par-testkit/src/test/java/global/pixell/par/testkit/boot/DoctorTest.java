package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.IamFolder;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code par doctor} in broken set-ups: it reports the cause first, and blames nothing else. */
@Timeout(180)
class DoctorTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final Policy SHIPPED = Policy.read(IamFolder.file("task-role-policy.json"));

  private final FakeS3 s3 = FakeS3.start();
  private final Map<String, String> environment = new HashMap<>();
  private Path folder = Path.of("");

  @BeforeEach
  void soundSetup() throws IOException {
    folder = Files.createTempDirectory("par-doctor-test-");
    s3.defaultIdentity().policy(SHIPPED);
    s3.put(BUCKET, KEY, greeter("sh").build());
    environment.putAll(s3.environment());
    environment.put("AGENT_APP_ID", "greeter-1");
    environment.put("PACKAGE_URL", "s3://" + BUCKET + "/" + KEY);
    environment.put("PAR_CACHE_DIR", folder.resolve("cache").toString());
    environment.put("HOME", folder.toString());
    environment.putAll(FreePorts.variables());
  }

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(folder);
  }

  private static Apkg greeter(String program) {
    return Apkg.named("greeter").command(program, "run.sh").file("run.sh", "sleep 600\n");
  }

  private static Policy allow(String action, String resource) {
    return Policy.parse(
        """
        {"Version": "2012-10-17",
         "Statement": [{"Effect": "Allow", "Action": "%s", "Resource": "%s"}]}
        """
            .formatted(action, resource));
  }

  private record Diagnosis(int exitCode, JsonNode report) {

    JsonNode check(String name) {
      for (JsonNode check : report.path("checks")) {
        if (check.path("check").asText().equals(name)) {
          return check;
        }
      }
      throw new AssertionError("no check " + name + " in " + report);
    }

    Optional<JsonNode> firstFailure() {
      for (JsonNode check : report.path("checks")) {
        if (check.path("status").asText().equals("failed")) {
          return Optional.of(check);
        }
      }
      return Optional.empty();
    }
  }

  private Diagnosis diagnose() throws Exception {
    ParCommand.Outcome outcome = ParCommand.run(environment, "doctor", "--json");
    assertThat(outcome.err()).isEmpty();
    return new Diagnosis(outcome.exitCode(), new ObjectMapper().readTree(outcome.out()));
  }

  private void assertCause(String check, int exitCode, String... words) throws Exception {
    Diagnosis diagnosis = diagnose();
    JsonNode cause =
        diagnosis
            .firstFailure()
            .orElseThrow(() -> new AssertionError(diagnosis.report().toString()));
    assertThat(cause.path("check").asText()).as(diagnosis.report().toString()).isEqualTo(check);
    assertThat(diagnosis.report().path("cause").asText()).isEqualTo(check);
    assertThat(diagnosis.exitCode()).isEqualTo(exitCode);
    assertThat(cause.path("exit_code").asInt()).isEqualTo(exitCode);
    assertThat(cause.path("do").asText()).isNotBlank();
    assertThat(cause.path("seen").asText() + " " + cause.path("do").asText()).contains(words);
  }

  @Test
  void a_sound_setup_is_found_sound_with_nothing_but_the_shipped_role() throws Exception {
    Diagnosis diagnosis = diagnose();

    assertThat(diagnosis.firstFailure()).as(diagnosis.report().toString()).isEmpty();
    assertThat(diagnosis.exitCode()).isZero();
    assertThat(diagnosis.check("get").path("status").asText()).isEqualTo("ok");
    assertThat(diagnosis.check("region").path("status").asText()).isEqualTo("ok");
    assertThat(diagnosis.check("agent").path("seen").asText()).contains("run.sh");
    assertThat(s3.requests())
        .filteredOn(request -> request.principal().equals(s3.defaultIdentity().arn()))
        .flatExtracting(RecordedRequest::accesses)
        .allMatch(RecordedRequest.Access::allowed);
  }

  @Test
  void people_get_a_table_that_ends_with_the_verdict() throws Exception {
    environment.remove("AGENT_APP_ID");

    ParCommand.Outcome outcome = ParCommand.run(environment, "doctor");

    assertThat(outcome.exitCode()).isEqualTo(80);
    assertThat(outcome.out())
        .contains("FAILED   environment  AGENT_APP_ID is missing or blank.")
        .contains("(guide: Container Exits Immediately, step 2)")
        .endsWith("The cause is 'environment': exit code 80.\n");
  }

  @Test
  void agent_app_id_is_missing() throws Exception {
    environment.remove("AGENT_APP_ID");

    assertCause("environment", 80, "AGENT_APP_ID");
  }

  @Test
  void the_bucket_is_not_an_allowed_one() throws Exception {
    environment.put("PACKAGE_URL", "s3://another-bucket/" + KEY);

    assertCause("environment", 80, "another-bucket", "S3_BUCKET");
    assertThat(diagnose().firstFailure().orElseThrow().path("guide").asText())
        .isEqualTo("S3 Access Denied, step 3");
  }

  @Test
  void there_are_no_credentials() throws Exception {
    environment.remove("AWS_ACCESS_KEY_ID");
    environment.remove("AWS_SECRET_ACCESS_KEY");

    assertCause("credentials", 82, "No AWS credentials", "task role");
  }

  @Test
  void the_container_endpoint_does_not_answer() throws Exception {
    environment.remove("AWS_ACCESS_KEY_ID");
    environment.remove("AWS_SECRET_ACCESS_KEY");
    environment.put(
        "AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:" + FreePorts.next() + "/role");

    assertCause("credentials", 82, "container's endpoint", "taskRoleArn");
  }

  @Test
  void the_session_token_has_expired() throws Exception {
    s3.defaultIdentity().session("the-session-token", Instant.parse("2020-01-01T00:00:00Z"));
    environment.putAll(s3.environment());

    assertCause("get", 82, "session token has expired");
  }

  @Test
  void the_secret_key_is_wrong() throws Exception {
    environment.put("AWS_SECRET_ACCESS_KEY", "anothersecretkeyanothersecretkey");

    assertCause("get", 82, "signature does not match");
  }

  @Test
  void the_bucket_is_in_another_region() throws Exception {
    s3.bucketRegion(BUCKET, "eu-west-1");
    s3.put(BUCKET, KEY, greeter("sh").build());

    assertCause("region", 80, "eu-west-1", "AWS_REGION=eu-west-1");
  }

  @Test
  void there_is_no_such_bucket() throws Exception {
    environment.put("S3_BUCKET", "never-made-bucket");
    environment.put("PACKAGE_URL", "s3://never-made-bucket/" + KEY);

    s3.defaultIdentity().policy(Policy.fullAccess());

    assertCause("get", 81, "never-made-bucket");
  }

  @Test
  void the_object_is_missing_or_the_role_may_not_read_it() throws Exception {
    environment.put("PACKAGE_URL", "s3://" + BUCKET + "/acme/greeter/9.9.9/greeter.apkg");
    Diagnosis missing = diagnose();
    assertThat(missing.firstFailure().orElseThrow().path("check").asText()).isEqualTo("get");
    assertThat(missing.exitCode()).isIn(81, 82);

    environment.put("PACKAGE_URL", "s3://" + BUCKET + "/" + KEY);
    s3.defaultIdentity().policy(allow("s3:ListBucket", "arn:aws:s3:::" + BUCKET));
    assertCause("get", 82, "s3:GetObject", "arn:aws:s3:::" + BUCKET + "/" + KEY);
  }

  @Test
  void the_role_may_not_list_what_a_name_needs() throws Exception {
    environment.remove("PACKAGE_URL");
    environment.put("PACKAGE_NAME", "acme/greeter@^1.0");
    s3.defaultIdentity().policy(allow("s3:GetObject", "arn:aws:s3:::" + BUCKET + "/*"));

    assertCause("list", 82, "s3:ListBucket");
  }

  @Test
  void no_version_satisfies_the_name() throws Exception {
    environment.remove("PACKAGE_URL");
    environment.put("PACKAGE_NAME", "acme/greeter@^7.0");

    assertCause("list", 81, "^7.0", "1.2.0");
  }

  @Test
  void the_name_of_the_endpoint_has_no_address() throws Exception {
    environment.put("AWS_ENDPOINT_URL_S3", "http://s3.no-such-host.invalid:9000");

    assertCause("dns", 83, "s3.no-such-host.invalid");
  }

  @Test
  void nobody_answers_at_the_endpoint() throws Exception {
    environment.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + FreePorts.next());

    assertCause("endpoint", 83, "127.0.0.1");
  }

  @Test
  void the_proxy_does_not_answer() throws Exception {
    int port = FreePorts.next();
    // Loopback addresses never use a proxy, so this is a name; with a proxy, nothing resolves it.
    environment.put("AWS_ENDPOINT_URL_S3", "http://s3.behind-the-proxy.invalid:9000");
    environment.put("HTTP_PROXY", "http://127.0.0.1:" + port);

    assertCause("endpoint", 83, "the proxy 127.0.0.1:" + port);
  }

  @Test
  void the_cache_cannot_be_written() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "in the way");
    environment.put("PAR_CACHE_DIR", file.resolve("cache").toString());

    assertCause("disk", 86, file.toString(), "PAR_CACHE_DIR");
  }

  @Test
  void the_wheelhouse_is_not_mounted() throws Exception {
    environment.put("WHEELHOUSE_DIR", folder.resolve("wheels").toString());

    assertCause("wheelhouse", 80, "wheels", "WHEELHOUSE_DIR");
  }

  @Test
  void a_port_is_taken() throws Exception {
    try (var socket = new ServerSocket(0)) {
      environment.put("REST_PORT", String.valueOf(socket.getLocalPort()));

      assertCause("ports", 80, "REST_PORT " + socket.getLocalPort());
    }
  }

  @Test
  void the_program_of_the_package_is_not_installed() throws Exception {
    s3.put(BUCKET, KEY, greeter("no-such-interpreter").build());

    assertCause("agent", 87, "no-such-interpreter");
  }

  @Test
  void the_package_is_none() throws Exception {
    s3.put(BUCKET, KEY, "not a package at all".getBytes(StandardCharsets.UTF_8));

    assertCause("package", 85, "not a safe zip");
  }

  @Test
  void a_clock_that_is_wrong_is_told_of() throws Exception {
    s3.clock().advance(Duration.ofMinutes(90));

    JsonNode clock = diagnose().check("clock");

    assertThat(clock.path("status").asText()).isEqualTo("warning");
    assertThat(clock.path("seen").asText()).contains("behind S3's");
  }
}
