package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the shipped IAM documents say, word for word where a word more would be a permission more.
 */
class RoleDocumentsTest {

  private static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private static final List<String> FORBIDDEN_SERVICES =
      List.of(
          "ecs", "elasticloadbalancing", "servicediscovery", "dynamodb", "rds", "iam", "ec2", "*");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "task-role-policy.json",
        "task-role-policy-per-agent.json",
        "execution-role-efs-policy.json"
      })
  void no_policy_grants_a_wildcard_action_or_a_service_a_task_has_no_business_with(String file)
      throws IOException {
    for (JsonNode statement : statements(file)) {
      assertThat(fieldNames(statement))
          .as("%s uses Action and Resource only, never their negations", file)
          .containsExactlyInAnyOrderElementsOf(
              statement.has("Condition")
                  ? List.of("Sid", "Effect", "Action", "Resource", "Condition")
                  : List.of("Sid", "Effect", "Action", "Resource"));
      for (String action : texts(statement.get("Action"))) {
        assertThat(action).as("action of %s", file).matches("[a-z0-9-]+:[A-Za-z]+");
        assertThat(FORBIDDEN_SERVICES)
            .doesNotContain(action.substring(0, action.indexOf(':')).toLowerCase(Locale.ROOT));
      }
      for (String resource : texts(statement.get("Resource"))) {
        assertThat(resource)
            .as("resource of %s", file)
            .matches("arn:aws:(s3:::pixell-agent-packages.*|elasticfilesystem:[^*]+)");
      }
    }
  }

  @Test
  void the_task_role_may_download_packages_and_list_below_a_named_folder_and_nothing_else()
      throws IOException {
    assertThat(read("task-role-policy.json"))
        .isEqualTo(
            STRICT.readTree(
                """
                {"Version": "2012-10-17", "Statement": [
                  {"Sid": "DownloadPackages", "Effect": "Allow", "Action": "s3:GetObject",
                   "Resource": "arn:aws:s3:::pixell-agent-packages/*"},
                  {"Sid": "ListBelowANamedFolderNeverTheWholeBucket", "Effect": "Allow",
                   "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::pixell-agent-packages",
                   "Condition": {"StringLike": {"s3:prefix": "?*/*"}}}]}
                """));
  }

  @Test
  void the_narrow_variant_differs_from_the_task_role_only_by_the_folder_of_one_agent()
      throws IOException {
    String wide = read("task-role-policy.json").toString();
    String narrow = read("task-role-policy-per-agent.json").toString();

    assertThat(narrow)
        .isEqualTo(
            wide.replace("DownloadPackages", "DownloadPackagesOfThisAgent")
                .replace("ListBelowANamedFolderNeverTheWholeBucket", "ListVersionsOfThisAgent")
                .replace("pixell-agent-packages/*", "pixell-agent-packages/acme/greeter/*")
                .replace("?*/*", "acme/greeter/*"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"task-role-trust-policy.json", "execution-role-trust-policy.json"})
  void only_ecs_tasks_of_one_account_may_assume_the_roles(String file) throws IOException {
    assertThat(read(file))
        .isEqualTo(
            STRICT.readTree(
                """
                {"Version": "2012-10-17", "Statement": [
                  {"Sid": "OnlyEcsTasksOfThisAccount", "Effect": "Allow",
                   "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                   "Action": "sts:AssumeRole",
                   "Condition": {
                     "StringEquals": {"aws:SourceAccount": "123456789012"},
                     "ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-2:123456789012:*"}}}]}
                """));
  }

  @Test
  void the_execution_role_mounts_one_file_system_read_only_and_over_tls() throws IOException {
    JsonNode statement = statements("execution-role-efs-policy.json").get(0);

    // Without ClientWrite and ClientRootAccess a mount is read-only.
    assertThat(texts(statement.get("Action"))).containsExactly("elasticfilesystem:ClientMount");
    assertThat(texts(statement.get("Resource")))
        .containsExactly(
            "arn:aws:elasticfilesystem:us-east-2:123456789012:file-system/fs-0123456789abcdef0");
    assertThat(statement.at("/Condition/Bool/aws:SecureTransport").asText()).isEqualTo("true");
    assertThat(statements("execution-role-efs-policy.json")).hasSize(1);
  }

  private static JsonNode read(String file) throws IOException {
    return STRICT.readTree(IamFolder.file(file).toFile());
  }

  private static List<JsonNode> statements(String file) throws IOException {
    JsonNode policy = read(file);
    assertThat(policy.path("Version").asText()).isEqualTo("2012-10-17");
    List<JsonNode> statements = new ArrayList<>();
    policy.get("Statement").forEach(statements::add);
    assertThat(statements).isNotEmpty();
    return statements;
  }

  private static List<String> texts(JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(each -> texts.add(each.asText()));
    } else {
      texts.add(node.asText());
    }
    return texts;
  }

  private static List<String> fieldNames(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
