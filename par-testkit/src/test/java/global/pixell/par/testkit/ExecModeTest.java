package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code PAR_EXEC=true}: {@code bin/par} becomes the agent. */
@Timeout(120)
class ExecModeTest {

  @Test
  void the_agent_has_pars_process_id_its_own_environment_and_no_par_beside_it() throws Exception {
    try (var agent =
        new LocalAgent(
            "env -0 >$DIR/env; pwd >$DIR/pwd; trap 'exit 9' TERM; echo $$ >$DIR/pid\n"
                + "while :; do sleep 0.02; done",
            "environment: {GREETING: \"it's ${TASK}\"}")) {
      agent
          .with("PAR_EXEC", "true")
          .with("TASK", "from\ntask")
          .with("AWS_SECRET_ACCESS_KEY", "withheld")
          .with("AWS_ACCESS_KEY_ID", "withheld")
          .with("JAVA_TOOL_OPTIONS", "-Dx=y");
      try (var par = agent.par()) {
        long pid = Long.parseLong(agent.await("pid"));

        assertThat(pid).isEqualTo(par.pid());
        assertThat(agent.await("pwd")).isEqualTo(agent.environment().get("AGENT_PACKAGE_PATH"));
        assertThat(Files.readString(agent.file("env")).split("\0", -1))
            .contains(
                "GREETING=it's from\ntask",
                "TASK=from\ntask",
                "AGENT_APP_ID=local-app",
                "JAVA_TOOL_OPTIONS=-Dx=y")
            .noneMatch(variable -> variable.startsWith("PAR_"))
            .noneMatch(variable -> variable.contains("withheld"));
        assertThat(ProcessHandle.of(pid).orElseThrow().descendants())
            .as("no JVM stays")
            .noneMatch(child -> child.info().command().orElse("").endsWith("java"));
        assertThat(Files.exists(Path.of("/proc/" + pid + "/fd/3"))).isFalse();

        par.terminate();

        assertThat(par.exitCode()).isEqualTo(9);
        assertThat(par.lines().get(par.lines().size() - 1).path("event").asText())
            .isEqualTo("Runtime replaced");
      }
    }
  }

  @Test
  void a_boot_that_fails_fails_as_ever() throws Exception {
    try (var agent = new LocalAgent("exit 0", "environment: {A: \"x\\0y\"}")) {
      agent.with("PAR_EXEC", "true");
      try (var par = agent.par()) {
        assertThat(par.exitCode()).isEqualTo(85);
        assertThat(par.lines("Runtime failed")).hasSize(1);
      }
    }
  }

  @Test
  void without_its_shell_it_is_refused() throws Exception {
    try (var agent = new LocalAgent("exit 0")) {
      agent.with("PAR_EXEC", "true");
      try (var par = agent.java()) {
        assertThat(par.exitCode()).isEqualTo(80);
        assertThat(par.lines("Runtime failed").get(0).path("hint").asText()).contains("bin/par");
      }
    }
  }
}
