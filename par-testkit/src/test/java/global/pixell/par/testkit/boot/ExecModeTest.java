package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import global.pixell.par.launcher.derived.CacheLimits;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.testing.LocalAgent;
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
  void what_the_agent_uses_stays_in_the_cache_until_the_agent_ends() throws Exception {
    assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/python3")), "left out: there is no /usr/bin/python3");
    try (var agent = new LocalAgent("")) {
      Path apkg =
          Apkg.named("greeter")
              .manifest("runtime: python\ncommand: [sh, run.sh]\n")
              .file("run.sh", "pwd >$DIR/pwd; trap 'exit 9' TERM; while :; do sleep 0.02; done\n")
              .file("util.py", "X = 1\n")
              .writeTo(agent.file("agent.apkg"));
      agent.with("PAR_EXEC", "true").with("AGENT_PACKAGE_PATH", apkg.toString());
      ParConfig overLimit =
          ParConfig.builder()
              .cacheDirectory(agent.file("cache"))
              .allowBucket("packages")
              .cacheMaxBytes(1)
              .build();
      try (var par = agent.par()) {
        Path directory = Path.of(agent.await("pwd"));

        CacheLimits.Results kept = CacheLimits.enforce(overLimit);

        assertThat(directory).hasParent(agent.file("cache").resolve("v1/derived"));
        assertThat(directory.resolve("util.py")).exists();
        assertThat(kept.packages())
            .singleElement()
            .satisfies(p -> assertThat(p.reason()).contains("in use by process " + par.pid()));
        assertThat(kept.derived()).singleElement().matches(d -> !d.removed());

        par.terminate();
        assertThat(par.exitCode()).isEqualTo(9);
      }

      CacheLimits.Results left = CacheLimits.enforce(overLimit);

      assertThat(left.packages()).singleElement().matches(p -> p.evicted());
      assertThat(left.derived()).singleElement().matches(d -> d.removed());
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
