package global.pixell.par.testkit.boot;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.launcher.boot.Boot;
import global.pixell.par.launcher.boot.ShellReport;
import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.testing.LocalAgent;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a run ends: real processes, real signals. */
@Timeout(180)
class StopTest {

  @RepeatedTest(5)
  void the_exit_code_is_the_one_that_agent_log_and_receipt_say() throws Exception {
    try (var agent = new LocalAgent("trap 'exit 7' TERM; echo up; while :; do sleep 0.02; done");
        var par = agent.java()) {
      par.await("Runtime ready");

      par.terminate();

      assertThat(par.exitCode()).isEqualTo(7);
      assertThat(par.lines("Agent exited").get(0).path("exit_code").asInt()).isEqualTo(7);
      assertThat(last(par).path("event").asText()).isEqualTo("Runtime stopped");
      assertThat(last(par).path("exit_code").asInt()).isEqualTo(7);
    }
  }

  @Test
  void with_stdout_blocked_health_answers_and_sigterm_reaches_the_agent() throws Exception {
    try (var agent =
        new LocalAgent(
            "trap 'echo told >$DIR/told; exit 0' TERM; echo up; echo $$ >$DIR/pid\n"
                + "yes 'a line that nobody reads' & while :; do sleep 0.02; done")) {
      agent.with("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", "8");
      var builder = new ProcessBuilder(ParProcess.command());
      builder.environment().clear();
      builder.environment().putAll(agent.environment());
      Process par = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
      try {
        // The test does not read its stdout.
        agent.await("pid");
        awaitReady(agent);

        par.toHandle().destroy();

        assertThat(agent.await("told")).isEqualTo("told");
        assertThat(par.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(par.exitValue()).isZero();
      } finally {
        par.descendants().forEach(ProcessHandle::destroyForcibly);
        par.destroyForcibly();
      }
    }
  }

  private static void awaitReady(LocalAgent agent) throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + agent.port("HEALTH_PORT") + "/health"))
            .build();
    while (HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).statusCode() != 200) {
      Thread.sleep(20);
    }
  }

  @Test
  void a_grandchild_that_holds_the_pipes_is_gone_within_the_grace() throws Exception {
    try (var agent =
        new LocalAgent(
            """
            (setsid sh -c 'trap "" TERM; echo $$ >$DIR/child; while :; do sleep 1; done' &)
            until [ -s $DIR/child ]; do sleep 0.02; done
            trap 'exit 0' TERM; echo up; while :; do sleep 0.02; done
            """)) {
      agent.with("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", "2");
      try (var par = agent.java()) {
        par.await("Runtime ready");
        long child = Long.parseLong(agent.await("child"));

        par.terminate();

        assertThat(par.exitCode()).isZero();
        assertThat(LocalAgent.isRunning(child)).isFalse();
        assertThat(par.lines("Agent killed")).hasSize(1);
      }
    }
  }

  @Test
  void the_run_ends_with_one_line_whenever_the_signal_comes() throws Exception {
    var random = new Random(20261126);
    for (int round = 0; round < 12; round++) {
      try (var agent = new LocalAgent("echo up; exec sleep 600");
          var par = agent.par()) {
        // Any moment is suitable, so the speed of the machine does not matter. But before the shell
        // has read its first line, it cannot write a line.
        awaitTrap(par.pid());
        Thread.sleep(random.nextInt(1 + round * 60));

        par.terminate();

        assertEndedByOneLine(par);
      }
    }
  }

  private static void awaitTrap(long pid) throws IOException {
    boolean trapped = false;
    while (!trapped) {
      trapped =
          Files.readString(Path.of("/proc/" + pid + "/status"))
              .lines()
              .filter(line -> line.startsWith("SigCgt:"))
              .anyMatch(line -> (Long.parseUnsignedLong(line.substring(8), 16) >> 14 & 1) == 1);
    }
  }

  static void assertEndedByOneLine(ParProcess par) throws InterruptedException {
    assertThat(par.exitCode()).isZero();
    List<JsonNode> terminal =
        par.lines().stream()
            .filter(
                line ->
                    List.of("Runtime stopped", "Runtime failed")
                        .contains(line.path("event").asText()))
            .toList();
    assertThat(terminal)
        .singleElement()
        .satisfies(
            line -> {
              assertThat(line.path("event").asText()).isEqualTo("Runtime stopped");
              assertThat(line.path("agent_app_id").asText()).isEqualTo("local-app");
              assertThat(line.path("exit_code").asInt()).isZero();
            });
    assertThat(last(par)).isEqualTo(terminal.get(0));
  }

  @Test
  void a_jvm_that_is_killed_or_does_not_start_ends_with_one_line_too() throws Exception {
    try (var agent = new LocalAgent("echo up; exec sleep 600")) {
      try (var par = agent.par()) {
        long pid = par.await("Agent started").path("pid").asLong();
        par.await("Runtime ready");
        ProcessHandle.of(par.pid())
            .orElseThrow()
            .children()
            .forEach(ProcessHandle::destroyForcibly);

        assertThat(par.exitCode()).isEqualTo(137);
        assertThat(last(par).path("event").asText()).isEqualTo("Runtime failed");
        assertThat(last(par).path("error").asText()).contains("signal 9");
        awaitEnd(pid);
      }
      agent.with("PAR_JAVA_OPTS", "-XX:+NoSuchOption");
      try (var par = agent.par()) {
        assertThat(par.exitCode()).isEqualTo(80);
        assertThat(par.lines())
            .singleElement()
            .satisfies(
                line -> {
                  assertThat(line.path("event").asText()).isEqualTo("Runtime failed");
                  assertThat(line.path("code").asText()).isEqualTo("CONFIG");
                  assertThat(line.path("hint").asText()).contains("PAR_JAVA_OPTS");
                });
      }
    }
  }

  /** The kernel ends the agent when it ends PAR. */
  private static void awaitEnd(long pid) throws InterruptedException {
    while (LocalAgent.isRunning(pid)) {
      Thread.sleep(5);
    }
  }

  @Test
  void sigquit_prints_the_threads_beside_the_log_and_the_run_goes_on() throws Exception {
    try (var agent = new LocalAgent("echo up; exec sleep 600")) {
      var builder = new ProcessBuilder(LocalAgent.PAR.toString());
      builder.environment().clear();
      builder.environment().putAll(agent.environment());
      builder.redirectError(agent.file("stderr").toFile());
      try (var par = ParProcess.of(builder.start())) {
        par.await("Runtime ready");

        // ProcessHandle can send only TERM and KILL.
        assertThat(new ProcessBuilder("kill", "-QUIT", "" + par.pid()).start().waitFor()).isZero();
        while (!agent.await("stderr").contains("par-log")) {
          Thread.sleep(5);
        }
        par.terminate();

        // Each line of stdout was parsed as JSON.
        assertEndedByOneLine(par);
      }
    }
  }

  @Test
  void a_bug_while_stopping_is_89_and_one_line() throws Exception {
    var bug = new AtomicBoolean();
    var clock =
        new Clock() {
          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }

          @Override
          public Instant instant() {
            if (Thread.currentThread().getName().equals("boot") && bug.getAndSet(false)) {
              throw new IllegalStateException("a bug");
            }
            return Instant.now();
          }
        };
    var out = new ByteArrayOutputStream();
    try (var agent = new LocalAgent("echo up; echo up >$DIR/up; exec sleep 600")) {
      var boot = new Boot(agent.environment(), out, clock, ShellReport.to(null));
      var thread = new Thread(boot::run, "boot");
      thread.start();
      agent.await("up");
      awaitReady(agent);
      bug.set(true);

      assertThat(boot.stop("SIGTERM")).isEqualTo(89);

      thread.join();
      ParLog log =
          ParLog.of(out.toString(UTF_8).lines().toList()).isWhole().hasNo("Runtime stopped");
      assertThat(log.only("Runtime failed").number("exit_code")).isEqualTo(89);
      assertThat(log.only("Runtime failed").text("stack")).contains("a bug");
    }
  }

  @Test
  void a_shell_that_is_killed_takes_the_jvm_and_the_agent_along() throws Exception {
    try (var agent = new LocalAgent("echo up; exec sleep 600");
        var par = agent.par()) {
      long pid = par.await("Agent started").path("pid").asLong();
      par.await("Runtime ready");
      ProcessHandle shell = ProcessHandle.of(par.pid()).orElseThrow();
      List<Long> below = shell.descendants().map(ProcessHandle::pid).toList();

      shell.destroyForcibly();

      // Do not wait for a line, because Java closes the pipe of an ended process even if another
      // process still writes to it.
      assertThat(below).hasSizeGreaterThan(1).contains(pid);
      for (long process : below) {
        awaitEnd(process);
      }
    }
  }

  @Test
  void the_jvms_variables_of_the_task_reach_the_agent_and_not_pars_jvm() throws Exception {
    try (var agent =
        new LocalAgent(
            "echo \"$JAVA_TOOL_OPTIONS|$JDK_JAVA_OPTIONS|$_JAVA_OPTIONS|${PAR_AGENT_JAVA_TOOL_OPTIONS-}\""
                + " >$DIR/seen; echo up; exec sleep 600")) {
      agent
          .with("JAVA_TOOL_OPTIONS", "-javaagent:/no/such.jar")
          .with("JDK_JAVA_OPTIONS", "-XX:+UseG1GC -Xms256m")
          .with("_JAVA_OPTIONS", "-agentlib:jdwp=transport=dt_socket,server=y");
      try (var par = agent.par()) {
        par.await("Runtime ready");

        assertThat(agent.await("seen"))
            .isEqualTo(
                "-javaagent:/no/such.jar|-XX:+UseG1GC -Xms256m"
                    + "|-agentlib:jdwp=transport=dt_socket,server=y|");
      }
    }
  }

  private static JsonNode last(ParProcess par) {
    return par.lines().get(par.lines().size() - 1);
  }
}
