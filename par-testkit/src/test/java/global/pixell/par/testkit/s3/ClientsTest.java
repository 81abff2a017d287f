package global.pixell.par.testkit.s3;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.AwsCli;
import global.pixell.par.testkit.testing.Programs;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Real clients: {@code clients.py} runs boto3, the AWS CLI and curl, and in a soak also rclone,
 * s3cmd and restic, each if it is installed.
 */
@Timeout(600)
class ClientsTest {

  private static final Path SCRIPT = Path.of("src/test/scripts/clients.py");

  @Test
  void boto3_the_aws_cli_and_curl_fill_and_read_it(@TempDir Path folder) throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      boolean all = Boolean.getBoolean("par.soak");
      List<String> said =
          all ? run(s3, folder, "--versions", "--all") : run(s3, folder, "--versions");

      assertThat(said).noneMatch(line -> line.startsWith("WRONG"));
      var clients = new ArrayList<>(List.of("boto3", "aws", "curl"));
      clients.addAll(all ? List.of("rclone", "s3cmd", "restic") : List.of());
      for (String client : clients) {
        if (isThere(client)) {
          assertThat(said)
              .as("%s is installed, so it is checked", client)
              .anyMatch(line -> line.startsWith("ok    " + client));
        }
      }
      assertThat(s3.requests())
          .as("the script leaves nothing behind")
          .last()
          .extracting(RecordedRequest::operation)
          .isEqualTo("DeleteBucket");
    }
  }

  /** The recipe of the README for a team whose calls all go through a WireMock. */
  @Test
  void boto3_does_all_of_it_through_a_wiremock_that_preserves_the_host(@TempDir Path folder)
      throws Exception {
    assumeTrue(Programs.isInstalled("python3") && isThere("boto3"), "boto3 is not installed");
    var wiremock =
        new WireMockServer(
            WireMockConfiguration.options()
                .dynamicPort()
                .bindAddress("127.0.0.1")
                .preserveHostHeader(true)
                .gzipDisabled(true)
                .maxRequestJournalEntries(0));
    try (FakeS3 s3 = FakeS3.start()) {
      wiremock.start();
      wiremock.stubFor(get("/v1/models").willReturn(ok("stub")));
      wiremock.stubFor(
          any(anyUrl()).atPriority(10).willReturn(aResponse().proxiedFrom("" + s3.endpoint())));
      var variables = new HashMap<>(s3.environment());
      variables.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + wiremock.port());

      List<String> said = run(variables, folder, "--versions", "--boto3");

      assertThat(said)
          .noneMatch(line -> line.startsWith("WRONG"))
          .anyMatch(line -> line.startsWith("ok    boto3"));
      assertThat(s3.requests().operation("DeleteBucket")).isNotEmpty();
    } finally {
      wiremock.stop();
    }
  }

  private static List<String> run(FakeS3 s3, Path folder, String... options) throws Exception {
    return run(s3.environment(), folder, options);
  }

  private static List<String> run(Map<String, String> variables, Path folder, String... options)
      throws Exception {
    assumeTrue(Programs.isInstalled("python3"), "python3 is not installed");
    var command = new ArrayList<>(List.of("python3", SCRIPT.toString()));
    command.addAll(List.of(options));
    Path output = folder.resolve("output");
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(output.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().putAll(variables);
    builder.environment().put("PATH", AwsCli.path());
    // Ignore the settings of the user: no profile, no instance metadata, no pager.
    builder.environment().put("AWS_CONFIG_FILE", folder.resolve("none").toString());
    builder.environment().put("AWS_SHARED_CREDENTIALS_FILE", folder.resolve("none").toString());
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().put("AWS_PAGER", "");
    builder.environment().put("PYTHONIOENCODING", "utf-8");
    Process process = builder.start();
    try {
      boolean ended = process.waitFor(500, TimeUnit.SECONDS);
      List<String> said = Files.readAllLines(output, StandardCharsets.UTF_8);
      assertThat(ended).as(String.join("\n", said)).isTrue();
      assertThat(process.exitValue()).as(String.join("\n", said)).isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  private static boolean isThere(String client) throws Exception {
    return client.equals("boto3")
        ? new ProcessBuilder("python3", "-c", "import boto3").start().waitFor() == 0
        : Programs.isInstalled(client);
  }
}
