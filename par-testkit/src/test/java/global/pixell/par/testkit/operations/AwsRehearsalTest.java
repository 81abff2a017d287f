package global.pixell.par.testkit.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.operations.Commands.Ran;
import global.pixell.par.testkit.testing.IamFolder;
import global.pixell.par.testkit.testing.ServeProcess;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The operator's rehearsal: the operator's scripts and the commands of the page with the real AWS
 * CLI, against the fake, with correct roles and with roles that are too wide. Skipped when the CLI
 * is not installed.
 *
 * <p>A verification starts the CLI 17 times, so only one is part of every build. {@code .ci/soak}
 * runs the others; {@link RoleScriptsTest} proves their logic in every build.
 */
class AwsRehearsalTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  private final FakeS3 s3 = FakeS3.start();
  private Path folder;
  private Commands commands;

  @BeforeEach
  void fill(@TempDir Path temporary) throws Exception {
    folder = temporary;
    commands = new Commands(temporary);
    s3.put(BUCKET, KEY, "package".getBytes(UTF_8));
    s3.put("other-bucket", KEY, "not yours".getBytes(UTF_8));
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
    assumeTrue(commands.onPath("aws"), "the AWS CLI is not installed");
  }

  @AfterEach
  void stop() {
    s3.close();
  }

  @Test
  void the_roles_are_created_against_the_fake() throws Exception {
    s3.defaultIdentity().policy(Policy.fullAccess());

    Ran ran =
        commands
            .with(s3.environment())
            .run(
                "bash",
                IamFolder.file("create-roles.sh").toString(),
                "--endpoint-url",
                s3.endpoint().toString(),
                "--file-system",
                "fs-0a1b2c3d",
                "--access-point",
                "fsap-0a1b2c3d",
                "--permissions-boundary",
                "arn:aws:iam::123456789012:policy/boundary",
                "--tag",
                "team=agents of acme");

    assertThat(ran.hasEnded(0).err())
        .contains("pixell-agent-runtime-task-role: created")
        .contains("pixell-agent-runtime-execution-role: created");
    assertThat(s3.requests())
        .extracting(RecordedRequest::operation)
        .containsExactly(
            "GetCallerIdentity",
            "GetRole",
            "GetRole",
            "CreateRole",
            "PutRolePolicy",
            "CreateRole",
            "AttachRolePolicy",
            "PutRolePolicy");
  }

  /**
   * Runs each command of the page unchanged. It must succeed, unless the comment above it says that
   * it should fail; then it must be denied.
   */
  @Test
  void the_commands_of_the_operators_page_work_unchanged() throws Exception {
    s3.put(BUCKET, "test.apkg", "package".getBytes(UTF_8));
    Identity operator = s3.identity("operator", "AKIAOPERATOR", "operator-secret");
    Map<String, String> task = s3.environment();
    Path config = folder.resolve("config");
    Files.writeString(
        config,
        "[profile par-task-role]\naws_access_key_id = %s\naws_secret_access_key = %s\n"
            .formatted(task.get("AWS_ACCESS_KEY_ID"), task.get("AWS_SECRET_ACCESS_KEY")));
    String cli = commands.run("sh", "-c", "command -v aws").out().strip();
    commands
        .with(s3.environment(operator))
        .with("AWS_CONFIG_FILE", config.toString())
        .with("AWS_MAX_ATTEMPTS", "1")
        // Older CLIs read the endpoint only from the command line.
        .install("aws", "#!/bin/sh\nexec " + cli + " \"$@\" --endpoint-url " + s3.endpoint() + "\n")
        .in(IamFolder.file("."));
    List<String> ran = new ArrayList<>();
    for (String block : OperatorsPage.commands()) {
      boolean fails = false;
      for (String line : block.replace("\\\n", " ").split("\n", -1)) {
        if (line.startsWith("#")) {
          fails = line.contains("Should fail") || line.contains("Should all fail");
        } else if (!line.isBlank()) {
          ran.add(line);
          Ran outcome = commands.run("bash", "-c", line.replace("/tmp/", folder + "/"));
          assertThat(outcome.exit() != 0)
              .as("%s fails: %s%s", line, outcome.out(), outcome.err())
              .isEqualTo(fails);
          if (fails) {
            assertThat(outcome.err()).as(line).containsPattern("AccessDenied|403");
          }
        }
      }
    }
    assertThat(ran).hasSize(13);
    assertThat(folder.resolve("test.apkg")).hasContent("package");
  }

  /** Follows the README's instructions exactly. */
  @Test
  void the_rehearsal_copies_a_package_and_is_denied_the_rest() throws Exception {
    try (var served = serve(IamFolder.file("task-role-policy.json"))) {

      Ran ran = verify(served.environment());

      assertThat(ran.hasEnded(0).out().lines())
          .hasSize(16)
          .allMatch(line -> line.startsWith("ok "));
      assertThat(ran.out())
          .containsPattern(
              "s3:GetObject on " + BUCKET + "/" + KEY + " is allowed, copied [1-9][0-9]+ bytes")
          .contains("s3:GetObject on other-bucket is denied")
          .contains("s3:ListBucket on other-bucket is denied")
          .contains("ecs:ListTasks on the account is denied")
          .contains("elasticloadbalancing:DescribeLoadBalancers on the account is denied")
          .contains("servicediscovery:ListServices on the account is denied")
          .contains("dynamodb:ListTables on the account is denied")
          .contains("rds:DescribeDBInstances on the account is denied")
          .contains("iam:ListUsers on the account is denied");
    }
  }

  @Test
  @EnabledIfSystemProperty(named = "par.soak", matches = "true")
  void the_rehearsal_of_a_wider_policy_is_red_names_the_surplus_and_leaves_nothing()
      throws Exception {
    Path wider = folder.resolve("wider.json");
    Files.writeString(
        wider,
        Files.readString(IamFolder.file("task-role-policy.json"))
            .replaceFirst(
                "\\[",
                """
                [
                  {"Effect": "Allow", "Action": ["s3:*", "ecs:ListTasks"], "Resource": "*"},
                  {"Effect": "Allow", "Action": "dynamodb:*",
                   "Resource": "arn:aws:dynamodb:us-east-2:123456789012:table/one"},
                """));
    try (var served = serve(wider)) {
      Ran before = listing(served.environment());

      Ran ran = verify(served.environment());

      assertThat(ran.hasEnded(1).out().lines().filter(line -> !line.startsWith("ok ")))
          .allMatch(line -> line.startsWith("SURPLUS "))
          .extracting(line -> line.split(" +", 3)[1])
          .containsExactly(
              "s3:ListBucket",
              "s3:PutObject",
              "s3:DeleteObject",
              "s3:GetObject",
              "s3:ListBucket",
              "s3:ListAllMyBuckets",
              "ecs:ListTasks",
              "dynamodb:ListTables");
      assertThat(listing(served.environment()).out()).isNotEmpty().isEqualTo(before.out());
    }
  }

  private Ran listing(Map<String, String> environment) throws Exception {
    String endpoint = String.valueOf(environment.get("AWS_ENDPOINT_URL_S3"));
    return commands
        .with(environment)
        .run("aws", "s3", "ls", "--recursive", "s3://" + BUCKET, "--endpoint-url", endpoint)
        .hasEnded(0);
  }

  private static ServeProcess serve(Path policy) throws Exception {
    return ServeProcess.start("--quiet", "--policy", policy.toString());
  }

  @Test
  @EnabledIfSystemProperty(named = "par.soak", matches = "true")
  void
      the_verification_needs_no_package_and_says_that_it_only_probed_where_policies_cannot_be_read()
          throws Exception {
    Ran ran = verify(s3.environment(), "--key", "acme/none/1.0.0/none.apkg");

    assertThat(ran.hasEnded(0).out())
        .contains("ok       sts:GetCallerIdentity verifying " + s3.defaultIdentity().arn())
        .contains(
            "/none.apkg is allowed: S3 says that there is no such key, which it says to no role");
    assertThat(ran.err()).contains("only the calls above were probed", "--reader", "--policy");
  }

  @Test
  @EnabledIfSystemProperty(named = "par.soak", matches = "true")
  void the_verification_of_a_narrow_listing_denies_the_whole_bucket() throws Exception {
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                Files.readString(IamFolder.file("task-role-policy.json"))
                    .replace("\"*\"", "\"?*/*\"")));

    Ran ran = verify(s3.environment(), "--narrow-list");

    assertThat(ran.hasEnded(0).out())
        .contains("ok       s3:ListBucket on " + BUCKET + " with an empty prefix is denied");
    assertThat(verify(s3.environment()).hasEnded(1).out())
        .contains("MISSING  s3:ListBucket on " + BUCKET + " with an empty prefix");
  }

  @Test
  @EnabledIfSystemProperty(named = "par.soak", matches = "true")
  void the_verification_is_green_under_the_role_of_one_agent() throws Exception {
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy-per-agent.json"));

    Ran ran = verify(s3.environment(), "--agent", "acme/greeter");

    assertThat(ran.hasEnded(0).out()).contains("ok       s3:GetObject on " + BUCKET + " outside");
  }

  private Ran verify(Map<String, String> environment, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                "bash",
                IamFolder.file("verify.sh").toString(),
                "--endpoint-url",
                String.valueOf(environment.get("AWS_ENDPOINT_URL_S3"))));
    command.addAll(List.of(arguments));
    return commands.with(environment).run(command);
  }
}
