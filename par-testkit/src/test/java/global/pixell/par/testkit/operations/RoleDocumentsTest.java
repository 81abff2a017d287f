package global.pixell.par.testkit.operations;

import static global.pixell.par.testkit.operations.Documents.names;
import static global.pixell.par.testkit.operations.Documents.read;
import static global.pixell.par.testkit.operations.Documents.statements;
import static global.pixell.par.testkit.operations.Documents.texts;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shipped IAM documents contain exactly the permissions of the operator's page. */
class RoleDocumentsTest {

  private static final List<String> FORBIDDEN_SERVICES =
      List.of(
          "ecs", "elasticloadbalancing", "servicediscovery", "dynamodb", "rds", "iam", "ec2", "*");

  @ParameterizedTest
  @CsvSource({
    "0, task-role-policy.json",
    "1, task-role-trust-policy.json",
    "2, execution-role-efs-policy.json",
    "3, execution-role-trust-policy.json"
  })
  void a_document_is_the_one_of_the_operators_page_to_the_letter(int block, String file)
      throws IOException {
    assertThat(OperatorsPage.documents()).hasSize(4);
    assertThat(Files.readString(IamFolder.file(file)))
        .isEqualTo(OperatorsPage.documents().get(block));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "task-role-policy.json",
        "task-role-policy-per-agent.json",
        "execution-role-efs-policy.json"
      })
  void no_policy_grants_a_wildcard_action_or_a_service_a_task_has_no_business_with(String file)
      throws IOException {
    for (JsonNode statement : statements(read(file))) {
      assertThat(names(statement))
          .as("%s uses Action and Resource only, never their negations", file)
          .isSubsetOf("Sid", "Effect", "Action", "Resource", "Condition")
          .contains("Action", "Resource");
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
  void the_narrow_variant_differs_from_the_task_role_only_by_the_folder_of_one_agent()
      throws IOException {
    assertThat(read("task-role-policy-per-agent.json"))
        .isEqualTo(
            read(
                "task-role-policy.json",
                Map.of(
                    "pixell-agent-packages/*", "pixell-agent-packages/acme/greeter/*",
                    "\"*\"", "\"acme/greeter/*\"")));
  }

  /**
   * ECS mounts with the task role (EFSAuthorizationConfig.iam), whose documents stay S3-only. EFS
   * needs an Allow in one place only, so the file system's own policy gives it.
   */
  @Test
  void the_file_system_admits_the_task_role_through_one_access_point_read_only_and_over_tls()
      throws IOException {
    List<JsonNode> statements = statements(read("efs-file-system-policy.json"));

    assertThat(statements).hasSize(2);
    assertThat(texts(statements.get(0).get("Action")))
        .as("without ClientWrite and ClientRootAccess a mount is read-only")
        .containsExactly("elasticfilesystem:ClientMount");
    assertThat(statements.get(0).at("/Principal/AWS").asText())
        .isEqualTo("arn:aws:iam::ACCOUNT_ID:role/pixell-agent-runtime-task-role");
    assertThat(statements.get(0).get("Resource"))
        .isEqualTo(statements(read("execution-role-efs-policy.json")).get(0).get("Resource"));
    assertThat(statements.get(0).get("Condition"))
        .isEqualTo(statements(read("execution-role-efs-policy.json")).get(0).get("Condition"));
    assertThat(statements.get(1).get("Effect").asText()).isEqualTo("Deny");
    assertThat(statements.get(1).at("/Principal/AWS").asText()).isEqualTo("*");
    assertThat(statements.get(1).at("/Condition/Bool/aws:SecureTransport").asText())
        .isEqualTo("false");
  }
}
