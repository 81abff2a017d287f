package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.testing.IamFolder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules for every CloudFormation template of {@code iam}. */
class TemplatesTest {

  /** The parameters whose values only the operator knows. */
  private static final Set<String> REQUIRED =
      Set.of("Image", "VpcId", "SubnetA", "SubnetB", "S3PrefixListId");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"roles.yaml", "monitoring.yaml", "service.yaml"})
  void cfn_lint_has_nothing_to_say(String file) throws Exception {
    Commands commands = new Commands(folder);
    assumeTrue(commands.onPath("cfn-lint"), "cfn-lint is not installed");

    commands.run("cfn-lint", IamFolder.file("cloudformation/" + file).toString()).hasEnded(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"roles.yaml", "monitoring.yaml", "service.yaml"})
  void a_template_works_in_every_account_region_and_partition(String file) throws Exception {
    Template template = Template.read(file);

    assertThat(template.text()).doesNotContainPattern("(?<![0-9])[0-9]{12}(?![0-9])");
    // Parameter patterns may name the commercial partition, but deployed resources may not.
    assertThat(template.source().get("Resources").toString())
        .doesNotContain("arn:aws:", "us-east-2", "amazonaws.com.cn");
  }

  @ParameterizedTest
  @ValueSource(strings = {"roles.yaml", "monitoring.yaml", "service.yaml"})
  void every_parameter_is_described_used_and_has_a_default_where_one_can_be(String file)
      throws Exception {
    Template template = Template.read(file);
    String used = template.source().toString();

    for (Map.Entry<String, JsonNode> parameter : template.source().get("Parameters").properties()) {
      String name = parameter.getKey();
      assertThat(parameter.getValue().path("Description").asText()).as(name).endsWith(".");
      assertThat(parameter.getValue().has("Default"))
          .as("%s has a default", name)
          .isNotEqualTo(REQUIRED.contains(name));
      assertThat(used)
          .as("%s is used", name)
          .containsPattern("\\{\"Ref\":\"" + name + "\"\\}|\\$\\{" + name + "\\}");
    }
  }

  /** Names that one stack exports and another imports. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "roles.yaml TaskRoleName service.yaml",
        "roles.yaml ExecutionRoleName service.yaml",
        "roles.yaml PackageBucket service.yaml",
        "monitoring.yaml LogGroupName service.yaml",
        "monitoring.yaml ClusterName service.yaml",
        "monitoring.yaml ServiceName service.yaml"
      })
  void the_stacks_meet_in_their_defaults(String shared) throws Exception {
    List<String> words = List.of(shared.split(" ", -1));
    String pointer = "/Parameters/" + words.get(1) + "/Default";

    assertThat(Template.read(words.get(2)).source().at(pointer))
        .isEqualTo(Template.read(words.get(0)).source().at(pointer));
  }
}
