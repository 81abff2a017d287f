package global.pixell.par.internal.manifest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.AgentManifest.RuntimeSpec;
import global.pixell.par.AgentManifest.Surface;
import global.pixell.par.AgentManifest.Ui;
import global.pixell.par.ParException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestReaderTest {

  @Test
  void the_builders_layout_takes_its_version_from_metadata() {
    AgentManifest manifest =
        parse(
            """

            version: "1.0"
            name: code-assistant
            metadata:
              version: 0.3.1
              sub_agents: []
            runtime: python3.11
            environment:
              A2A_PORT: "${A2A_PORT:-50051}"
              MODEL: "${MODEL:-small}"
            rest: {entry: "src.rest.routes:mount"}
            a2a: {service: "src.a2a.service:create"}
            ui: {path: ui, basePath: /}
            exports: [x]
            """);

    assertThat(manifest.version()).isEqualTo("0.3.1");
    assertThat(manifest.runtime()).contains(new RuntimeSpec("python", "3.11"));
    assertThat(manifest.surfaces()).containsExactly(Surface.REST, Surface.A2A, Surface.UI);
    assertThat(manifest.ui()).contains(new Ui("ui", "/"));
    assertThat(manifest.environment()).containsOnlyKeys("MODEL");
    assertThat(manifest.warnings()).singleElement().asString().contains("A2A_PORT is ignored");
  }

  @Test
  void a_flat_manifest_with_an_unquoted_version_keeps_its_text() {
    AgentManifest manifest =
        parse("name: greeter\nversion: 1.10\ncommand: [python3, main.py, 3]\n");

    assertThat(manifest.version()).isEqualTo("1.10");
    assertThat(manifest.command()).containsExactly("python3", "main.py", "3");
    assertThat(manifest.runnable()).isTrue();
  }

  @Test
  void the_runtime_may_be_a_map() {
    assertThat(parse("name: a\nversion: 1\nruntime:\n  name: Python\n  version: 3.12\n").runtime())
        .contains(new RuntimeSpec("python", "3.12"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{python: \">=3.8\"}|python|>=3.8",
        "{name: python, version: \">=3.9,<4\"}|python|>=3.9,<4",
        "{node: 20}|node|20",
        "\"python>=3.10\"|python|>=3.10"
      })
  void a_runtime_may_be_a_range(String yaml, String name, String version) {
    assertThat(parse("name: a\nversion: 1\nruntime: " + yaml + "\n").runtime())
        .contains(new RuntimeSpec(name, version));
  }

  @Test
  void exports_name_functions_and_dependencies_packages() {
    AgentManifest manifest =
        parse(
            """
            name: a
            version: 1
            exports:
              - id: hello
                handler: agent.hello
              - {name: other, description: no handler}
            dependencies: [requests>=2.31, "rich"]
            """);

    assertThat(manifest.exports()).isEqualTo(Map.of("hello", "agent.hello"));
    assertThat(manifest.dependencies()).containsExactly("requests>=2.31", "rich");
    assertThat(manifest.runnable()).isTrue();
    assertThat(parse("name: a\nversion: 1\ndependencies: {a: 1}\n").dependencies()).isEmpty();
  }

  @Test
  void a_misspelt_key_is_a_warning_that_names_the_right_one() {
    AgentManifest manifest =
        parse("name: a\nversion: 1\ncomand: [x]\nrest: {entri: a}\ntools: [x]\n");

    assertThat(manifest.warnings())
        .containsExactly(
            "agent.yaml:3: the key 'comand' is not known and ignored. Did you mean 'command'?",
            "agent.yaml:4: the key 'rest.entri' is not known and ignored. Did you mean"
                + " 'rest.entry'?",
            "rest is not served: it has none of the keys [entry].");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "version: '2'\\nagents: {root: {model: x}}|Docker's agents",
        "kind: hosted\\nname: a|Azure AI Foundry",
        "role: x\\ngoal: y|CrewAI"
      })
  void the_agent_yaml_of_another_product_is_named(String yaml, String product) {
    assertThatThrownBy(() -> parse(yaml.replace("\\n", "\n") + "\n")).hasMessageContaining(product);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"entrypoint: \"a\\0b\"", "environment: {A: \"\\0\"}", "command: [\"a\\0\"]"})
  void text_with_nul_is_a_fault(String yaml) {
    assertThatThrownBy(() -> parse("name: a\nversion: 1\n" + yaml + "\n"))
        .isInstanceOf(ParException.class);
  }

  @Test
  void a_package_with_nothing_to_run_is_read_and_says_so() {
    assertThat(parse("name: a\nversion: 1\n").runnable()).isFalse();
  }

  @ParameterizedTest
  @CsvSource({"tcp,TCP,''", "{http: /health},HTTP,/health", "{line: listening},LINE,listening"})
  void a_probe_may_be_declared(String yaml, Probe probe, String value) {
    assertThat(parse("name: a\nversion: 1\nready: " + yaml + "\n").readiness())
        .contains(new Readiness(probe, value));
  }

  @Test
  void every_fault_is_reported_at_once_with_its_line() {
    ParException e =
        refused(
            """
            name: ../victim
            version: a b
            runtime: cobol
            command: run
            ui:
              path: ../../etc
            environment:
              1BAD: x
            ready: maybe
            """);

    assertThat(e.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    assertThat(e.problems())
        .extracting(ParException.Problem::where)
        .containsExactlyInAnyOrder(
            "agent.yaml:1",
            "agent.yaml:2",
            "agent.yaml:3",
            "agent.yaml:4",
            "agent.yaml:6",
            "agent.yaml:8",
            "agent.yaml:9");
    assertThat(e).hasMessageContaining("'../victim' does not match");
  }

  @ParameterizedTest
  @CsvSource({
    "'- a',is not a map of keys",
    "'a: [',line",
    "'name: a\nname: b\nversion: 1','''name'' is given twice'",
    "'name: a',version is missing",
  })
  void an_unreadable_manifest_is_refused_with_a_reason(String yaml, String reason) {
    assertThat(refused(yaml)).hasMessageContaining(reason);
  }

  @Test
  void yaml_that_would_make_objects_is_refused() {
    assertThat(refused("name: a\nversion: 1\nx: !!javax.script.ScriptEngineManager []\n"))
        .hasMessageContaining("line 3")
        .hasMessageContaining("tag is not allowed");
  }

  private static AgentManifest parse(String yaml) {
    return ManifestReader.parse(yaml.getBytes(StandardCharsets.UTF_8));
  }

  private static ParException refused(String yaml) {
    return catchThrowableOfType(ParException.class, () -> parse(yaml));
  }
}
