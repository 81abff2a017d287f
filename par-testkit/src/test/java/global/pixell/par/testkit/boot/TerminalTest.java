package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.testing.LocalAgent;
import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.PseudoTerminal;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code par run} on a real terminal: the other end of a pty is Python's. */
@Timeout(120)
class TerminalTest {

  /** The timeline's last line begins with it. */
  private static final String LAST_PHASE = "          ready";

  private record Result(int exitCode, String output) {
    List<String> lines() {
      return output.lines().map(line -> line.replaceFirst("\\r$", "")).toList();
    }
  }

  @Test
  void it_prints_columns_colours_and_a_timeline_and_ctrl_c_reaches_the_agent_once()
      throws Exception {
    try (var agent =
        new LocalAgent(
            """
            trap 'echo INT >>$DIR/signals' INT
            trap 'echo TERM >>$DIR/signals; exit 0' TERM
            echo '    indented'; echo up; while :; do sleep 0.02; done
            """)) {
      Result run = onTerminal(agent.with("TERM", "xterm").environment(), LAST_PHASE);

      assertThat(run.exitCode()).isZero();
      assertThat(run.output())
          .contains("  \u001b[36magent\u001b[0m      indented")
          .contains("  par    \u001b[32mRuntime ready\u001b[0m         boot=")
          .contains("config  ")
          .contains("#\u001b[0m")
          .doesNotContain("{\"timestamp\"");
      assertThat(run.lines().get(run.lines().size() - 1))
          .endsWith("par    \u001b[1mRuntime stopped\u001b[0m       exit_code=0");
      assertThat(Files.readAllLines(agent.file("signals"))).containsExactly("TERM");
    }
  }

  @Test
  void alone_and_without_configuration_it_prints_help_and_no_errors() throws Exception {
    Result run = onTerminal(Map.of("JAVA_HOME", System.getProperty("java.home")), "");

    assertThat(run.exitCode()).isEqualTo(80);
    assertThat(run.output()).startsWith("usage: par [run]").doesNotContain("AGENT_APP_ID is");
  }

  @Test
  void json_can_be_asked_for() throws Exception {
    Result run =
        onTerminal(Map.of("JAVA_HOME", System.getProperty("java.home")), "", "run", "--json");

    assertThat(run.exitCode()).isEqualTo(80);
    assertThat(ParLog.of(run.lines()).isWhole().only("Runtime failed").text("code"))
        .isEqualTo("CONFIG");
  }

  private static Result onTerminal(Map<String, String> environment, String until, String... args)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(LocalAgent.PAR.toString()));
    command.addAll(List.of(args));
    var builder =
        new ProcessBuilder(PseudoTerminal.typeCtrlCAfter(until, command))
            .redirectError(ProcessBuilder.Redirect.INHERIT);
    var variables = new HashMap<>(environment);
    variables.put("PATH", System.getenv("PATH"));
    builder.environment().clear();
    builder.environment().putAll(variables);
    Process process = builder.start();
    String output = OutputLines.readAll(process);
    return new Result(process.waitFor(), output);
  }
}
