package global.pixell.par.launcher.probe;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.launcher.config.LauncherConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class ReadinessProbeTest {

  private static final Duration LONG = Duration.ofSeconds(30);

  private interface Peer {
    void talk(Socket socket) throws IOException;
  }

  private final ServerSocket server = bind("127.0.0.1");
  private final List<String> heard = Collections.synchronizedList(new ArrayList<>());
  private final List<Socket> open = Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  @ParameterizedTest
  @CsvSource({"200,true", "204,true", "302,true", "404,false", "503,false"})
  void the_status_decides_and_is_told(int status, boolean passes) {
    serve(socket -> write(socket, "HTTP/1.1 " + status + " Any\r\nContent-Length: 0\r\n\r\n"));
    ReadinessProbe probe = http();

    assertThat(probe.passes(LONG)).isEqualTo(passes);
    assertThat(probe.lastAnswer()).isEqualTo("HTTP " + status);
    assertThat(heard.get(0))
        .startsWith("GET /health HTTP/1.1\n")
        .contains("User-Agent: par-probe", "Host: 127.0.0.1:", "Connection: close");
  }

  @Test
  void an_agent_can_write_its_answer_to_the_end() throws Exception {
    var written = new CompletableFuture<Integer>();
    serve(
        socket -> {
          try {
            write(socket, "HTTP/1.1 200 OK\r\n\r\n");
            for (int i = 0; i < 5000; i++) {
              write(socket, "a part of the body, written by itself\n");
            }
            socket.shutdownOutput();
            written.complete(socket.getInputStream().read());
          } catch (IOException e) {
            written.completeExceptionally(e);
          }
        });

    assertThat(http().passes(LONG)).isTrue();
    assertThat(written.get(30, TimeUnit.SECONDS)).as("a clean end, no reset").isEqualTo(-1);
  }

  @Test
  void an_agent_that_never_ends_its_answer_is_ready_all_the_same() {
    serve(
        socket -> {
          write(socket, "HTTP/1.1 200 OK\r\n\r\n");
          while (true) {
            write(socket, "x");
            pause();
          }
        });

    assertThat(http().passes(LONG)).isTrue();
  }

  @Test
  void interim_answers_are_passed_over() {
    serve(socket -> write(socket, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"));

    assertThat(http().passes(LONG)).isTrue();
  }

  @Test
  void an_agent_that_says_continue_for_ever_fails_within_the_deadline() {
    serve(
        socket -> {
          while (true) {
            write(socket, "HTTP/1.1 100 Continue\r\n\r\n");
          }
        });
    ReadinessProbe probe = http();

    assertThat(probe.passes(Duration.ofMillis(300))).isFalse();
    assertThat(probe.lastAnswer()).contains("no answer within 300 ms");
  }

  @Test
  void an_agent_that_drips_header_bytes_fails_within_the_deadline() {
    serve(
        socket -> {
          write(socket, "HTTP/1.1 100 Continue\r\nX: ");
          while (true) {
            write(socket, "x");
            pause();
          }
        });
    ReadinessProbe probe = http();

    assertThat(probe.passes(Duration.ofMillis(300))).isFalse();
    assertThat(probe.lastAnswer()).contains("no answer within 300 ms");
  }

  @Test
  void what_is_not_http_is_said() {
    serve(socket -> write(socket, "SSH-2.0-OpenSSH_9\u0007\r\n"));
    ReadinessProbe probe = http();

    assertThat(probe.passes(LONG)).isFalse();
    assertThat(probe.lastAnswer()).isEqualTo("an answer that is not HTTP: 'SSH-2.0-OpenSSH_9?'");
  }

  @Test
  void a_connection_that_is_closed_or_refused_is_said() throws IOException {
    serve(Socket::close);
    ReadinessProbe probe = http();
    assertThat(probe.passes(LONG)).isFalse();
    assertThat(probe.lastAnswer()).containsAnyOf("closed without an answer", "reset");

    int nobodys;
    try (ServerSocket other = bind("127.0.0.1")) {
      nobodys = other.getLocalPort();
    }
    var refused =
        new ReadinessProbe(
            Optional.of(new Readiness(Probe.HTTP, "/")),
            new LauncherConfig.Ports(nobodys, 1, 2, 3),
            Duration.ZERO);
    assertThat(refused.passes(LONG)).isFalse();
    assertThat(refused.lastAnswer()).isEqualTo("connection refused");
  }

  @Test
  void an_abort_ends_a_probe_that_waits() throws Exception {
    var asked = new CountDownLatch(1);
    serve(
        socket -> {
          asked.countDown();
          socket.getInputStream().read();
        });
    ReadinessProbe probe = http();
    var thread = new Thread(() -> probe.passes(LONG));
    thread.start();
    assertThat(asked.await(30, TimeUnit.SECONDS)).isTrue();

    probe.abort();

    thread.join(TimeUnit.SECONDS.toMillis(1) * 20);
    assertThat(thread.isAlive()).isFalse();
    assertThat(probe.passes(LONG)).as("a later one does not even begin").isFalse();
  }

  @Test
  void a_port_that_accepts_is_enough_for_tcp() throws IOException {
    var ports = new LauncherConfig.Ports(1, server.getLocalPort(), 2, 3);
    var probe = new ReadinessProbe(Optional.of(new Readiness(Probe.TCP, "")), ports, Duration.ZERO);

    assertThat(probe.passes(LONG)).isTrue();
    server.close();
    assertThat(probe.passes(LONG)).isFalse();
  }

  @Test
  void a_line_counts_from_when_it_was_printed() {
    var probe =
        new ReadinessProbe(
            Optional.of(new Readiness(Probe.LINE, "listening")), ports(), Duration.ZERO);

    assertThat(probe.line("starting")).isFalse();
    assertThat(probe.passes(LONG)).isFalse();
    assertThat(probe.line("now listening on 80")).isTrue();
    assertThat(probe.passes(LONG)).isTrue();
    assertThat(probe.isRepeatable()).isFalse();
  }

  @Test
  void without_a_declaration_the_rest_port_or_the_grace_time_makes_it_ready() throws IOException {
    var listening = new ReadinessProbe(Optional.empty(), ports(), LONG);
    assertThat(listening.passes(LONG)).isTrue();
    assertThat(listening.lastAnswer()).contains("accepts connections");

    server.close();
    var silent = new ReadinessProbe(Optional.empty(), ports(), LONG);
    assertThat(silent.passes(LONG)).isFalse();
    var old = new ReadinessProbe(Optional.empty(), ports(), Duration.ZERO);
    assertThat(old.passes(LONG)).isTrue();
    assertThat(old.lastAnswer()).contains("it ran for");
    assertThat(old.isRepeatable()).isFalse();
  }

  private ReadinessProbe http() {
    return new ReadinessProbe(
        Optional.of(new Readiness(Probe.HTTP, "/health")), ports(), Duration.ZERO);
  }

  private LauncherConfig.Ports ports() {
    return new LauncherConfig.Ports(server.getLocalPort(), 1, 2, 3);
  }

  private void serve(Peer peer) {
    var thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try {
                  Socket socket = server.accept();
                  open.add(socket);
                  hear(socket);
                  peer.talk(socket);
                  socket.close();
                } catch (IOException e) {
                  // The probe has closed the connection, or the test has ended.
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
  }

  private void hear(Socket socket) throws IOException {
    var in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    var head = new StringBuilder();
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      head.append(line).append('\n');
    }
    heard.add(head.toString());
  }

  private static void write(Socket socket, String text) throws IOException {
    OutputStream out = socket.getOutputStream();
    out.write(text.getBytes(StandardCharsets.ISO_8859_1));
    out.flush();
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static ServerSocket bind(String address) {
    try {
      return new ServerSocket(0, 50, InetAddress.getByName(address));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
