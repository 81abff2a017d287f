package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code par fetch} as a process: its exit codes, its output, and its requests. */
@Timeout(300)
class FetchProcessTest {

  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String REF = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;

  private final FakeS3 s3 = FakeS3.start();
  private final List<HttpServer> servers = new ArrayList<>();
  @TempDir private Path work;

  /** The result of a process. */
  private record Run(int code, String out, String err) {}

  @AfterEach
  void close() {
    s3.close();
    servers.forEach(server -> server.stop(0));
  }

  @Test
  void each_kind_of_failure_has_its_exit_code_and_says_why_on_stderr() throws Exception {
    byte[] apkg = greeter();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, apkg);

    Run other = fetch(Map.of(), "s3://others/k.apkg");
    assertThat(other.code()).isEqualTo(80);
    assertThat(other.err())
        .isEqualTo(
            """
            par: The bucket 'others' of s3://others/k.apkg is not allowed. Allowed buckets: pixell-agent-packages.
              Add it to S3_BUCKET, or use a package from an allowed bucket.
            """);

    Run missing = fetch(Map.of(), REF + ".gone");
    assertThat(missing.code()).isEqualTo(81);
    assertThat(missing.err())
        .startsWith(
            "par: Reading "
                + REF
                + ".gone failed: there is no such object (HTTP 404 NoSuchKey, request ")
        .endsWith("\n  Check the key; keys are literal and case-sensitive.\n");

    s3.onGet(KEY).inject(Fault.accessDenied());
    Run denied = fetch(Map.of(), REF);
    assertThat(denied.code()).isEqualTo(82);
    assertThat(denied.err())
        .contains("failed: access was denied (HTTP 403 AccessDenied")
        .contains("s3:GetObject on arn:aws:s3:::" + ParConfig.DEFAULT_BUCKET + "/" + KEY);

    Run corrupt = fetch(Map.of("PACKAGE_SHA256", "ab".repeat(32)), REF);
    assertThat(corrupt.code()).isEqualTo(84);
    assertThat(corrupt.err()).contains("but sha256:" + "ab".repeat(32) + " was expected");

    assertThat(fetch(Map.of(), REF).code()).isZero();
  }

  @Test
  void a_switch_of_the_sdk_in_the_environment_multiplies_no_attempts() throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, greeter());
    Map<String, String> switches =
        Map.of(
            "AWS_NEW_RETRIES_2026", "true",
            "AWS_RETRY_MODE", "standard",
            "AWS_MAX_ATTEMPTS", "9",
            "PAR_FETCH_ATTEMPTS", "3");
    s3.onGet(KEY).always().inject(Fault.internalError());

    Run faulty = fetch(switches, REF);

    assertThat(faulty.code()).isEqualTo(83);
    assertThat(faulty.err()).contains("Gave up after 3 attempts.");
    assertThat(s3.count("GetObject")).isEqualTo(3);
    s3.resetFaults();
    s3.onGet(KEY)
        .times(1)
        .inject(Fault.error(503, "ServiceUnavailable", "…", Map.of()))
        .times(1)
        .inject(Fault.error(400, "RequestTimeout", "…", Map.of()));
    assertThat(fetch(switches, REF).code()).isZero();
    assertThat(s3.count("GetObject")).isEqualTo(6);
    s3.resetFaults();
    s3.onGet(KEY).always().inject(Fault.accessDenied());
    assertThat(fetch(switches, REF).code()).isEqualTo(82);
    assertThat(s3.count("GetObject")).isEqualTo(7);
  }

  @Test
  void a_task_role_comes_from_the_container_s_endpoint() throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, greeter());
    Identity task =
        s3.identity("task", "PARTESTKITTASKROLE00", "task-secret-example")
            .session("task-token-example", null);
    HttpServer endpoint =
        serve(
            200,
            """
            {"RoleArn": "arn:aws:iam::123456789012:role/task", "AccessKeyId": "PARTESTKITTASKROLE00",
             "SecretAccessKey": "task-secret-example", "Token": "task-token-example",
             "Expiration": "2099-01-01T00:00:00Z"}
            """,
            new CopyOnWriteArrayList<>());

    Run run =
        run(
            withoutCredentials(
                Map.of("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri(endpoint) + "/v2/credentials")),
            "fetch",
            REF);

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(s3.requests())
        .singleElement()
        .satisfies(r -> assertThat(r.principal()).isEqualTo(task.arn()));
  }

  @Test
  void a_container_s_endpoint_that_refuses_is_named() throws Exception {
    HttpServer endpoint = serve(404, "no role", new CopyOnWriteArrayList<>());

    Run run =
        run(
            withoutCredentials(
                Map.of("AWS_CONTAINER_CREDENTIALS_FULL_URI", uri(endpoint) + "/v2/credentials")),
            "fetch",
            REF);

    assertThat(run.code()).isEqualTo(82);
    assertThat(run.err())
        .startsWith(
            "par: Reading " + REF + " failed: the container's endpoint gave no AWS credentials (")
        .endsWith(
            "\n  Check that the task definition names a task role, and that the container may reach the endpoint.\n");
    assertThat(s3.requests()).isEmpty();
  }

  @Test
  void a_container_s_endpoint_with_a_fault_is_asked_once_an_attempt() throws Exception {
    var asked = new CopyOnWriteArrayList<String>();
    HttpServer endpoint = serve(500, "{\"message\": \"try later\"}", asked);

    Run run =
        run(
            withoutCredentials(
                Map.of(
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                    uri(endpoint) + "/v2/credentials",
                    "PAR_FETCH_ATTEMPTS",
                    "2")),
            "fetch",
            REF);

    assertThat(run.err())
        .startsWith(
            "par: Reading "
                + REF
                + " failed: the container's endpoint gave no AWS credentials (HTTP 500: try later). Gave up after 2 attempts.");
    assertThat(asked).hasSize(2);
    assertThat(s3.requests()).isEmpty();
  }

  @Test
  void without_credentials_nobody_is_asked_for_any() throws Exception {
    var asked = new CopyOnWriteArrayList<String>();
    HttpServer others = serve(500, "", asked);
    Path token = Files.writeString(work.resolve("token"), "web-identity-example");

    Run run =
        run(
            withoutCredentials(
                Map.of(
                    "AWS_EC2_METADATA_SERVICE_ENDPOINT", uri(others),
                    "AWS_WEB_IDENTITY_TOKEN_FILE", token.toString(),
                    "AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/web",
                    "AWS_ENDPOINT_URL_STS", uri(others))),
            "fetch",
            REF);

    assertThat(run.code()).isEqualTo(82);
    assertThat(run.err())
        .isEqualTo(
            "par: Reading "
                + REF
                + " failed: no AWS credentials were found.\n"
                + "  Web identity needs STS, and PAR calls no service but S3: give the pod an EKS Pod Identity, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.\n");
    assertThat(asked).isEmpty();
    assertThat(s3.requests()).isEmpty();
  }

  /** Every secret contains this word, and no output may contain it. */
  @Test
  void no_secret_is_printed_whatever_fails() throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, greeter());
    String query =
        "X-Amz-Credential=CANARYKEY%2F1&X-Amz-Security-Token=CANARY&X-Amz-Signature=CANARY";
    var secrets =
        Map.of(
            "PAR_FETCH_ATTEMPTS", "1",
            "AWS_ACCESS_KEY_ID", "ASIACANARYCANARYCANA",
            "AWS_SECRET_ACCESS_KEY", "CANARY/secret+CANARY",
            "AWS_SESSION_TOKEN", "CANARYtokenCANARYtokenCANARYtokenCANARYtokenCANARY=");
    String signed = "https://pixell-agent-packages.s3.us-east-2.amazonaws.com/" + KEY + "?" + query;
    var printed = new ArrayList<Run>();

    // The fake refuses the unknown access key, and repeats it in its answer, as S3 does.
    printed.add(fetch(secrets, REF));
    s3.onGet(KEY)
        .inject(
            Fault.error(
                400,
                "Unheard",
                "StringToSign AWS4-HMAC-SHA256 Signature=CANARY token CANARYtokenCANARYtokenCANARYtokenCANARY",
                Map.of("Location", "https://evil.example/?" + query, "x-amz-meta-x", "CANARY")));
    printed.add(fetch(secrets, REF));
    printed.add(fetch(secrets, signed.replace("pixell-agent-packages.s3", "others.s3")));
    printed.add(fetch(secrets, signed.replace("https:", "http:")));
    printed.add(fetch(secrets, signed.replace("https://", "https://user:CANARY@")));
    printed.add(fetch(secrets, signed + "#sha256=CANARY"));
    printed.add(fetch(secrets, "s3://pixell-agent-packages/" + KEY + "?" + query));
    var tls = new HashMap<>(secrets);
    String nobody = "https://127.0.0.1:1";
    tls.put("AWS_ENDPOINT_URL_S3", nobody);
    printed.add(fetch(tls, nobody + "/pixell-agent-packages/" + KEY + "?" + query));
    tls.put("AWS_ENDPOINT_URL_S3", "http://user:CANARY@127.0.0.1:1");
    printed.add(fetch(tls, REF));
    var boot = new HashMap<>(secrets);
    boot.put("AGENT_APP_ID", "bird");
    boot.put("PACKAGE_URL", REF);
    printed.add(run(environment(boot)));
    boot.put("PACKAGE_URL", signed.replace("pixell-agent-packages.s3", "others.s3"));
    printed.add(run(environment(boot)));

    assertThat(printed)
        .allSatisfy(
            run -> {
              assertThat(run.code()).isBetween(80, 89);
              assertThat(run.out() + run.err()).isNotBlank().doesNotContain("CANARY");
            });
  }

  private Run fetch(Map<String, String> more, String ref) throws Exception {
    return run(environment(more), "fetch", ref);
  }

  private Map<String, String> environment(Map<String, String> more) {
    var environment = new HashMap<String, String>(s3.environment());
    environment.put("PAR_CACHE_DIR", work.resolve("cache").toString());
    environment.put("AWS_CONFIG_FILE", work.resolve("no-config").toString());
    environment.put("AWS_SHARED_CREDENTIALS_FILE", work.resolve("no-credentials").toString());
    environment.putAll(more);
    return environment;
  }

  private Map<String, String> withoutCredentials(Map<String, String> more) {
    Map<String, String> environment = environment(more);
    environment.remove("AWS_ACCESS_KEY_ID");
    environment.remove("AWS_SECRET_ACCESS_KEY");
    return environment;
  }

  private Run run(Map<String, String> environment, String... args)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(work, "out", "");
    Path err = Files.createTempFile(work, "err", "");
    var builder = new ProcessBuilder(ParProcess.command(args));
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("par did not end within 60 s: " + Files.readString(err));
    }
    return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private HttpServer serve(int status, String body, List<String> asked) throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          asked.add(exchange.getRequestURI().toString());
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
    servers.add(server);
    return server;
  }

  private static String uri(HttpServer server) {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static byte[] greeter() {
    return Apkg.named("greeter").version("1.2.0").command("true").build();
  }
}
