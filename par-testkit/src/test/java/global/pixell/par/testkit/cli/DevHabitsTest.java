package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.PseudoTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code dev} as its author meets it: variables, paths, and Ctrl-C on a real terminal. */
@Timeout(120)
class DevHabitsTest {

  @TempDir Path work;
  private Path folder;
  private Path temporary;

  @BeforeEach
  void fill() throws IOException {
    folder = Files.createDirectory(work.resolve("greeter"));
    temporary = Files.createDirectory(work.resolve("tmp"));
    Files.writeString(
        folder.resolve("agent.yaml"),
        "name: greeter\nversion: 1.0.0\ncommand: [sh, run.sh]\nready: {line: up}\n");
  }

  @Test
  void an_agent_gets_what_is_passed_and_its_lines_name_the_authors_files() throws Exception {
    Files.writeString(
        folder.resolve("run.sh"),
        "echo \"$OPENAI_API_KEY, $MODEL\"; echo at $PWD/run.sh; echo up; sleep 600\n");
    Path file = Files.writeString(work.resolve("variables"), "MODEL=\"large\"\n");
    Map<String, String> shell = variables(Map.of("OPENAI_API_KEY", "sk-1", "DB_PASSWORD", "no"));
    try (var dev =
        new RunningCommand(
            shell, "dev", "" + folder, "-e", "OPENAI_API_KEY", "--env-file", "" + file)) {
      assertThat(dev.await("== note: "))
          .isEqualTo("== note: the agent does not get DB_PASSWORD (the shell); pass with -e NAME");
      assertThat(dev.awaitContaining("agent")).endsWith("  agent  sk-1, large");
      assertThat(dev.awaitContaining("agent")).endsWith("  agent  at " + folder + "/run.sh");
      assertThat(dev.stop()).isZero();
    }
  }

  @Test
  void ctrl_c_stops_the_agent_once_through_the_launcher() throws Exception {
    Files.writeString(
        folder.resolve("run.sh"),
        """
        trap 'echo INT >>$OUT' INT; trap 'echo TERM >>$OUT; exit 0' TERM
        echo up; while :; do sleep 0.02; done
        """);
    Path signals = work.resolve("signals");

    Typed typed = typeCtrlC("== ready", "-e", "OUT=" + signals);

    assertThat(typed.output()).contains("== stopping, up to 25 s; Ctrl-C again kills");
    assertThat(typed.output()).doesNotContain("== ended");
    assertThat(typed.exitCode()).isZero();
    assertThat(Files.readAllLines(signals)).containsExactly("TERM");
    assertThat(temporary.toFile().list()).as(typed.output()).isEmpty();
  }

  @Test
  void a_second_ctrl_c_kills_an_agent_that_does_not_stop() throws Exception {
    Files.writeString(
        folder.resolve("run.sh"),
        "trap 'echo stays' TERM; echo $$ >$OUT; echo up; while :; do sleep 0.02; done\n");
    Path pid = work.resolve("pid");

    Typed typed = typeCtrlC("== ready|stays", "-e", "OUT=" + pid);

    assertThat(typed.exitCode()).as(typed.output()).isEqualTo(130);
    var agent = ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()));
    agent.ifPresent(process -> process.onExit().join());
    assertThat(temporary.toFile().list()).as(typed.output()).isEmpty();
  }

  private record Typed(int exitCode, String output) {}

  private Typed typeCtrlC(String texts, String... options) throws Exception {
    var command = new ArrayList<>(RunningCommand.argv("dev", folder.toString()));
    command.addAll(List.of(options));
    var builder =
        new ProcessBuilder(PseudoTerminal.typeCtrlCAfter(texts, command)).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(variables(Map.of("PATH", System.getenv("PATH"))));
    Process process = builder.start();
    String output = OutputLines.readAll(process);
    return new Typed(process.waitFor(), output);
  }

  private Map<String, String> variables(Map<String, String> more) throws IOException {
    var variables = new HashMap<>(FreePorts.variables());
    variables.put("XDG_RUNTIME_DIR", work.toString());
    variables.put("JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + temporary);
    variables.putAll(more);
    return variables;
  }
}
