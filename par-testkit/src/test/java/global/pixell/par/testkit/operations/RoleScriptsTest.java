package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.operations.Commands.Ran;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The operator's scripts against two stubs of the AWS CLI: one keeps an account's roles, the other
 * allows the calls that a test names. {@link AwsRehearsalTest} uses the real CLI with the fake.
 */
class RoleScriptsTest {

  /**
   * {@code STUB_ALLOW} lists the calls that succeed; {@code STUB_ERROR} is the error code of all
   * others.
   */
  private static final String STUB =
      """
      #!/usr/bin/env bash
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

  private static final String ACCOUNT = "111122223333";

  private Path folder;
  private Commands commands;

  @BeforeEach
  void start(@TempDir Path temporary) throws IOException {
    folder = temporary;
    commands = new Commands(temporary).with("STUB_ALLOW", "");
  }

  @ParameterizedTest
  @ValueSource(strings = {"create-roles.sh", "verify.sh"})
  void a_script_is_executable_and_parses(String script) throws Exception {
    Path file = IamFolder.file(script);

    assertThat(Files.isExecutable(file)).isTrue();
    assertThat(commands.run("bash", "-n", file.toString()).exit()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"create-roles.sh", "verify.sh"})
  void shellcheck_has_nothing_to_say_about_a_script(String script) throws Exception {
    assumeTrue(commands.onPath("shellcheck"), "shellcheck is not installed");

    Ran ran = commands.run("shellcheck", IamFolder.file(script).toString());

    assertThat(ran.out()).isEmpty();
    assertThat(ran.exit()).isZero();
  }

  @Test
  void a_dry_run_calls_nothing_and_prints_the_same_commands_each_time() throws Exception {
    String[] arguments = {
      "--dry-run", "--file-system", "fs-0a1b2c3d", "--access-point", "fsap-0a1b2c3d"
    };

    Ran first = createRoles(arguments);
    Ran second = createRoles(arguments);

    assertThat(first.hasEnded(0)).isEqualTo(second);
    assertThat(folder.resolve("calls")).doesNotExist();
    assertThat(first.out().lines().map(RoleScriptsTest::firstFiveWords))
        .containsExactly(
            "aws iam create-role --role-name pixell-agent-runtime-task-role",
            "aws iam put-role-policy --role-name pixell-agent-runtime-task-role",
            "aws iam create-role --role-name pixell-agent-runtime-execution-role",
            "aws iam attach-role-policy --role-name pixell-agent-runtime-execution-role",
            "aws iam put-role-policy --role-name pixell-agent-runtime-execution-role");
  }

  @Test
  void the_printed_commands_make_the_roles_that_the_script_makes() throws Exception {
    String[] arguments = {
      "--account",
      ACCOUNT,
      "--tag",
      "team=agents of acme",
      "--tag",
      "cost=1",
      "--permissions-boundary",
      "arn:aws:iam::" + ACCOUNT + ":policy/boundary"
    };
    List<String> dry = new ArrayList<>(List.of("--dry-run"));
    dry.addAll(List.of(arguments));
    Path pasted = folder.resolve("pasted.sh");
    Files.writeString(pasted, createRoles(dry.toArray(String[]::new)).hasEnded(0).out());
    commands.installAccount().run("bash", pasted.toString()).hasEnded(0);
    JsonNode printed = roles();
    Files.delete(folder.resolve("state.json"));

    createRoles(arguments).hasEnded(0);

    assertThat(roles()).isEqualTo(printed);
    assertThat(roles().at("/pixell-agent-runtime-task-role/tags/team").asText())
        .isEqualTo("agents of acme");
  }

  @Test
  void a_second_run_changes_nothing_and_reads_first() throws Exception {
    commands.installAccount();
    createRoles("--file-system", "fs-0a1b2c3d", "--access-point", "fsap-0a1b2c3d").hasEnded(0);
    JsonNode first = roles();

    Ran second = createRoles("--file-system", "fs-0a1b2c3d", "--access-point", "fsap-0a1b2c3d");

    assertThat(second.hasEnded(0).err())
        .contains("pixell-agent-runtime-task-role: exists, brought up to date")
        .contains("pixell-agent-runtime-execution-role: exists, brought up to date");
    assertThat(roles()).isEqualTo(first);
  }

  @Test
  void the_roles_carry_the_documents_of_the_page_and_a_hardened_trust() throws Exception {
    commands.installAccount();

    createRoles("--file-system", "fs-0a1b2c3d", "--access-point", "fsap-0a1b2c3d").hasEnded(0);

    Map<String, String> values =
        Map.of(
            "ACCOUNT_ID",
            ACCOUNT,
            "FILESYSTEM_ID",
            "fs-0a1b2c3d",
            "ACCESS_POINT_ID",
            "fsap-0a1b2c3d");
    JsonNode task = roles().get("pixell-agent-runtime-task-role");
    JsonNode execution = roles().get("pixell-agent-runtime-execution-role");
    assertThat(task.get("inline"))
        .isEqualTo(
            Documents.STRICT
                .createObjectNode()
                .set("S3PackageAccess", Documents.read("task-role-policy.json")));
    assertThat(execution.get("inline"))
        .isEqualTo(
            Documents.STRICT
                .createObjectNode()
                .set("EFSAccess", Documents.read("execution-role-efs-policy.json", values)));
    assertThat(task.get("attached")).isEmpty();
    assertThat(Documents.texts(execution.get("attached")))
        .containsExactly("arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy");
    for (JsonNode role : List.of(task, execution)) {
      assertThat(role.get("AssumeRolePolicyDocument"))
          .isEqualTo(Trust.hardened("task-role-trust-policy.json", "aws", "us-east-2", ACCOUNT));
    }
  }

  @Test
  void a_role_made_by_the_commands_of_the_page_is_hardened_and_not_refused() throws Exception {
    commands.installAccount().in(IamFolder.file("."));
    for (String block : OperatorsPage.commands()) {
      if (block.contains("aws iam ")) {
        commands.run("bash", "-euc", block).hasEnded(0);
      }
    }

    createRoles().hasEnded(0);

    assertThat(roles().at("/pixell-agent-runtime-task-role/AssumeRolePolicyDocument"))
        .isEqualTo(Trust.hardened("task-role-trust-policy.json", "aws", "us-east-2", ACCOUNT));
  }

  @ParameterizedTest
  @CsvSource({
    "attach-role-policy --policy-arn arn:aws:iam::aws:policy/AdministratorAccess, attached arn:aws:iam::aws:policy/AdministratorAccess",
    "put-role-policy --policy-name More --policy-document {\"Statement\":[]}, inline More",
    "put-role-permissions-boundary --permissions-boundary arn:aws:iam::1:policy/b, boundary arn:aws:iam::1:policy/b",
    "update-assume-role-policy --policy-document {\"Statement\":[]}, trust {\"Statement\":[]}",
    "put-role-policy --policy-name S3PackageAccess --policy-document {\"Statement\":[]}, reads {\"Statement\":[]}"
  })
  void what_the_script_did_not_give_a_role_is_shown_and_nothing_changes_before_replace(
      String change, String shown) throws Exception {
    commands.installAccount();
    createRoles().hasEnded(0);
    JsonNode right = roles();
    List<String> words = new ArrayList<>(List.of("aws", "iam"));
    words.addAll(List.of(change.split(" ", -1)));
    words.addAll(List.of("--role-name", "pixell-agent-runtime-task-role"));
    commands.run(words).hasEnded(0);
    JsonNode changed = roles();

    Ran refused = createRoles();

    assertThat(refused.hasEnded(1).err())
        .contains("pixell-agent-runtime-task-role has " + shown)
        .contains("nothing was changed")
        .contains("--replace");
    assertThat(roles()).isEqualTo(changed);
    createRoles("--replace").hasEnded(0);
    assertThat(roles()).isEqualTo(right);
  }

  @Test
  void the_account_of_the_credentials_must_be_the_one_that_was_named() throws Exception {
    commands.installAccount();

    Ran ran = createRoles("--account", "444455556666");

    assertThat(ran.hasEnded(2).err())
        .contains("--account is 444455556666, but the credentials belong to account " + ACCOUNT);
    assertThat(folder.resolve("state.json")).doesNotExist();
  }

  @Test
  void two_agents_whose_names_join_alike_get_a_role_each() throws Exception {
    commands.installAccount();

    createRoles("--agent", "acme/greeter-x").hasEnded(0);
    createRoles("--agent", "acme-greeter/x").hasEnded(0);

    assertThat(Documents.names(roles()))
        .contains(
            "pixell-agent-runtime-task-role-acme@greeter-x",
            "pixell-agent-runtime-task-role-acme-greeter@x");
  }

  /** IAM's role names ignore case, but S3's keys do not. */
  @Test
  void an_agent_that_differs_in_case_only_does_not_take_the_others_role() throws Exception {
    commands.installAccount();
    createRoles("--agent", "acme/greeter").hasEnded(0);

    Ran ran = createRoles("--agent", "acme/Greeter");

    assertThat(ran.hasEnded(1).err()).contains(" has reads ").contains("acme/greeter/*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sts get-caller-identity",
        "iam get-role",
        "iam create-role",
        "iam put-role-policy",
        "iam attach-role-policy"
      })
  void whatever_step_is_refused_the_exit_code_is_1_and_the_step_is_named(String step)
      throws Exception {
    commands.installAccount().with("FAKE_REFUSES", step);

    Ran ran = createRoles();

    assertThat(ran.hasEnded(1).err())
        .contains("(AccessDenied)")
        .contains("stopped at \"aws " + step + "\"");
    List<String> calls = Files.readAllLines(folder.resolve("calls"));
    assertThat(calls.get(calls.size() - 1)).startsWith(step);
  }

  @ParameterizedTest
  @ValueSource(strings = {"create-roles.sh", "verify.sh"})
  void without_an_aws_cli_a_script_ends_with_2_and_one_sentence(String script) throws Exception {
    Path empty = Files.createDirectory(folder.resolve("empty"));
    for (String tool : List.of("dirname", "sed", "tr", "cat", "awk")) {
      Ran which = commands.run("sh", "-c", "command -v " + tool);
      Path call = empty.resolve(tool);
      Files.writeString(call, "#!/bin/sh\nexec " + which.hasEnded(0).out().strip() + " \"$@\"\n");
      assertThat(call.toFile().setExecutable(true)).isTrue();
    }
    String bash = commands.run("sh", "-c", "command -v bash").hasEnded(0).out().strip();

    Ran ran = commands.run("env", "PATH=" + empty, bash, IamFolder.file(script).toString());

    assertThat(ran.hasEnded(2).err())
        .isEqualTo(
            script.replace(".sh", "")
                + ": the AWS CLI (aws) is not on the PATH; install it first\n");
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "us-east-2, aws",
    "cn-north-1, aws-cn",
    "us-gov-west-1, aws-us-gov",
    "us-iso-east-1, aws-iso",
    "us-isob-east-1, aws-iso-b",
    "eu-isoe-west-1, aws-iso-e",
    "us-isof-south-1, aws-iso-f",
    "eusc-de-east-1, aws-eusc"
  })
  void the_documents_carry_this_account_region_bucket_and_agent_instead_of_the_examples(
      String region, String partition) throws Exception {
    Ran ran =
        createRoles(
            "--dry-run",
            "--account",
            ACCOUNT,
            "--region",
            region,
            "--bucket",
            "our-packages",
            "--agent",
            "acme/mailer",
            "--file-system",
            "fs-0a1b2c3d",
            "--access-point",
            "fsap-0a1b2c3d",
            "--endpoint-url",
            "http://127.0.0.1:9");

    String elastic = "arn:" + partition + ":elasticfilesystem:" + region + ":" + ACCOUNT;
    assertThat(ran.hasEnded(0).out())
        .contains("arn:" + partition + ":s3:::our-packages/acme/mailer/*")
        .contains("\"s3:prefix\": [\"acme/mailer/*\"]")
        .contains("arn:" + partition + ":ecs:" + region + ":" + ACCOUNT + ":*")
        .contains(elastic + ":file-system/fs-0a1b2c3d")
        .contains(elastic + ":access-point/fsap-0a1b2c3d")
        .contains(
            "arn:" + partition + ":iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy")
        .contains("--role-name pixell-agent-runtime-task-role-acme@mailer")
        .doesNotContain("123456789012", "ACCOUNT_ID", "_ID", "greeter");
    assertThat(ran.out().replace("arn:" + partition + ":", "")).doesNotContain("arn:");
    assertThat(ran.out().lines())
        .allMatch(
            line -> line.endsWith("--region " + region + " --endpoint-url http://127.0.0.1:9"));
  }

  @Test
  void a_narrow_listing_asks_for_a_folder() throws Exception {
    Ran ran = createRoles("--dry-run", "--narrow-list");

    assertThat(ran.hasEnded(0).out()).contains("\"s3:prefix\": [\"?*/*\"]");
  }

  @ParameterizedTest
  @CsvSource({
    "--account, 12345, 12 digits",
    "--agent, acme/*, without wildcards",
    "--bucket, Our_Packages, bucket name",
    "--region, somewhere, AWS region",
    "--file-system, wheelhouse, EFS id",
    "--access-point, wheelhouse, EFS access point id",
    "--permissions-boundary, boundary, ARN of a managed policy",
    "--tag, team, KEY=VALUE",
    "--tag, team=a\"b, KEY=VALUE"
  })
  void a_value_that_would_make_another_policy_is_refused(String option, String value, String rule)
      throws Exception {
    Ran ran = createRoles("--dry-run", option, value);

    assertThat(ran.hasEnded(2).err()).contains(option + " is \"" + value + "\"").contains(rule);
    assertThat(ran.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "--file-system fs-0a1b2c3d, --file-system needs --access-point",
    "--access-point fsap-0a1b2c3d, --access-point needs --file-system",
    "--agent acme/greeter --narrow-list, --agent already narrows"
  })
  void options_that_do_not_go_together_are_refused(String options, String rule) throws Exception {
    assertThat(createRoles(options.split(" ", -1)).hasEnded(2).err()).contains(rule);
  }

  @Test
  void verify_is_green_and_says_so_line_by_line_when_the_role_is_as_it_must_be() throws Exception {
    Ran ran = verify(Map.of("STUB_ALLOW", PAR_NEEDS));

    assertThat(ran.out().lines()).hasSize(16).allMatch(line -> line.startsWith("ok "));
    assertThat(ran.err()).contains("16 checks, no surprise");
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
                        "SURPLUS  s3:ListBucket on pixell-agent-packages with an empty prefix"),
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

  @ParameterizedTest
  @CsvSource({"task-role-policy.json, ''", "task-role-policy-per-agent.json, --agent acme/greeter"})
  void verify_of_a_shipped_policy_is_green_without_a_call(String file, String options)
      throws Exception {
    Ran ran = policy(IamFolder.file(file), options);

    assertThat(ran.hasEnded(0).out().lines())
        .hasSize(2)
        .allMatch(line -> line.startsWith("ok ") && line.endsWith("PAR needs it"));
    assertThat(ran.err()).contains("nothing was probed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ecs:RunTask",
        "iam:PassRole",
        "sts:AssumeRole",
        "secretsmanager:GetSecretValue",
        "s3:PutBucketPolicy",
        "s3:*",
        "*",
        "S3:PutObject",
        "s3:GetObjectVersion",
        "s3:Get*",
        "kms:Decrypt"
      })
  void verify_of_a_policy_names_the_surplus_that_no_probe_sees(String surplus) throws Exception {
    Path wider =
        Files.writeString(
            folder.resolve("wider.json"),
            Files.readString(IamFolder.file("task-role-policy.json"))
                .replace("\"s3:GetObject\"", "\"s3:GetObject\", \"" + surplus + "\""));

    Ran ran = policy(wider, "");

    assertThat(ran.hasEnded(1).out().lines().filter(line -> !line.startsWith("ok ")))
        .singleElement()
        .asString()
        .startsWith("SURPLUS  " + surplus + " in " + wider + ", statement 1 (AllowS3GetObject)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'Statement':{'Effect':'Allow','Action':'s3:GetObject','Resource':'*'}} | on *: reaches beyond pixell-agent-packages/*",
        "{'Statement':{'Effect':'Allow','Action':'s3:GetObject','Resource':'arn:aws:s3:::pixell-agent-packages*'}} | reaches beyond",
        "{'Statement':{'Effect':'Allow','Action':'s3:GetObject','Resource':'arn:*:s3:::pixell-agent-packages/*'}} | reaches beyond",
        "{'Statement':{'Effect':'Allow','NotAction':'iam:*','Resource':'*'}} | cannot be judged: NotAction",
        "{'Statement':{'Effect':'Allow','Action':'s3:GetObject','NotResource':'arn:aws:s3:::x/*'}} | cannot be judged: NotResource",
        "{'Statement':{'Effect':'Allow','Action':'s3:ListBucket','Resource':'arn:aws:s3:::pixell-agent-packages'}} | without any prefix",
        "{'Statement':{'Effect':'Allow','Action':'s3:ListBucket','Resource':'arn:aws:s3:::pixell-agent-packages','Condition':{'StringLikeIfExists':{'s3:prefix':'a/*'}}}} | without any prefix",
        "{'Statement':{'Effect':'Allow','Action':'s3:ListBucket','Resource':'arn:aws:s3:::*'}} | not the bucket pixell-agent-packages",
        "{'Statement':{'Effect':'allow','Action':'s3:GetObject','Resource':'arn:aws:s3:::pixell-agent-packages/*'}} | neither Allow nor Deny",
        "{'Statement':{'Effect':'Allow','Action':'kms:Decrypt','Resource':'*','Condition':{'StringLike':{'kms:ViaService':'s3.us-east-2.amazonaws.com'}}}} | not limited to S3",
        "{'Statement':{'Effect':'Allow','Action':'ecs\\u003aRunTask','Resource':'*'}} | hides letters in an escape",
        "{'Statement':{'Effect':'Deny','Effect':'Allow','Action':'ecs:RunTask','Resource':'*'}} | has the key Effect twice",
        "{'Statement':[{'Effect':'Deny','Action':'*','Resource':'*'}} | is not JSON",
        "{'Statement':[]} trailing | something follows the document",
        "{'Statement':[]} | has no statement",
        "{} | has no statement",
        "'' | has no statement"
      })
  void verify_takes_whatever_it_cannot_prove_for_surplus(String document, String named)
      throws Exception {
    Path file = Files.writeString(folder.resolve("policy.json"), document.replace('\'', '"'));

    Ran ran = policy(file, "");

    assertThat(ran.hasEnded(1).out().replace("\"", "")).contains("SURPLUS").contains(named);
  }

  @Test
  void verify_accepts_the_decryption_of_packages_by_s3_alone_and_denials() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("policy.json"),
            """
            {"Statement": [
              {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "arn:aws:kms:us-east-2:1:key/k",
               "Condition": {"StringEquals": {"kms:ViaService": "s3.us-east-2.amazonaws.com"}}},
              {"Effect": "Deny", "Action": "*", "Resource": "*"}]}
            """);

    assertThat(policy(file, "").hasEnded(0).out()).contains("a Deny grants nothing");
  }

  @ParameterizedTest
  @CsvSource({
    "task-role-policy.json, --narrow-list, which is not below a folder",
    "task-role-policy.json, --agent acme/greeter, outside acme/greeter/",
    "task-role-policy-per-agent.json, --agent acme/greet, outside acme/greet/",
    "task-role-policy.json, --bucket other, not the bucket other"
  })
  void verify_of_a_policy_that_is_wider_than_it_was_meant_names_it(
      String file, String options, String named) throws Exception {
    assertThat(policy(IamFolder.file(file), options).hasEnded(1).out()).contains(named);
  }

  @Test
  void verify_reads_the_policies_of_the_role_where_the_caller_may() throws Exception {
    commands.installAccount();
    createRoles().hasEnded(0);

    Ran right = readingPolicies();
    commands
        .installAccount()
        .run(
            "aws",
            "iam",
            "attach-role-policy",
            "--role-name",
            "pixell-agent-runtime-task-role",
            "--policy-arn",
            "arn:aws:iam::aws:policy/AdministratorAccess")
        .hasEnded(0);
    Ran wide = readingPolicies();

    assertThat(right.hasEnded(0).out())
        .contains(
            "ok       s3:GetObject in S3PackageAccess of pixell-agent-runtime-task-role,"
                + " statement 1 (AllowS3GetObject): PAR needs it");
    assertThat(right.err()).contains("all policies of pixell-agent-runtime-task-role were read");
    assertThat(wide.hasEnded(1).out())
        .contains(
            "SURPLUS  * in arn:aws:iam::aws:policy/AdministratorAccess, statement 1, on *: PAR does"
                + " not need it");
  }

  /** The stub answers the role's probes, and the account returns its policies. */
  private Ran readingPolicies() throws Exception {
    commands.installAccount();
    Files.move(
        folder.resolve("bin/aws"),
        folder.resolve("bin/account"),
        StandardCopyOption.REPLACE_EXISTING);
    commands.install(
        "aws",
        STUB.replace(
            "case \" $STUB_ALLOW \" in",
            "case $1.$2 in iam.list-role-policies | iam.list-attached-role-policies | iam.get-*)"
                + " exec account \"$@\" ;; esac\ncase \" $STUB_ALLOW \" in"));
    commands.with("STUB_ALLOW", PAR_NEEDS);
    return script("verify.sh", "--role", "pixell-agent-runtime-task-role");
  }

  private Ran policy(Path file, String options) throws Exception {
    List<String> words = new ArrayList<>(List.of("--policy", file.toString()));
    if (!options.isEmpty()) {
      words.addAll(List.of(options.split(" ", -1)));
    }
    return script("verify.sh", words.toArray(String[]::new));
  }

  private JsonNode roles() throws IOException {
    return Documents.json(Files.readString(folder.resolve("state.json")));
  }

  private Ran createRoles(String... arguments) throws Exception {
    return script("create-roles.sh", arguments);
  }

  private Ran verify(Map<String, String> stub, String... arguments) throws Exception {
    commands.install("aws", STUB).with(stub);
    return script("verify.sh", arguments);
  }

  private Ran script(String name, String... arguments) throws Exception {
    List<String> words = new ArrayList<>(List.of("bash", IamFolder.file(name).toString()));
    words.addAll(List.of(arguments));
    return commands.run(words);
  }

  private static String firstFiveWords(String line) {
    String[] words = line.split(" ", 6);
    return String.join(" ", List.of(words).subList(0, 5));
  }
}
