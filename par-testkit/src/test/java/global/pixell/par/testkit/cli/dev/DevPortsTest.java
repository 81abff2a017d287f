package global.pixell.par.testkit.cli.dev;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.internal.launch.FreePorts;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The ports of {@code dev}, which another program can take at any moment. */
@Timeout(180)
class DevPortsTest {

  @Test
  void the_usual_ports_are_chosen_if_they_are_free_and_the_author_sets_no_others()
      throws IOException {
    int free = FreePorts.next();
    var variables = new HashMap<>(Map.of("UI_PORT", "1", "A2A_PORT", "2", "REST_PORT", "3"));
    try (var taken = new ServerSocket(FreePorts.next())) {
      new DevPorts(Set.of("REST_PORT"))
          .choose(
              variables,
              Map.of("UI_PORT", free, "A2A_PORT", taken.getLocalPort(), "REST_PORT", free));
    }

    assertThat(variables)
        .isEqualTo(Map.of("UI_PORT", "" + free, "A2A_PORT", "2", "REST_PORT", "3"));
  }

  @Test
  void a_port_is_taken_by_a_listener_on_one_address_and_by_one_on_all() throws IOException {
    try (var loopback = new ServerSocket(FreePorts.next(), 1, InetAddress.getLoopbackAddress());
        var all = new ServerSocket(FreePorts.next())) {
      String author = "" + all.getLocalPort();
      var variables =
          new HashMap<>(
              Map.of(
                  "REST_PORT",
                  "" + loopback.getLocalPort(),
                  "UI_PORT",
                  author,
                  "HEALTH_PORT",
                  author,
                  "A2A_PORT",
                  "" + FreePorts.next()));
      var before = Map.copyOf(variables);

      List<String> changes = new DevPorts(Set.of("UI_PORT")).replaceTaken(variables);

      assertThat(changes)
          .containsExactly(
              "HEALTH_PORT "
                  + author
                  + " has been taken by another program; the agent gets "
                  + variables.get("HEALTH_PORT"),
              "REST_PORT "
                  + loopback.getLocalPort()
                  + " has been taken by another program; the agent gets "
                  + variables.get("REST_PORT"));
      assertThat(variables).containsEntry("UI_PORT", author);
      assertThat(variables).containsEntry("A2A_PORT", before.get("A2A_PORT"));
      assertThat(variables.get("REST_PORT")).isNotEqualTo(before.get("REST_PORT"));
    }
  }

  /** A check that listened for a moment would make the server fail that starts at this moment. */
  @Test
  void a_server_may_start_on_a_port_while_somebody_checks_it() throws Exception {
    int port = FreePorts.next();
    var checks = new CountDownLatch(300);
    var checker =
        new Thread(
            () -> {
              for (int i = 0; i < 300; i++) {
                boolean unused = FreePorts.isFree(port);
                checks.countDown();
              }
            },
            "checks");
    checker.start();
    while (checks.getCount() > 0) {
      new ServerSocket(port, 1, InetAddress.getLoopbackAddress()).close();
    }
    checker.join();
  }

  @Test
  void an_agent_whose_port_is_taken_while_it_is_packed_starts_on_another_one(@TempDir Path work)
      throws Exception {
    Path folder = Files.createDirectory(work.resolve("greeter"));
    Files.writeString(
        folder.resolve("agent.yaml"),
        "name: greeter\nversion: 1.0.0\ncommand: [sh, run.sh]\nready: {line: up}\n");
    Files.writeString(folder.resolve("run.sh"), "echo up; sleep 600\n");
    var out = new Printed();
    var print = new PrintStream(out, true, StandardCharsets.UTF_8);
    Map<String, String> shell =
        Map.of("PATH", System.getenv("PATH"), "XDG_RUNTIME_DIR", work.toString());
    var terminal = new Terminal(shell, print, print, TerminalFeatures.of(false, Map.of()));
    int port = FreePorts.next();
    var loop =
        new DevLoop(
            FakeS3.start(),
            folder,
            terminal,
            Optional.of(HumanLogFormatter.Detail.SHORT),
            PassedVariables.of(List.of(), List.of(), shell, UnaryOperator.identity()),
            Map.of("HEALTH_PORT", port));
    var run = new FutureTask<>(loop::run);
    try (var taken = new ServerSocket(port)) {
      new Thread(run, "dev").start();

      out.await("== ready");

      assertThat(taken.isBound()).isTrue();
    } finally {
      loop.close();
    }
    assertThat(run.get(60, TimeUnit.SECONDS)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains(
            "== note: HEALTH_PORT " + port + " has been taken by another program; the agent gets ")
        .doesNotContain("== ended");
  }

  /** What a command prints, to wait for. */
  private static final class Printed extends ByteArrayOutputStream {
    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
      super.write(bytes, offset, length);
      notifyAll();
    }

    synchronized void await(String text) throws InterruptedException {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(90);
      while (!toString(StandardCharsets.UTF_8).contains(text)) {
        long remaining = end - System.nanoTime();
        if (remaining <= 0) {
          throw new AssertionError("no '" + text + "' within 90 s in\n" + this);
        }
        TimeUnit.NANOSECONDS.timedWait(this, remaining);
      }
    }
  }
}
