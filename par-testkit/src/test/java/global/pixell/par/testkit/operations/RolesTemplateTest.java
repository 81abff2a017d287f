package global.pixell.par.testkit.operations;

import static global.pixell.par.testkit.operations.Documents.normal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.testing.IamFolder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The roles of the template, of the script and of the documents are the same, statement by
 * statement.
 */
class RolesTemplateTest {

  private static final String ACCOUNT = "111122223333";

  private static final Map<String, Map<String, Map<String, JsonNode>>> MADE =
      new ConcurrentHashMap<>();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "--narrow-list, ListPrefix=?*/*",
    "--agent acme/mailer, Agent=acme/mailer TaskRoleName=pixell-agent-runtime-task-role-acme@mailer",
    "--bucket our-packages, PackageBucket=our-packages",
    "--file-system fs-0a1b2c3d --access-point fsap-0a1b2c3d, FileSystemId=fs-0a1b2c3d AccessPointId=fsap-0a1b2c3d",
    "--permissions-boundary arn:aws:iam::111122223333:policy/b, PermissionsBoundary=arn:aws:iam::111122223333:policy/b"
  })
  void the_template_makes_the_roles_that_the_script_makes(String options, String parameters)
      throws Exception {
    assertThat(ofTemplate(Template.read("roles.yaml"), parameters)).isEqualTo(ofScript(options));
  }

  /** Each row changes a part of a statement, in the template only. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Sid: AllowS3GetObject | Sid: AllowS3",
        "- s3:GetObject | - s3:GetObject*",
        "- s3:ListBucket | - s3:List*",
        "s3:::${PackageBucket}/* | s3:::${PackageBucket}*",
        "StringLike: | StringLikeIfExists:",
        "Effect: Allow | Effect: Deny",
        "Service: ecs-tasks.amazonaws.com | Service: ecs.amazonaws.com",
        "aws:SourceAccount: !Ref AWS::AccountId | aws:SourceAccount: '*'",
        "${AWS::AccountId}:*' | *:*'",
        "AmazonECSTaskExecutionRolePolicy | AmazonECS_FullAccess",
        "- elasticfilesystem:ClientWrite | - elasticfilesystem:ClientRootAccess",
        "StringEquals:\\n                      elasticfilesystem | StringLike:\\n                      elasticfilesystem",
        "PolicyName: S3PackageAccess | PolicyName: Packages",
        "PolicyName: EFSAccess | PolicyName: Efs"
      })
  void a_change_of_a_statement_shows(String text, String changed) throws Exception {
    String wheelhouse = "--file-system fs-0a1b2c3d --access-point fsap-0a1b2c3d";
    Template mutated =
        Template.read("roles.yaml").with(text.replace("\\n", "\n"), changed.replace("\\n", "\n"));

    assertThat(ofTemplate(mutated, "FileSystemId=fs-0a1b2c3d AccessPointId=fsap-0a1b2c3d"))
        .isNotEqualTo(ofScript(wheelhouse));
  }

  @Test
  void packages_with_a_key_of_their_own_are_decrypted_through_s3_only() throws Exception {
    String key = "arn:aws:kms:us-east-2:111122223333:key/k";

    JsonNode policies =
        Template.read("roles.yaml")
            .resources(Map.of("PackageKeyArn", key))
            .at("/TaskRole/Properties/Policies");

    assertThat(policies).hasSize(2);
    Path file =
        Files.writeString(
            folder.resolve("policy.json"), policies.get(1).get("PolicyDocument").toString());
    assertThat(
            new Commands(folder)
                .run("bash", IamFolder.file("verify.sh").toString(), "--policy", file.toString())
                .hasEnded(0)
                .out())
        .contains("kms:Decrypt");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Agent=acme/*",
        "Agent=acme",
        "PackageBucket=*",
        "ListPrefix=a",
        "FileSystemId=fs-0a1b2c3d",
        "FileSystemId=* AccessPointId=fsap-0a1b2c3d"
      })
  void a_parameter_that_would_make_another_policy_is_refused(String parameters) throws Exception {
    Template roles = Template.read("roles.yaml");

    assertThatThrownBy(() -> roles.resources(words(parameters)))
        .isInstanceOf(Template.Refused.class);
  }

  /** The relevant parts of both roles, by name. */
  private Map<String, Map<String, JsonNode>> ofTemplate(Template template, String parameters) {
    Map<String, Map<String, JsonNode>> roles = new TreeMap<>();
    JsonNode resources = template.resources(words(parameters));
    for (String each : List.of("TaskRole", "ExecutionRole")) {
      JsonNode role = resources.get(each).get("Properties");
      Map<String, JsonNode> parts = new TreeMap<>();
      parts.put("trust", normal(role.get("AssumeRolePolicyDocument")));
      parts.put("description", role.get("Description"));
      role.path("Policies")
          .forEach(
              policy ->
                  parts.put(
                      "inline " + policy.get("PolicyName").asText(),
                      normal(policy.get("PolicyDocument"))));
      role.path("ManagedPolicyArns").forEach(arn -> parts.put("attached " + arn.asText(), arn));
      if (role.has("PermissionsBoundary")) {
        parts.put("boundary", role.get("PermissionsBoundary"));
      }
      roles.put(role.get("RoleName").asText(), parts);
    }
    return roles;
  }

  /** The script's roles; runs the script once for equal options. */
  private Map<String, Map<String, JsonNode>> ofScript(String options) throws Exception {
    Map<String, Map<String, JsonNode>> roles = MADE.get(options);
    if (roles == null) {
      roles = runScript(options);
      MADE.put(options, roles);
    }
    return roles;
  }

  private Map<String, Map<String, JsonNode>> runScript(String options) throws Exception {
    List<String> command =
        new ArrayList<>(List.of("bash", IamFolder.file("create-roles.sh").toString()));
    if (!options.isEmpty()) {
      command.addAll(List.of(options.split(" ", -1)));
    }
    new Commands(folder).installAccount().run(command).hasEnded(0);
    Map<String, Map<String, JsonNode>> roles = new TreeMap<>();
    JsonNode made = Documents.json(Files.readString(folder.resolve("state.json")));
    for (JsonNode role : made) {
      Map<String, JsonNode> parts = new TreeMap<>();
      parts.put("trust", normal(role.get("AssumeRolePolicyDocument")));
      parts.put("description", role.get("Description"));
      role.get("inline")
          .properties()
          .forEach(each -> parts.put("inline " + each.getKey(), normal(each.getValue())));
      role.get("attached").forEach(arn -> parts.put("attached " + arn.asText(), arn));
      if (role.has("PermissionsBoundary")) {
        parts.put("boundary", role.at("/PermissionsBoundary/PermissionsBoundaryArn"));
      }
      roles.put(role.get("RoleName").asText(), parts);
    }
    assertThat(made.toString()).contains(ACCOUNT);
    return roles;
  }

  private static Map<String, String> words(String parameters) {
    Map<String, String> values = new HashMap<>();
    if (!parameters.isEmpty()) {
      for (String each : parameters.split(" ", -1)) {
        values.put(each.substring(0, each.indexOf('=')), each.substring(each.indexOf('=') + 1));
      }
    }
    return values;
  }
}
