package global.pixell.par.testkit.cli.dev;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.cli.console.UsageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What an agent gets under {@code dev}, and what it is said not to get. */
class PassedVariablesTest {

  private static final Map<String, String> SHELL =
      Map.of(
          "OPENAI_API_KEY", "sk-of-the-shell",
          "MODEL", "small",
          "GREETING", "hi",
          "AWS_SECRET_ACCESS_KEY", "never",
          "EDITOR", "vi");

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void fill() throws IOException {
    Files.writeString(folder.resolve("agent.yaml"), "name: greeter\n");
    file = folder.resolve(".env");
  }

  @Test
  void the_command_line_has_precedence_over_a_file_and_a_bare_name_is_the_shells()
      throws Exception {
    Files.writeString(
        file,
        "\uFEFF# a comment\n\nMODEL=large\nexport DB_URL='postgres://x?a=b'\r\nQUOTED=\"a b\"\nGREETING\n");

    var passed = read(List.of("" + file), List.of("MODEL=tiny", "OPENAI_API_KEY"), SHELL);

    assertThat(passed.forLauncher())
        .isEqualTo(
            Map.of(
                "MODEL", "tiny",
                "DB_URL", "postgres://x?a=b",
                "QUOTED", "a b",
                "GREETING", "hi",
                "OPENAI_API_KEY", "sk-of-the-shell"));
    assertThat(passed.notes()).isEmpty();
  }

  @Test
  void what_is_not_passed_is_said_without_its_value() throws Exception {
    Files.writeString(file, "AWS_SECRET_ACCESS_KEY=of-a-real-account\nABSENT\n");

    var passed = read(List.of("" + file), List.of("MISSING"), SHELL);

    assertThat(passed.forLauncher()).isEmpty();
    assertThat(passed.notes())
        .containsExactly(
            file
                + ":1: AWS_SECRET_ACCESS_KEY is not passed: dev sets the AWS variables, because the"
                + " package comes from its fake S3",
            file + ":2: ABSENT is not set in this shell, so the agent will not have it",
            "-e: MISSING is not set in this shell, so the agent will not have it");
  }

  @Test
  void a_line_that_is_no_variable_is_named_by_its_place_alone() throws Exception {
    Files.writeString(file, "A=1\nsecret words\n");

    assertThatThrownBy(() -> read(List.of("" + file), List.of(), SHELL))
        .isInstanceOf(UsageException.class)
        .hasMessage(file + ":2: this is not NAME=VALUE or NAME");
  }

  @Test
  void options_of_the_jvm_are_meant_for_the_agent_not_for_the_launcher() {
    assertThat(read(List.of(), List.of("JAVA_TOOL_OPTIONS=-Dx=y"), SHELL).forLauncher())
        .isEqualTo(Map.of("PAR_AGENT_JAVA_TOOL_OPTIONS", "-Dx=y"));
  }

  @Test
  void variables_that_the_agent_seems_to_expect_are_named_once() throws Exception {
    Files.writeString(file, "DB_URL=postgres://secret\nMODEL=large\n");
    Files.writeString(folder.resolve("main.py"), "os.environ['GREETING']; os.environ['EDITOR']\n");
    var passed = read(List.of(), List.of("MODEL=tiny"), SHELL);
    var leftOut = new LeftOutVariables(folder, SHELL, passed);

    assertThat(leftOut.find(Set.of("REST_PORT")))
        .hasValue(
            "the agent does not get DB_URL (.env), GREETING (the shell), OPENAI_API_KEY (the shell);"
                + " pass with -e NAME or --env-file "
                + file);
    assertThat(leftOut.find(Set.of("REST_PORT"))).isEmpty();
  }

  @Test
  void a_file_that_is_packed_or_passed_is_not_left_out() throws Exception {
    Files.writeString(file, "DB_URL=postgres://secret\n");
    var nothing = read(List.of(), List.of(), Map.of());
    var all = read(List.of("" + file), List.of(), Map.of());

    assertThat(new LeftOutVariables(folder, Map.of(), all).find(Set.of())).isEmpty();
    Files.writeString(folder.resolve(".parignore"), "!.env\n");
    assertThat(new LeftOutVariables(folder, Map.of(), nothing).find(Set.of())).isEmpty();
  }

  @Test
  void a_placeholder_is_replaced_in_a_file_and_an_option_and_not_in_a_value_of_the_shell()
      throws Exception {
    Files.writeString(file, "OPENAI_BASE_URL=\"{stubs}/v1\"\nMODEL\n");

    var passed =
        PassedVariables.of(
            List.of("" + file),
            List.of("CRM={stubs}/crm"),
            Map.of("MODEL", "{stubs}"),
            value -> value.replace("{stubs}", "http://127.0.0.1:1"));

    assertThat(passed.forLauncher())
        .isEqualTo(
            Map.of(
                "OPENAI_BASE_URL", "http://127.0.0.1:1/v1",
                "CRM", "http://127.0.0.1:1/crm",
                "MODEL", "{stubs}"));
  }

  @Test
  void a_placeholder_that_cannot_be_replaced_is_refused_with_its_line() throws Exception {
    Files.writeString(file, "A=b\nOPENAI_BASE_URL={stubs}/v1\n");

    assertThatThrownBy(
            () ->
                PassedVariables.of(
                    List.of("" + file),
                    List.of(),
                    SHELL,
                    value -> {
                      throw new UsageException("{stubs}, and why");
                    }))
        .hasMessage(file + ":1: the value of A contains {stubs}, and why");
  }

  private static PassedVariables read(
      List<String> files, List<String> arguments, Map<String, String> shell) {
    return PassedVariables.of(files, arguments, shell, UnaryOperator.identity());
  }
}
