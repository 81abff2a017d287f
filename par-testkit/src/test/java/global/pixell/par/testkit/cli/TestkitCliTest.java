package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.Signer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line: its output in this JVM, its effects in a separate process. */
@Timeout(120)
class TestkitCliTest {

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V", "version"})
  void the_version_is_that_of_the_build_and_of_java(String word) {
    assertThat(run(word)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .matches("par-testkit \\S+ \\(Java " + Pattern.quote("" + Runtime.version()) + "\\)\n");
  }

  @Test
  void help_names_every_command() {
    assertThat(run("help")).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("init", "serve", "pack", "dev", "invoke", "logs", "ps", "demo");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"init", "serve", "pack", "dev", "invoke", "logs", "ps", "demo", "completion"})
  void every_command_has_its_own_help(String command) {
    assertThat(run(command, "--help")).isZero();
    assertThat(run("help", command)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("usage: par-testkit " + command);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sreve | there is no command 'sreve'; did you mean \"serve\"?",
        "serve --prot 1 | there is no option --prot; did you mean \"--port\"?",
        "serve --port | --port needs a value",
        "serve --port 70000 | --port must be 0 to 65535, and '70000' is not",
        "serve --dir /no/such/folder | --dir must name a directory, and '/no/such/folder' is not one",
        "serve --latency soon | --latency must be a time such as 50ms, 2s, 1m or 1h, and 'soon' is not",
        "serve --bandwidth=fast | --bandwidth must be a number of bytes such as 1000, 64KiB or 90MB, and 'fast' is not",
        "serve --bandwidth 999999999999GB | --bandwidth is at most 1000000GB, and '999999999999GB' is more",
        "serve --fault ANY:rest | there is no fault 'rest'; did you mean \"reset\"?",
        "serve --stubs /no/such | --stubs: stubs must be in a directory, and '/no/such' is not one",
        "serve --record ftp://x | --record must be the URL of an API such as https://api.openai.com, and 'ftp://x' is not",
        "dev . --port 70000 | --port must be 0 to 65535, and '70000' is not",
        "dev . -e A={stubs} | -e: the value of A contains {stubs}, which is the address of --stubs DIR or --record URL; add one of them",
        "serve extra | 'extra' is one argument more than the command takes",
        "pack | DIR is missing",
        "--versoin | there is no option --versoin; did you mean \"--version\"?",
        "help sreve | there is no command 'sreve'; did you mean \"serve\"?",
        "pack --strict=yes . | --strict takes no value, and 'yes' is one",
        "pack . -- --strict | '--strict' is one argument more than the command takes",
        "completion fish | completion takes bash or zsh, not 'fish'",
        "dev . -e =x | -e: this is not NAME=VALUE or NAME",
        "dev . -e PACKAGE_URL=x | -e PACKAGE_URL: dev sets it to the package of the folder",
        "dev . -eAWS_PROFILE | -e AWS_PROFILE: dev sets the AWS variables, because the package comes from its fake S3",
        "dev . --env-file /no/such/file | --env-file /no/such/file does not exist",
      })
  void a_mistake_is_named_with_what_was_meant(String line, String sentence) {
    assertThat(run(line.split(" "))).isEqualTo(80);
    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("par-testkit: " + sentence + "\n")
        .contains("shows the usage.");
  }

  @Test
  void serve_prints_what_points_a_client_at_it_and_one_line_a_request(@TempDir Path root)
      throws Exception {
    Files.createDirectories(root.resolve("bucket"));
    Files.writeString(root.resolve("bucket/key"), "from disk");
    try (var serve =
        new RunningCommand(
            "serve", "--port", "0", "--dir", root.toString(), "--fault", "GET:key:1x:slow-down")) {
      URI endpoint = URI.create(serve.await("export AWS_ENDPOINT_URL_S3=").split("=", 2)[1]);
      serve.await("export AWS_SECRET_ACCESS_KEY=");
      URI object = endpoint.resolve("/bucket/key");

      assertThat(signed(object).statusCode()).isEqualTo(503);
      assertThat(signed(object).body()).isEqualTo("from disk");
      assertThat(serve.await("GetObject"))
          .matches("GetObject        503 bucket/key [0-9]+ B fault: slowDown");
      assertThat(serve.await("GetObject")).isEqualTo("GetObject        200 bucket/key 9 B");
      assertThat(serve.stop()).isZero();
    }
  }

  @Test
  void dev_boots_the_agent_again_when_a_file_changes_and_keeps_it_when_it_cannot(
      @TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("agent.yaml"),
        "name: greeter\nversion: 1.0.0\ncommand: [sh, run.sh]\nready: {http: /version}\n");
    Files.writeString(
        folder.resolve("run.sh"), "exec python3 -m http.server --bind 127.0.0.1 $REST_PORT\n");
    Files.writeString(folder.resolve("version"), "one");
    Map<String, String> ports = FreePorts.variables();
    int port = Integer.parseInt(ports.get("REST_PORT"));
    int s3Port = FreePorts.next();
    URI version = URI.create("http://127.0.0.1:" + port + "/version");
    URI control = URI.create("http://127.0.0.1:" + s3Port + "/_par/");
    try (var dev = new RunningCommand(ports, "dev", folder.toString(), "--port", "" + s3Port)) {
      dev.await("== ready: " + version.resolve("/"));
      assertThat(get(version)).isEqualTo("one");
      assertThat(dev.find("== requests, faults and log")).endsWith(": " + control);
      JsonNode agent = new ObjectMapper().readTree(get(control.resolve("agent")));
      assertThat(agent.path("state").asText()).as("%s", agent).isEqualTo("ready");
      assertThat(agent.at("/health/status").asInt()).as("%s", agent).isEqualTo(200);
      assertThat(agent.at("/health/body/state").asText()).as("%s", agent).isEqualTo("ready");
      assertThat(agent.at("/ports/REST_PORT").asInt()).isEqualTo(port);
      assertThat(agent.at("/pack/id").asText()).isEqualTo("greeter@1.0.0");
      assertThat(agent.at("/boot/total_ms").asLong()).isPositive();
      assertThat(agent.path("previous_boot").isNull()).isTrue();

      Files.writeString(folder.resolve("version"), "two");
      dev.await("== packed greeter@1.0.0");
      dev.await("== ready: ");
      assertThat(get(version)).isEqualTo("two");
      assertThat(new ObjectMapper().readTree(get(control.resolve("agent"))).at("/previous_boot"))
          .isEqualTo(agent.path("boot"));

      Files.writeString(folder.resolve("agent.yaml"), "name: [\n");
      assertThat(dev.await("== not packed: ")).contains("The old agent keeps running.");
      assertThat(get(version)).isEqualTo("two");
      assertThat(dev.stop()).isZero();
    }
    assertThat(FreePorts.isFree(port)).isTrue();
  }

  @Test
  void dev_sees_changes_beside_a_dangling_link_that_is_ignored_and_says_what_ended(
      @TempDir Path folder) throws Exception {
    Files.writeString(
        folder.resolve("agent.yaml"), "name: greeter\nversion: 1.0.0\ncommand: [sh, run.sh]\n");
    Files.writeString(folder.resolve("run.sh"), "sleep 600\n");
    Files.createDirectories(folder.resolve(".venv/bin"));
    Files.createSymbolicLink(folder.resolve(".venv/bin/python"), Path.of("/nonexistent"));
    var variables = new HashMap<>(FreePorts.variables());
    variables.put("PAR_READY_GRACE_MS", "1000");
    try (var dev = new RunningCommand(variables, "dev", folder.toString())) {
      assertThat(dev.await("== ready"))
          .startsWith(
              "== ready, nothing listens on REST_PORT "
                  + variables.get("REST_PORT")
                  + " yet  health: http://");

      Files.writeString(folder.resolve("run.sh"), "sleep 2; exit 3\n");
      dev.await("== packed greeter@1.0.0");
      dev.await("== ready");
      assertThat(dev.await("== ended"))
          .isEqualTo(
              "== ended with exit code 3: the agent exited with code 3; change a file to start it"
                  + " again");

      // An editor's lock file, which pack ignores, as in a copy from another machine.
      Files.createSymbolicLink(folder.resolve(".#run.sh"), Path.of("me@host.1234"));
      Path link = folder.resolve("model");
      Files.createSymbolicLink(link, Path.of("/nonexistent/model"));
      assertThat(dev.await("== not packed: "))
          .contains("the link model is dangling; delete it, or list it in .parignore. The old");
      Files.delete(link);
      Files.writeString(folder.resolve("run.sh"), "sleep 600 # again\n");
      dev.await("== packed greeter@1.0.0");
      dev.await("== ready");
      assertThat(dev.stop()).isZero();
    }
  }

  @Test
  void dev_ends_with_the_code_of_what_failed_and_leaves_nothing(@TempDir Path folder)
      throws Exception {
    Map<String, String> temporary =
        Map.of(
            "JAVA_TOOL_OPTIONS",
            "-Djava.io.tmpdir=" + Files.createDirectory(folder.resolve("tmp")));
    Path agent = Files.createDirectory(folder.resolve("agent"));
    Files.writeString(agent.resolve("agent.yaml"), "name: Greeter\n");
    try (var dev = new RunningCommand(temporary, "dev", agent.toString())) {
      assertThat(dev.exitCode()).isEqualTo(85);
    }
    try (var dev = new RunningCommand(temporary, "dev", agent.resolve("absent").toString())) {
      dev.await("par-testkit: no such directory: " + agent.resolve("absent"));
      assertThat(dev.exitCode()).isEqualTo(80);
    }
    try (var left = Files.list(folder.resolve("tmp"))) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void an_identity_that_is_there_already_says_so(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("identities.json");
    Files.writeString(
        file,
        "[{\"access_key\": \"" + FakeS3.ACCESS_KEY + "\", \"secret_key\": \"another secret\"}]");

    assertThat(run("serve", "--identities", file.toString())).isEqualTo(80);

    assertThat(err.toString(StandardCharsets.UTF_8))
        .startsWith("par-testkit: --identities " + file + ": ")
        .contains(FakeS3.ACCESS_KEY);
  }

  @Test
  void a_policy_that_cannot_be_enforced_ends_in_a_sentence_with_one_mark(@TempDir Path folder)
      throws IOException {
    Path policy = folder.resolve("policy.json");
    Files.writeString(
        policy,
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
          "Condition": {"StringLikes": {"s3:prefix": "a"}}}}
        """);

    assertThat(run("serve", "--policy", policy.toString())).isEqualTo(80);

    assertThat(err.toString(StandardCharsets.UTF_8))
        .contains("did you mean \"StringLike\"?")
        .doesNotContain("?.");
  }

  @Test
  void serve_says_what_of_a_folder_it_does_not_serve_and_clears_what_would_win(@TempDir Path root)
      throws Exception {
    Files.createDirectories(root.resolve("my bucket"));
    Files.createDirectories(root.resolve("good"));
    Files.createSymbolicLink(root.resolve("linked"), Path.of("good"));
    try (var serve = new RunningCommand("serve", "--port", "0", "--dir", root.toString())) {
      assertThat(serve.await("# Not"))
          .isEqualTo("# Not served: linked is a symbolic link; a bucket must be a directory.");
      assertThat(serve.await("# Not"))
          .isEqualTo("# Not served: my bucket is not a bucket name; use letters, digits and . _ -");
      serve.await("unset AWS_PROFILE AWS_SESSION_TOKEN");
      serve.await("export AWS_ACCESS_KEY_ID=");
      assertThat(serve.stop()).isZero();
    }
  }

  @Test
  void a_port_that_is_taken_says_so() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      assertThat(run("serve", "--port", "" + taken.getLocalPort())).isEqualTo(80);
      assertThat(err.toString(StandardCharsets.UTF_8))
          .startsWith("par-testkit: cannot listen on port " + taken.getLocalPort() + " (")
          .contains("; choose another --port\n");
    }
  }

  private int run(String... args) {
    out.reset();
    err.reset();
    return new TestkitCli(
            new Terminal(
                Map.of(),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                TerminalFeatures.of(false, Map.of())))
        .run(List.of(args));
  }

  private static String get(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
        .body();
  }

  private static HttpResponse<String> signed(URI uri) throws Exception {
    var request = Signer.ofDefaultIdentity().sign(HttpRequest.newBuilder(uri).build());
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }
}
