package global.pixell.par.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The operator's scripts against a stand-in for the AWS CLI that writes down its arguments. What
 * the real CLI makes of the fake's answers is proved where the fake is.
 */
class RoleScriptsTest {

  /**
   * Records each call on one line. {@code STUB_ALLOW} lists the calls that succeed, {@code
   * STUB_ERROR} is the code of all others.
   */
  private static final String STUB =
      """
      #!/usr/bin/env bash
      printf '%s ' "$@" >>"$STUB_CALLS"
      printf '\\n' >>"$STUB_CALLS"
      case " $STUB_ALLOW " in
        *" $1.$2 "* | *" all "*)
          case "$1.$2" in sts.get-caller-identity)
            case "$*" in
              *'--output text'*) echo 111122223333 ;;
              *) echo '{"Account": "111122223333", "Arn": "arn:aws:sts::111122223333:assumed-role/r/s"}' ;;
            esac
          esac
          # Allowed on the package bucket and with a prefix only, as the shipped role is.
          case "$*" in
            *other-bucket*) ;;
            *--prefix*) exit 0 ;;
            *list-objects-v2*) ;;
            *) exit 0 ;;
          esac ;;
      esac
      echo "An error occurred (${STUB_ERROR:-AccessDenied}) when calling the operation: no ${STUB_WHY-because no identity-based policy allows the action}" >&2
      exit 254
      """;

  private static final String PAR_NEEDS =
      "sts.get-caller-identity s3api.get-object s3api.list-objects-v2";

  private Path folder;
  private Path calls;

  private record Ran(int exit, String out, String err) {}

  @BeforeEach
  void installTheStub(@TempDir Path temporary) throws IOException {
    folder = temporary;
    calls = folder.resolve("calls");
    Path stub = Files.createDirectory(folder.resolve("bin")).resolve("aws");
    Files.writeString(stub, STUB);
    assertThat(stub.toFile().setExecutable(true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"create-roles.sh", "verify.sh"})
  void a_script_is_executable_and_parses(String script) throws Exception {
    Path file = IamFolder.file(script);

    assertThat(Files.isExecutable(file)).isTrue();
    assertThat(run(Map.of(), "bash", "-n", file.toString()).exit()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"create-roles.sh", "verify.sh"})
  void shellcheck_has_nothing_to_say_about_a_script(String script) throws Exception {
    assumeTrue(onPath("shellcheck"), "shellcheck is not installed");

    Ran ran = run(Map.of(), "shellcheck", IamFolder.file(script).toString());

    assertThat(ran.out()).isEmpty();
    assertThat(ran.exit()).isZero();
  }

  @Test
  void a_dry_run_calls_nothing_and_prints_the_same_commands_each_time() throws Exception {
    Ran first = createRoles(Map.of(), "--dry-run", "--file-system", "fs-0a1b2c3d");
    Ran second = createRoles(Map.of(), "--dry-run", "--file-system", "fs-0a1b2c3d");

    assertThat(first.exit()).isZero();
    assertThat(second).isEqualTo(first);
    assertThat(calls).doesNotExist();
    assertThat(first.out().lines().map(RoleScriptsTest::firstFiveWords))
        .containsExactly(
            "aws iam create-role --role-name pixell-agent-runtime-task-role",
            "aws iam update-assume-role-policy --role-name pixell-agent-runtime-task-role",
            "aws iam put-role-policy --role-name pixell-agent-runtime-task-role",
            "aws iam create-role --role-name pixell-agent-runtime-execution-role",
            "aws iam update-assume-role-policy --role-name pixell-agent-runtime-execution-role",
            "aws iam attach-role-policy --role-name pixell-agent-runtime-execution-role",
            "aws iam put-role-policy --role-name pixell-agent-runtime-execution-role");
  }

  @Test
  void the_printed_commands_are_the_commands_that_run() throws Exception {
    Ran dry = createRoles(Map.of(), "--dry-run", "--account", "111122223333");
    Path pasted = folder.resolve("pasted.sh");
    Files.writeString(pasted, dry.out());
    run(Map.of("STUB_ALLOW", "all"), "bash", pasted.toString());
    String printed = Files.readString(calls);
    Files.delete(calls);

    Ran real = createRoles(Map.of("STUB_ALLOW", "all"), "--account", "111122223333");

    assertThat(real.exit()).isZero();
    assertThat(Files.readString(calls)).isEqualTo(printed);
  }

  @Test
  void roles_that_exist_are_brought_up_to_date() throws Exception {
    Map<String, String> existing =
        Map.of(
            "STUB_ALLOW",
            "sts.get-caller-identity iam.update-assume-role-policy iam.put-role-policy"
                + " iam.attach-role-policy",
            "STUB_ERROR",
            "EntityAlreadyExists");

    Ran ran = createRoles(existing);

    assertThat(ran.exit()).isZero();
    assertThat(ran.err())
        .contains("pixell-agent-runtime-task-role: exists, brought up to date")
        .contains("pixell-agent-runtime-execution-role: exists, brought up to date");
  }

  @Test
  void a_refused_step_stops_the_script_and_shows_the_answer() throws Exception {
    Ran ran = createRoles(Map.of("STUB_ALLOW", "sts.get-caller-identity"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.err()).contains("(AccessDenied)");
    assertThat(Files.readAllLines(calls)).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "sts.get-caller-identity iam.create-role iam.update-assume-role-policy",
        "sts.get-caller-identity iam.create-role iam.update-assume-role-policy iam.put-role-policy"
      })
  void whatever_step_is_refused_the_exit_code_is_1_and_the_step_is_named(String allowed)
      throws Exception {
    Ran ran = createRoles(Map.of("STUB_ALLOW", allowed));

    String last = Files.readAllLines(calls).get(Files.readAllLines(calls).size() - 1);
    String step = String.join(" ", List.of(last.split(" ", 3)).subList(0, 2));
    assertThat(ran.exit()).as(ran.err()).isEqualTo(1);
    assertThat(ran.err()).contains("stopped at \"aws " + step + "\"");
  }

  @Test
  void the_documents_carry_this_account_region_bucket_and_agent_instead_of_the_examples()
      throws Exception {
    Ran ran =
        createRoles(
            Map.of(),
            "--dry-run",
            "--account",
            "111122223333",
            "--region",
            "us-gov-west-1",
            "--bucket",
            "our-packages",
            "--agent",
            "acme/mailer",
            "--file-system",
            "fs-0a1b2c3d",
            "--endpoint-url",
            "http://127.0.0.1:9");

    assertThat(ran.out())
        .contains("arn:aws-us-gov:s3:::our-packages/acme/mailer/*")
        .contains("\"s3:prefix\": \"acme/mailer/*\"")
        .contains("arn:aws-us-gov:ecs:us-gov-west-1:111122223333:*")
        .contains(
            "arn:aws-us-gov:elasticfilesystem:us-gov-west-1:111122223333:file-system/fs-0a1b2c3d")
        .contains("arn:aws-us-gov:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
        .contains("--role-name pixell-agent-runtime-task-role-acme-mailer")
        .doesNotContain("123456789012", "us-east-2", "greeter", "arn:aws:");
    assertThat(ran.out().lines())
        .allMatch(
            line -> line.endsWith("--region us-gov-west-1 --endpoint-url http://127.0.0.1:9"));
  }

  @ParameterizedTest
  @CsvSource({
    "--account,12345,12 digits",
    "--agent,acme/*,without wildcards",
    "--bucket,Our_Packages,bucket name",
    "--region,somewhere,AWS region",
    "--file-system,wheelhouse,EFS id"
  })
  void a_value_that_would_make_another_policy_is_refused(String option, String value, String rule)
      throws Exception {
    Ran ran = createRoles(Map.of(), "--dry-run", option, value);

    assertThat(ran.exit()).isEqualTo(2);
    assertThat(ran.err()).contains(option + " is \"" + value + "\"").contains(rule);
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void verify_is_green_and_says_so_line_by_line_when_the_role_is_as_it_must_be() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS));

    assertThat(ran.out().lines()).hasSize(15).allMatch(line -> line.startsWith("ok "));
    assertThat(ran.err()).contains("15 checks, no surprise");
    assertThat(ran.exit()).isZero();
  }

  @Test
  void verify_names_every_surplus_permission_and_exits_1() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS + " ecs.list-tasks s3api.put-object"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out().lines().filter(line -> !line.startsWith("ok ")))
        .satisfiesExactly(
            line -> assertThat(line).startsWith("SURPLUS  s3:PutObject on pixell-agent-packages"),
            line -> assertThat(line).startsWith("SURPLUS  ecs:ListTasks on the account"));
    assertThat(ran.err()).contains("surprises: SURPLUS:s3:PutObject SURPLUS:ecs:ListTasks");
  }

  @Test
  void verify_counts_an_answer_that_got_past_authorisation_as_surplus() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS, "STUB_ERROR", "BadDigest"));

    assertThat(ran.out()).contains("SURPLUS  s3:PutObject");
  }

  @Test
  void verify_names_the_missing_permission() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", "sts.get-caller-identity s3api.list-objects-v2"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out()).contains("MISSING  s3:GetObject on pixell-agent-packages/");
    assertThat(ran.out()).contains("is denied, or there is no such key: An error occurred");
  }

  @Test
  void verify_of_one_agents_role_looks_outside_its_folder_too() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS), "--agent", "acme/greeter");

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out().lines().filter(line -> !line.startsWith("ok ")))
        .satisfiesExactly(
            line ->
                assertThat(line)
                    .startsWith(
                        "SURPLUS  s3:GetObject on pixell-agent-packages outside acme/greeter/"),
            line ->
                assertThat(line)
                    .startsWith(
                        "SURPLUS  s3:ListBucket on pixell-agent-packages with prefix acme/"));
  }

  @Test
  void verify_concludes_nothing_from_credentials_that_do_not_work() throws Exception {
    Ran ran = verify(Map.of("STUB_ERROR", "ExpiredToken"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out().lines()).hasSize(1).allMatch(line -> line.contains("(ExpiredToken)"));
  }

  @Test
  void verify_names_a_session_token_that_may_be_of_another_key() throws Exception {
    Ran ran = verify(Map.of("STUB_ERROR", "InvalidClientTokenId", "AWS_SESSION_TOKEN", "another"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out()).contains("AWS_SESSION_TOKEN is set; unset it where the key is not of");
  }

  @Test
  void verify_does_not_take_a_network_fault_for_a_denial() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS, "STUB_ERROR", "ServiceUnavailable"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out()).contains("UNCLEAR  ecs:ListTasks on the account: An error occurred");
  }

  @Test
  void verify_takes_a_denial_that_may_be_another_owners_for_no_proof() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS, "STUB_WHY", ""));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out().lines().filter(line -> !line.startsWith("ok ")))
        .hasSize(2)
        .allMatch(line -> line.contains(" on other-bucket is denied, and nothing says by the role"))
        .allMatch(
            line -> line.contains("name an existing bucket of this account with --other-bucket"));
  }

  @Test
  void verify_takes_a_denial_by_another_policy_for_no_proof() throws Exception {
    Ran ran =
        verify(
            Map.of(
                "STUB_ALLOW",
                PAR_NEEDS,
                "STUB_WHY",
                "with an explicit deny in a service control policy"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out())
        .contains(
            "UNCLEAR  ecs:ListTasks on the account is denied, but not by the role's own policies: ");
  }

  @Test
  void verify_of_a_bucket_that_is_not_there_says_what_to_name() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS, "STUB_ERROR", "NoSuchBucket"));

    assertThat(ran.exit()).isEqualTo(1);
    assertThat(ran.out())
        .contains(
            "UNCLEAR  s3:GetObject on other-bucket: there is no such bucket, so nothing is proved;"
                + " name an existing one with --other-bucket");
  }

  private Ran createRoles(Map<String, String> stub, String... arguments) throws Exception {
    return script("create-roles.sh", stub, arguments);
  }

  private Ran verify(Map<String, String> stub, String... arguments) throws Exception {
    return script("verify.sh", stub, arguments);
  }

  private Ran script(String name, Map<String, String> stub, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of("bash", IamFolder.file(name).toString()));
    command.addAll(List.of(arguments));
    return run(stub, command.toArray(String[]::new));
  }

  private Ran run(Map<String, String> stub, String... command) throws Exception {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("AWS_"));
    environment.put("PATH", folder.resolve("bin") + ":" + environment.get("PATH"));
    environment.put("STUB_CALLS", calls.toString());
    environment.put("STUB_ALLOW", "");
    environment.putAll(stub);
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("%s ended", command[1]).isTrue();
    return new Ran(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }

  private boolean onPath(String tool) throws Exception {
    return run(Map.of(), "sh", "-c", "command -v " + tool).exit() == 0;
  }

  private static String firstFiveWords(String line) {
    String[] words = line.split(" ", 6);
    return String.join(" ", List.of(words).subList(0, 5));
  }
}
