package global.pixell.par.testkit.boot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.LocalAgent;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code PAR_AGENT_USER}: the agent runs as a user that cannot affect PAR. */
@Timeout(120)
class AgentUserTest {

  private static final String PROBE =
      """
      id -u; id -g; id -G
      grep NoNewPrivs /proc/self/status | tr -d '\\t'
      grep CapEff /proc/self/status | tr -d '\\t'
      cat /proc/$PARENT/environ >/dev/null 2>&1 && echo 'environ read' || echo 'environ closed'
      touch "$PWD/x" 2>/dev/null && echo 'tree written' || echo 'tree closed'
      touch "$CACHE/x" 2>/dev/null && echo 'cache written' || echo 'cache closed'
      echo up
      exec sleep 600
      """;

  @Test
  void the_agent_runs_as_that_user_without_privileges_and_reaches_nothing_of_pars()
      throws Exception {
    assumeThat(isRoot()).as("only root can give a process another user").isTrue();
    try (var s3 = FakeS3.start()) {
      Path cache = openDirectory();
      s3.put("pixell-agent-packages", "a.apkg", package_().build());
      Map<String, String> environment = environment(s3, cache);
      environment.put("PAR_AGENT_USER", "12345:12346");
      try (var par = ParProcess.start(environment)) {
        par.await("Runtime ready");

        assertThat(par.lines("Agent output").stream().map(l -> l.path("message").asText()))
            .containsExactly(
                "12345",
                "12346",
                "12346",
                "NoNewPrivs:1",
                "CapEff:0000000000000000",
                "environ closed",
                "tree closed",
                "cache closed",
                "up");
        par.terminate();
        assertThat(par.exitCode()).isZero();
      }
    }
  }

  @Test
  void where_root_has_not_the_right_it_is_refused() throws Exception {
    assumeThat(isRoot()).as("root takes a right from PAR").isTrue();
    try (var agent = new LocalAgent("exit 0")) {
      agent.with("PAR_AGENT_USER", "12345");
      var command = new java.util.ArrayList<String>();
      command.add("setpriv");
      command.add("--bounding-set=-setuid,-setgid");
      command.addAll(ParProcess.command());
      try (var par = ParProcess.start(command, agent.environment())) {
        assertThat(par.exitCode()).isEqualTo(80);
        assertThat(par.lines("Runtime failed").get(0).path("error").asText())
            .contains("PAR_AGENT_USER 12345:12345", "dropped the capabilities SETUID and SETGID");
      }
    }
  }

  private static Apkg package_() {
    return Apkg.named("probe")
        .command("sh", "run.sh")
        .manifest(
            "environment: {PARENT: \"${PARENT:-}\", CACHE: \"${CACHE_DIR}\"}\nready: {line: up}")
        .file("run.sh", "PARENT=$PPID\n" + PROBE);
  }

  private static Map<String, String> environment(FakeS3 s3, Path cache) throws IOException {
    var environment = new java.util.HashMap<>(s3.environment());
    environment.put("AGENT_APP_ID", "user-test");
    environment.put("PACKAGE_URL", "s3://pixell-agent-packages/a.apkg");
    environment.put("PAR_CACHE_DIR", cache.toString());
    environment.put("CACHE_DIR", cache.toString());
    environment.putAll(FreePorts.variables());
    return environment;
  }

  /**
   * Creates an open folder: other users cannot read temporary folders, but the agent must reach its
   * package.
   */
  private static Path openDirectory() throws IOException {
    return Files.setPosixFilePermissions(
        Files.createTempDirectory("par-user-"), PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static boolean isRoot() throws IOException {
    return Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
  }
}
