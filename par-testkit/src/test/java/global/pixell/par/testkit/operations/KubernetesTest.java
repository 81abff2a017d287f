package global.pixell.par.testkit.operations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/**
 * The Kubernetes manifest: Kubernetes knows every field, and the fields mean the same as those of
 * ECS.
 */
class KubernetesTest {

  /**
   * The directory with the result of {@code npm install typescript kubernetes-types}; {@code
   * .ci/run} sets it.
   */
  private static final String TYPES = "PAR_KUBERNETES_TYPES";

  private static final Map<String, String> MODULES =
      Map.of(
          "Namespace", "core/v1",
          "ServiceAccount", "core/v1",
          "Service", "core/v1",
          "Deployment", "apps/v1",
          "PodDisruptionBudget", "policy/v1",
          "NetworkPolicy", "networking/v1");

  @TempDir Path folder;

  @Test
  void kubernetes_knows_every_field_of_the_manifest() throws Exception {
    Commands.Ran checked = typeCheck(text());

    assertThat(checked.out()).isEmpty();
    assertThat(checked.exit()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "readOnlyRootFilesystem:, readonlyRootFilesystem:",
    "httpGet: {path, httpGet: {uri",
    "runAsUser: 10001, runAsUser: '10001'",
    "replicas: 2, replica: 2",
    "policyTypes:, types:",
    "minAvailable: 1, minimum: 1"
  })
  void a_field_that_kubernetes_does_not_know_is_found(String field, String changed)
      throws Exception {
    assertThat(text()).contains(field);

    assertThat(typeCheck(text().replace(field, changed.replace("'", "\""))).exit()).isNotZero();
  }

  /** The compiler refuses unknown fields of a literal, which the published validators accept. */
  private Commands.Ran typeCheck(String manifest) throws Exception {
    String types = System.getenv(TYPES);
    assumeTrue(types != null, TYPES + " names no folder with typescript and kubernetes-types");
    StringBuilder source = new StringBuilder();
    int number = 0;
    for (JsonNode document : documents(manifest)) {
      String kind = document.get("kind").asText();
      source
          .append(
              "import type {%s as K%d} from \"kubernetes-types/%s\";\n"
                  .formatted(kind, number, MODULES.get(kind)))
          .append("export const d%d: K%d = %s;\n".formatted(number, number, document));
      number++;
    }
    // Beside the modules, because the compiler looks for them there.
    Path file = Files.createTempFile(Path.of(String.valueOf(types)), "manifest", ".ts");
    try {
      Files.writeString(file, source);
      return new Commands(folder)
          .run(
              "node",
              file.resolveSibling("node_modules/typescript/bin/tsc").toString(),
              "--noEmit",
              "--strict",
              "--skipLibCheck",
              "--moduleResolution",
              "node10",
              "--module",
              "commonjs",
              file.toString());
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void the_pod_has_no_right_that_it_does_not_need() throws IOException {
    JsonNode pod = kinds().get("Deployment").at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");

    assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
    assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(10001);
    assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
    assertThat(pod.get("automountServiceAccountToken").asBoolean(true)).isFalse();
    assertThat(container.at("/securityContext/readOnlyRootFilesystem").asBoolean()).isTrue();
    assertThat(container.at("/securityContext/allowPrivilegeEscalation").asBoolean(true)).isFalse();
    assertThat(Documents.texts(container.at("/securityContext/capabilities/drop")))
        .containsExactly("ALL");
    assertThat(container.get("volumeMounts"))
        .extracting(mount -> mount.get("mountPath").asText())
        .containsExactlyInAnyOrder("/tmp", "/var/cache/par");
  }

  @Test
  void its_environment_and_its_times_are_those_of_the_ecs_service() throws IOException {
    JsonNode pod = kinds().get("Deployment").at("/spec/template/spec");
    JsonNode container = pod.at("/containers/0");
    Map<String, String> environment = new TreeMap<>();
    container
        .get("env")
        .forEach(each -> environment.put(each.get("name").asText(), each.get("value").asText()));
    environment.put("PACKAGE_URL", "s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg");

    assertThat(ParConfig.fromEnvironment(environment)).isNotNull();
    JsonNode startup = container.get("startupProbe");
    long boot =
        Long.parseLong(environment.getOrDefault("BOOT_BUDGET_MS", "0"))
            * Long.parseLong(environment.getOrDefault("BOOT_HARD_LIMIT_MULTIPLIER", "0"));
    assertThat(startup.get("periodSeconds").asLong() * startup.get("failureThreshold").asLong())
        .as("PAR gives up before the kubelet does")
        .isGreaterThan(boot / 1000);
    assertThat(pod.get("terminationGracePeriodSeconds").asInt())
        .isGreaterThan(
            Integer.parseInt(environment.getOrDefault("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", "0")));
    JsonNode ecs =
        Template.read("service.yaml")
            .source()
            .at("/Resources/TaskDefinition/Properties/ContainerDefinitions/0/Environment");
    Map<String, String> there = new TreeMap<>();
    ecs.forEach(each -> there.put(each.path("Name").asText(), each.path("Value").asText()));
    for (String same :
        List.of(
            "BOOT_BUDGET_MS",
            "BOOT_HARD_LIMIT_MULTIPLIER",
            "PAR_READY_TIMEOUT_MS",
            "GRACEFUL_SHUTDOWN_TIMEOUT_SEC",
            "PAR_CACHE_DIR")) {
      assertThat(environment.get(same)).as(same).isEqualTo(there.get(same));
    }
  }

  @Test
  void the_objects_name_each_other() throws IOException {
    JsonNode kinds = kinds();
    JsonNode labels = kinds.get("Deployment").at("/spec/template/metadata/labels");

    assertThat(Documents.names(kinds)).containsExactlyInAnyOrderElementsOf(MODULES.keySet());
    assertThat(kinds.get("Deployment").at("/spec/selector/matchLabels")).isEqualTo(labels);
    assertThat(kinds.get("Service").at("/spec/selector")).isEqualTo(labels);
    assertThat(kinds.get("PodDisruptionBudget").at("/spec/selector/matchLabels")).isEqualTo(labels);
    assertThat(kinds.get("NetworkPolicy").at("/spec/podSelector/matchLabels")).isEqualTo(labels);
    assertThat(kinds.get("Deployment").at("/spec/template/spec/serviceAccountName"))
        .isEqualTo(kinds.get("ServiceAccount").at("/metadata/name"));
    for (JsonNode each : kinds) {
      if (!each.get("kind").asText().equals("Namespace")) {
        assertThat(each.at("/metadata/namespace").asText()).isEqualTo("pixell");
      }
    }
  }

  @Test
  void the_credentials_of_the_node_are_out_of_reach() throws IOException {
    assertThat(kinds().get("NetworkPolicy").at("/spec/egress/1/to/0/ipBlock/except"))
        .extracting(JsonNode::asText)
        .containsExactly("169.254.169.254/32");
  }

  private static String text() throws IOException {
    return Files.readString(IamFolder.file("kubernetes/agent.yaml"));
  }

  /** The objects of the manifest by kind. */
  private static JsonNode kinds() throws IOException {
    ObjectNode kinds = Documents.STRICT.createObjectNode();
    documents(text()).forEach(each -> kinds.set(each.get("kind").asText(), each));
    return kinds;
  }

  private static Collection<JsonNode> documents(String manifest) {
    LoaderOptions options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    Map<Integer, JsonNode> documents = new TreeMap<>();
    for (Object each : new Yaml(new SafeConstructor(options)).loadAll(manifest)) {
      documents.put(documents.size(), Documents.STRICT.valueToTree(each));
    }
    return documents.values();
  }
}
