package global.pixell.par.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.probe.ReadinessProbe;
import global.pixell.par.launcher.stop.StopSignal;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses real processes, which write their ids into files. */
@Timeout(120)
class SupervisorTest {

  private static final Duration LONG = Duration.ofSeconds(60);
  private static final Map<String, String> PATH = Map.of("PATH", "/usr/bin:/bin");

  @TempDir Path directory;

  private final StopSignal stop = new StopSignal();
  private final LogStream log = logTo(OutputStream.nullOutputStream());

  @Test
  void the_exit_code_is_the_agents_own() throws Exception {
    try (Supervisor agent = start("echo up; exit 7")) {
      assertThat(agent.awaitExit((passes, reason) -> {})).isEqualTo(7);
    }
  }

  @Test
  void the_log_tells_that_the_agent_started_before_it_has_a_line_of_the_agent() throws Exception {
    var written = new ByteArrayOutputStream();
    LogStream log = logTo(written);
    LongConsumer started =
        pid -> {
          // By then the agent's line waits in the pipe.
          awaitFile("printed");
          log.info("Agent started", Map.of("pid", pid));
        };
    try (Supervisor agent =
        start("echo first; : >printed; echo up; exec sleep 600", log, PATH, started)) {
      agent.awaitReady(LONG);

      assertThat(log.flush(LONG)).isTrue();
      List<String> lines = written.toString(StandardCharsets.UTF_8).lines().toList();
      assertThat(lines.get(0)).contains("\"Agent started\"", "\"pid\":" + agent.pid());
      assertThat(lines.get(1)).contains("first");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // Its parent is gone.
        "(sh -c 'echo $$ >child; exec sleep 600' &)",
        // It leads its own session, and its parent is gone.
        "(setsid sh -c 'echo $$ >child; exec sleep 600' &)",
        // It ignores TERM.
        "sh -c 'trap \"\" TERM; echo $$ >child; while :; do sleep 1; done' &",
        // A grandchild, whose environment does not show which run it belongs to.
        "env -i setsid sh -c '(/bin/sh -c \"echo \\$\\$ >child; exec /bin/sleep 600\" &) ; /bin/sleep 600' &",
      })
  void an_order_to_stop_ends_whatever_came_from_the_agent(String descendant) throws Exception {
    try (Supervisor agent =
        start(descendant + "\nuntil [ -s child ]; do sleep 0.02; done; echo up; wait; sleep 600")) {
      agent.awaitReady(LONG);
      long child = pid("child");
      assertThat(isRunning(child)).isTrue();

      stop.set(StopSignal.Kind.SIGNAL, "test", Duration.ofSeconds(3));
      agent.awaitExit((passes, reason) -> {});

      assertThat(isRunning(child)).isFalse();
    }
  }

  @Test
  void a_child_that_is_made_at_term_gets_term_and_is_gone_too() throws Exception {
    try (Supervisor agent =
        start(
            // The child traps nothing, because TERM may come before it could.
            "trap 'sleep 600 & echo $! >child; wait $!; echo $? >status; exit 5' TERM;"
                + " echo up; while :; do sleep 0.02; done")) {
      agent.awaitReady(LONG);

      stop.set(StopSignal.Kind.SIGNAL, "test", Duration.ofSeconds(30));
      int code = agent.awaitExit((passes, reason) -> {});

      assertThat(code).isEqualTo(5);
      assertThat(directory.resolve("status")).as("ended by TERM, not KILL").hasContent("143");
      assertThat(isRunning(pid("child"))).isFalse();
    }
  }

  @Test
  void children_do_not_outlive_an_agent_that_ends_first() throws Exception {
    try (Supervisor agent =
        start(
            "(sh -c 'echo $$ >child; exec sleep 600' &)\n"
                + "until [ -s child ]; do sleep 0.02; done; echo up; exit 3")) {
      assertThat(agent.awaitExit((passes, reason) -> {})).isEqualTo(3);

      assertThat(isRunning(pid("child"))).isFalse();
    }
  }

  @Test
  void an_agent_that_ignores_term_is_killed_within_the_grace() throws Exception {
    try (Supervisor agent = start("trap '' TERM; echo up; while :; do sleep 0.1; done")) {
      agent.awaitReady(LONG);

      stop.set(StopSignal.Kind.SIGNAL, "test", Duration.ofMillis(500));

      assertThat(agent.awaitExit((passes, reason) -> {})).isEqualTo(137);
    }
  }

  @Test
  void an_agent_that_ends_before_it_is_ready_fails_with_its_code_and_its_words() throws Exception {
    try (Supervisor agent = start("echo 'no such module' >&2; exit 3")) {
      assertThatThrownBy(() -> agent.awaitReady(LONG))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("exited with code 3")
          .hasMessageContaining("no such module");
    }
  }

  @Test
  void an_environment_that_the_kernel_does_not_take_is_named_with_its_largest_variable() {
    var environment = Map.of("PATH", "/usr/bin:/bin", "LARGE", "x".repeat(200_000));

    assertThatThrownBy(() -> start("true", log, environment, pid -> {}).close())
        .isInstanceOf(LaunchException.class)
        .hasMessageContaining("argument list is too long")
        .hasMessageContaining("its largest variable is LARGE with 200001");
  }

  @Test
  void a_kill_before_readiness_is_explained() throws Exception {
    try (Supervisor agent = start("kill -9 $$")) {
      assertThatThrownBy(() -> agent.awaitReady(LONG))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("exited with code 137")
          .hasMessageContaining("Exit code 137 is SIGKILL");
    }
  }

  @Test
  void an_agent_that_is_never_ready_fails_with_what_was_asked_and_answered() throws Exception {
    try (Supervisor agent = start("exec sleep 600")) {
      assertThatThrownBy(() -> agent.awaitReady(Duration.ofMillis(300)))
          .isInstanceOf(LaunchException.class)
          .hasMessageContaining("not ready within 300 ms")
          .hasMessageContaining("the line 'up'")
          .hasMessageContaining("the line was not printed");
    }
  }

  @Test
  void an_order_to_stop_ends_the_wait_for_readiness() throws Exception {
    try (Supervisor agent = start("exec sleep 600")) {
      var waiting =
          CompletableFuture.runAsync(
              () -> {
                try {
                  agent.awaitReady(LONG);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });
      stop.set(StopSignal.Kind.SIGNAL, "test", Duration.ofSeconds(20));
      waiting.get(30, TimeUnit.SECONDS);
    }
  }

  @Test
  void the_last_line_counts_what_a_reader_that_stalls_leaves_no_time_for() throws Exception {
    var reading = new CountDownLatch(1);
    var read = new ByteArrayOutputStream();
    LogStream stalled =
        logTo(
            new FilterOutputStream(read) {
              @Override
              public void write(byte[] bytes, int from, int length) throws IOException {
                try {
                  reading.await();
                } catch (InterruptedException e) {
                  throw new IOException(e);
                }
                out.write(bytes, from, length);
              }
            });
    try (Supervisor agent =
        start(
            "echo up; yes 'a line that is neither short nor long, and that comes again'",
            stalled)) {
      agent.awaitReady(LONG);
      while (!isWaitingForTheReader()) {
        Thread.sleep(1);
      }
      stop.set(StopSignal.Kind.SIGNAL, "SIGTERM", Duration.ofSeconds(1));

      assertThat(agent.awaitExit((passes, reason) -> {})).isEqualTo(143);
    }
    stalled.last(LogStream.Level.INFO, "Runtime stopped", Map.of());
    reading.countDown();

    assertThat(stalled.flush(LONG)).isTrue();
    List<String> lines = read.toString(StandardCharsets.UTF_8).lines().toList();
    Map<String, ?> last = Json.read(lines.get(lines.size() - 1));
    assertThat(last.get("event")).isEqualTo("Runtime stopped");
    long all = Long.parseLong(String.valueOf(last.get("lines")));
    long dropped = Long.parseLong(String.valueOf(last.get("lines_dropped")));
    assertThat(dropped).isPositive().isEqualTo(all - lines.size());
  }

  private static boolean isWaitingForTheReader() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("par-agent-stdout-"))
        .anyMatch(thread -> thread.getState() == Thread.State.WAITING);
  }

  @Test
  void closing_stops_an_agent_that_runs() throws Exception {
    long pid;
    try (Supervisor agent = start("echo up; exec sleep 600")) {
      agent.awaitReady(LONG);
      pid = agent.pid();
    }

    assertThat(isRunning(pid)).isFalse();
  }

  private Supervisor start(String script) throws IOException {
    return start(script, log);
  }

  private Supervisor start(String script, LogStream log) throws IOException {
    return start(script, log, PATH, pid -> {});
  }

  private Supervisor start(
      String script, LogStream log, Map<String, String> environment, LongConsumer started)
      throws IOException {
    Path file = Files.writeString(directory.resolve("run.sh"), script + "\n");
    var command = new AgentCommand(List.of("/bin/sh", file.toString()), environment, directory);
    var probe =
        new ReadinessProbe(
            Optional.of(new Readiness(Probe.LINE, "up")),
            new LauncherConfig.Ports(1, 2, 3, 4),
            Duration.ZERO);
    return Supervisor.start(
        command,
        ProcessWrapper.of("/usr/bin:/bin", Optional.empty(), false),
        probe,
        log,
        stop,
        started);
  }

  private static LogStream logTo(OutputStream out) {
    return new LogStream(
        out, Clock.systemUTC(), LogStream.Level.INFO, Redactor.standard(), "app", Optional.empty());
  }

  private void awaitFile(String name) {
    while (!Files.exists(directory.resolve(name))) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private long pid(String file) throws IOException {
    return Long.parseLong(Files.readString(directory.resolve(file)).strip());
  }

  /** Whether a process runs; a zombie, which its parent has not collected yet, does not. */
  private static boolean isRunning(long pid) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid + "/status"))) {
      return lines.noneMatch(line -> line.startsWith("State:") && line.contains("Z"));
    } catch (IOException e) {
      return false;
    }
  }
}
