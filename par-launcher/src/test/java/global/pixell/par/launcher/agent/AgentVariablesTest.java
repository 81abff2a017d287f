package global.pixell.par.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.launcher.config.LauncherConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentVariablesTest {

  @TempDir Path tree;

  private final List<String> warnings = new ArrayList<>();
  private final PrepareLog log =
      new PrepareLog() {
        @Override
        public void info(String event, Map<String, Object> fields) {}

        @Override
        public void warning(String event, Map<String, Object> fields) {
          warnings.add(String.valueOf(fields.get("message")));
        }
      };

  private final Map<String, String> task =
      new HashMap<>(
          Map.of(
              "AGENT_APP_ID", "app",
              "AGENT_PACKAGE_PATH", "/x.apkg",
              "TASK", "from-task",
              "EMPTY", "",
              "AWS_REGION", "us-east-2"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AWS_ACCESS_KEY_ID",
        "AWS_ACCESS_KEY",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SECRET_KEY",
        "AWS_SESSION_TOKEN",
        "AWS_SECURITY_TOKEN",
        "AWS_CREDENTIAL_FILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "AWS_PROFILE",
        "AWS_WEB_IDENTITY_TOKEN_FILE",
        "AWS_ROLE_ARN",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN",
        "AWS_BEARER_TOKEN_BEDROCK"
      })
  void a_credential_reaches_the_agent_neither_by_itself_nor_by_expansion(String name) {
    task.put("AWS_ACCESS_KEY_ID", "id");
    task.put("AWS_SECRET_ACCESS_KEY", "other");
    task.put(name, "the-credential");

    Map<String, String> variables = of(Map.of("STOLEN", "a${" + name + "}b${" + name + ":-}"));

    assertThat(variables).doesNotContainKey(name).containsEntry("STOLEN", "ab");
    assertThat(variables.values()).noneMatch(value -> value.contains("the-credential"));
    task.put("PAR_PASS_AWS_CREDENTIALS", "true");
    assertThat(of(Map.of())).containsEntry(name, "the-credential");
  }

  @Test
  void pars_own_variables_are_seen_by_nobody() {
    task.put("PAR_CACHE_DIR", "/secret-place");
    task.put("S3_BUCKET", "bucket");

    assertThat(of(Map.of("X", "${PAR_CACHE_DIR}${S3_BUCKET:-none}")))
        .containsEntry("X", "none")
        .doesNotContainKeys("PAR_CACHE_DIR", "S3_BUCKET");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "${TASK}|from-task",
        "${TASK:-x}|from-task",
        "${NONE:-x}|x",
        "${EMPTY:-x}|x",
        "${EMPTY}|''",
        "${NONE:-${TASK}}|from-task",
        "${NONE:-a${OTHER:-b}c}d|abcd",
        "${NONE:-${OTHER:-${TASK}}}/|from-task/",
        "${NONE:-{}}|{}",
        "$TASK|$TASK",
        "${}|${}",
        "${1A}|${1A}",
        "${TASK|${TASK",
        "${NONE:-x|${NONE:-x",
        "${TASK:+x}|${TASK:+x}",
        "${REST_PORT}|8080",
      })
  void variables_are_expanded_with_defaults_and_defaults_within_defaults(
      String text, String expected) {
    assertThat(of(Map.of("X", text))).containsEntry("X", expected);
  }

  @Test
  void any_text_can_be_expanded_and_text_without_a_dollar_stays_as_it_is() {
    var random = new Random(11);
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder();
      for (int j = random.nextInt(24); j > 0; j--) {
        text.append("${}:-ATASK_1 \\".charAt(random.nextInt(13)));
      }
      String value = of(Map.of("X", text.toString())).get("X");
      assertThat(value).isNotNull();
      if (text.indexOf("$") < 0) {
        assertThat(value).isEqualTo(text.toString());
      }
    }
  }

  @Test
  void an_entry_sees_those_above_it() {
    var declared = new LinkedHashMap<String, String>();
    declared.put("A", "1");
    declared.put("B", "${A}2");
    declared.put("TASK", "${TASK}!");

    assertThat(of(declared)).containsEntry("B", "12").containsEntry("TASK", "from-task!");
  }

  @Test
  void an_unset_variable_without_a_default_is_a_warning() {
    of(Map.of("X", "${NONE}${OTHER:-}"));

    assertThat(warnings)
        .singleElement()
        .asString()
        .contains("environment.X", "${NONE}", "${NONE:-value}");
  }

  @Test
  void the_jvms_variables_of_the_task_are_the_agents() {
    task.put("PAR_AGENT_JAVA_TOOL_OPTIONS", "-javaagent:/a.jar");
    task.put("PAR_AGENT__JAVA_OPTIONS", "-Xms256m");

    assertThat(of(Map.of()))
        .containsEntry("JAVA_TOOL_OPTIONS", "-javaagent:/a.jar")
        .containsEntry("_JAVA_OPTIONS", "-Xms256m")
        .doesNotContainKey("PAR_AGENT_JAVA_TOOL_OPTIONS");
  }

  @Test
  void a_dot_env_may_begin_with_a_byte_order_mark_and_export() throws IOException {
    Files.writeString(tree.resolve(".env"), "\uFEFFA=1\nexport B='2'\r\n# C=3\n");

    assertThat(of(Map.of())).containsEntry("A", "1").containsEntry("B", "2").doesNotContainKey("C");
  }

  @Test
  void what_no_process_can_be_given_is_a_fault_of_the_package() throws IOException {
    assertThat(refused(Map.of("A", "x\0y"))).hasMessageContaining("'environment' of agent.yaml");
    assertThat(refused(Map.of("A\0B", "x"))).hasMessageContaining("A\\0B");
    assertThat(refused(Map.of("A=B", "x"))).hasMessageContaining("no process can have");
    Files.writeString(tree.resolve(".env"), "A=x\0y\n");
    assertThat(refused(Map.of())).hasMessageContaining("The .env of the package", "NUL");
    Files.write(tree.resolve(".env"), "A=\u00e4\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThat(refused(Map.of())).hasMessageContaining("cannot be read");
  }

  @Test
  void another_user_does_not_get_the_home_of_root() {
    task.put("HOME", "/root");
    assertThat(of(Map.of())).containsEntry("HOME", "/root");
    task.put("PAR_AGENT_USER", "10001");
    assertThat(of(Map.of())).containsEntry("HOME", "/tmp");
  }

  private ParException refused(Map<String, String> declared) {
    ParException e = catchThrowableOfType(ParException.class, () -> of(declared));
    assertThat(e.kind()).isEqualTo(ParException.Kind.BAD_PACKAGE);
    return e;
  }

  private Map<String, String> of(Map<String, String> declared) {
    var variables = AgentVariables.of(declared, tree, LauncherConfig.fromEnvironment(task), log);
    return variables.toMap();
  }
}
