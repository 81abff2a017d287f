package global.pixell.par.testkit.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * One shell runs every command of {@code iam/README.md} unchanged: roles against an account that
 * stores them, stacks against the templates, S3 against the fake, and the rest against the
 * parameter checks of the real AWS CLI.
 */
@Timeout(600)
class OperatorReadmeTest {

  /** Checks that the Dockerfile has the target that the command names; check-image.sh builds it. */
  private static final String DOCKER =
      """
      #!/bin/sh
      case $1 in
        login) cat >/dev/null ;;
        build) for last; do :; done; test -r "$last/Dockerfile" && test -x "$last/target/par/bin/par" ;;
        push) ;;
        *) echo "unknown: docker $1" >&2; exit 1 ;;
      esac
      """;

  @TempDir Path folder;

  @Test
  void the_commands_lead_from_nothing_to_a_watched_service() throws Exception {
    Commands commands = new Commands(folder.resolve("shell"));
    assumeTrue(commands.onPath("aws"), "the AWS CLI is not installed");
    Path top = IamFolder.file("..").toRealPath();
    assumeTrue(
        Files.isExecutable(top.resolve("par-launcher/target/par/bin/par")),
        "mvn package makes the distribution");
    Files.write(folder.resolve("greeter.apkg"), Apkg.named("greeter").command("sh").build());
    String cli = commands.run("sh", "-c", "command -v aws").out().strip();
    try (FakeS3 s3 = FakeS3.start()) {
      s3.createBucket("pixell-agent-packages");
      s3.put("other-bucket", "test.apkg", "not yours".getBytes(UTF_8));
      s3.put("another-bucket", "test.apkg", "not yours".getBytes(UTF_8));
      Identity operator = s3.identity("operator", "AKIAOPERATOR", "operator-secret");
      s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
      commands
          .install("docker", DOCKER)
          // The build, which includes this test.
          .install("mvn", "#!/bin/sh\n")
          .install("aws", resource("operators-aws.py"))
          .with(s3.environment(operator))
          .with("AWS_CONFIG_FILE", profile(s3.environment()).toString())
          .with("AWS_REGION", "us-east-2")
          .with("REAL_AWS", cli)
          .with("FAKE_S3", s3.endpoint().toString())
          .with("FAKE_ACCOUNT", folder.toString())
          .with(
              "FAKE_ACCOUNT_SCRIPT",
              Files.writeString(folder.resolve("account.py"), resource("fake-account.py"))
                  .toString())
          .with("VPC", "vpc-0a1b2c3d")
          .with("SUBNET_A", "subnet-0a1b2c3d")
          .with("SUBNET_B", "subnet-1a1b2c3d")
          .with("ROUTE_TABLES", "rtb-0a1b2c3d")
          .with("LOAD_BALANCER_GROUP", "sg-0a1b2c3d")
          .in(top);

      Commands.Ran ran = commands.run("bash", "-euxo", "pipefail", "-c", shell(top, s3));

      ran.hasEnded(0);
      assertThat(s3.requests())
          .as("the package is published, and the probes of the verification are denied")
          .filteredOn(request -> request.operation().equals("PutObject"))
          .extracting(RecordedRequest::status)
          .containsExactly(200, 403, 403);
      assertThat(ran.out())
          .contains("aws iam create-role", "PAR needs it")
          .doesNotContain("SURPLUS");
    }
    assertThat(deployed("roles.yaml").has("TaskRole")).isTrue();
    assertThat(deployed("monitoring.yaml").has("AlarmSubscription")).isTrue();
    assertThat(deployed("service.yaml").at("/Service/Properties/Cluster").asText())
        .isEqualTo("pixell-agent-runtime");
  }

  /** The blocks of the README in order; a server that keeps running gets its own terminal. */
  private static String shell(Path top, FakeS3 s3) throws Exception {
    List<String> blocks = new ArrayList<>();
    Pattern.compile("^```sh\\n(.*?)^```$", Pattern.DOTALL | Pattern.MULTILINE)
        .matcher(Files.readString(top.resolve("iam/README.md")))
        .results()
        .forEach(block -> blocks.add(block.group(1)));
    assertThat(blocks).hasSize(9);
    StringBuilder shell = new StringBuilder();
    for (String block : blocks) {
      for (String line : block.split("\n", -1)) {
        // AwsRehearsalTest proves its start; these are the variables that it prints for export.
        // The distribution is built after the tests, so use the script's source.
        shell
            .append(
                line.contains("par-testkit serve")
                    ? "test -r "
                        + line.split(" ", 2)[0].replace("target/par-testkit", "src/main/dist")
                        + exports(s3.environment())
                    : line)
            .append('\n');
      }
    }
    return shell.toString();
  }

  private static String exports(Map<String, String> variables) {
    StringBuilder exports = new StringBuilder();
    variables.forEach(
        (name, value) -> exports.append("; export ").append(name).append('=').append(value));
    return exports.toString();
  }

  private JsonNode deployed(String template) throws Exception {
    for (String line : Files.readAllLines(folder.resolve("deployments.jsonl"))) {
      JsonNode deployment = Documents.json(line);
      if (deployment.get("--template-file").get(0).asText().endsWith("/" + template)) {
        Map<String, String> parameters = new HashMap<>();
        for (JsonNode each : deployment.path("--parameter-overrides")) {
          String[] pair = each.asText().split("=", 2);
          parameters.put(pair[0], pair[1]);
        }
        JsonNode resources = Template.read(template).resources(parameters);
        if (resources.toString().contains("RoleName\"")) {
          assertThat(deployment.at("/--capabilities/0").asText()).isEqualTo("CAPABILITY_NAMED_IAM");
        }
        return resources;
      }
    }
    throw new AssertionError("the README deploys no " + template);
  }

  private Path profile(Map<String, String> task) throws Exception {
    return Files.writeString(
        folder.resolve("config"),
        "[profile par-task-role]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
            .formatted(task.get("AWS_ACCESS_KEY_ID"), task.get("AWS_SECRET_ACCESS_KEY")));
  }

  private static String resource(String name) throws Exception {
    try (InputStream text =
        Objects.requireNonNull(
            OperatorReadmeTest.class.getResourceAsStream("/operations/" + name))) {
      return new String(text.readAllBytes(), UTF_8);
    }
  }
}
