package global.pixell.par.launcher.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.ParException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HealthServerTest {

  private volatile Health.State state = Health.State.READY;
  private final HealthServer server = HealthServer.start(0, this::health, () -> Map.of("n", 1));
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  private Health health() {
    return new Health(state, "app", Instant.EPOCH, Map.of("agent_alive", true), Optional.empty());
  }

  @Test
  void only_ready_and_degraded_are_200() throws IOException {
    for (Health.State each : Health.State.values()) {
      state = each;
      boolean well = each == Health.State.READY || each == Health.State.DEGRADED;

      String answer = exchange("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");

      assertThat(answer).startsWith(well ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 503 ");
      assertThat(answer)
          .contains("Content-Type: application/json\r\n")
          .contains("\"state\":\"" + each.name().toLowerCase(java.util.Locale.ROOT) + "\"")
          .contains("\"ok\":" + well);
    }
  }

  @Test
  void live_meta_and_query_strings_are_answered() throws IOException {
    assertThat(exchange("GET /live HTTP/1.0\n\n")).contains("200 OK").endsWith("{\"ok\":true}");
    assertThat(exchange("GET /meta?x=1 HTTP/1.1\r\n\r\n")).endsWith("{\"n\":1}");
    assertThat(exchange("GET http://h:1/live HTTP/1.1\r\n\r\n")).contains("200 OK");
  }

  @Test
  void head_has_the_length_and_no_body() throws IOException {
    assertThat(exchange("HEAD /live HTTP/1.1\r\n\r\n"))
        .contains("200 OK", "Content-Length: 11\r\n")
        .endsWith("\r\n\r\n");
  }

  @Test
  void what_is_not_offered_gets_a_short_json_answer() throws IOException {
    assertThat(exchange("GET /x HTTP/1.1\r\n\r\n"))
        .startsWith("HTTP/1.1 404 Not Found\r\n")
        .contains("{\"ok\":false,\"error\":\"There is no such path");
    assertThat(exchange("POST /health HTTP/1.1\r\nContent-Length: 9\r\n\r\n"))
        .startsWith("HTTP/1.1 405 Method Not Allowed\r\n")
        .contains("Allow: GET, HEAD\r\n", "\"ok\":false");
    assertThat(exchange("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
    assertThat(exchange("GET /health HTTP/1.1\r\nX: " + "y".repeat(9000) + "\r\n\r\n"))
        .startsWith("HTTP/1.1 431 ");
  }

  @Test
  void a_check_that_throws_is_unhealthy() throws IOException {
    Supplier<Health> broken =
        () -> {
          throw new IllegalStateException("no state");
        };
    try (var other = HealthServer.start(0, broken, Map::of)) {
      assertThat(exchange(other.port(), "GET /health HTTP/1.1\r\n\r\n"))
          .startsWith("HTTP/1.1 503 ")
          .contains("no state", "\"state\":\"failed\"");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "G",
        "GET /health HTTP/1.1\r\nHost: x\r\n",
        "POST /health HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"
      })
  void clients_that_send_half_a_request_hold_up_nobody(String half) throws IOException {
    for (int i = 0; i < 600; i++) {
      Socket socket = open(server.port());
      sockets.add(socket);
      socket.getOutputStream().write(half.getBytes(StandardCharsets.ISO_8859_1));
    }

    for (int i = 0; i < 20; i++) {
      assertThat(exchange("GET /health HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void a_request_that_comes_byte_by_byte_is_answered() throws IOException {
    try (Socket socket = open(server.port())) {
      socket.setTcpNoDelay(true);
      for (byte b : "GET /live HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1)) {
        socket.getOutputStream().write(b);
      }

      assertThat(read(socket)).startsWith("HTTP/1.1 200 OK");
    }
  }

  @Test
  void a_large_body_does_not_cost_the_client_its_answer() throws IOException {
    String body = "x".repeat(300_000);
    assertThat(
            exchange("POST /live HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body))
        .startsWith("HTTP/1.1 405 ");
  }

  @Test
  void random_bytes_never_silence_it() throws IOException {
    var random = new Random(20261126);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = new byte[random.nextInt(2000)];
      random.nextBytes(bytes);
      try (Socket socket = open(server.port())) {
        socket.getOutputStream().write(bytes);
      } catch (IOException e) {
        // The server may close the connection early.
      }
    }

    assertThat(exchange("GET /live HTTP/1.1\r\n\r\n")).startsWith("HTTP/1.1 200 OK");
  }

  @Test
  void a_port_in_use_is_a_fault_of_the_configuration() {
    assertThatThrownBy(() -> HealthServer.start(server.port(), this::health, Map::of))
        .isInstanceOfSatisfying(
            ParException.class, e -> assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG))
        .hasMessageContaining("PAR cannot listen on HEALTH_PORT " + server.port());
  }

  private String exchange(String request) throws IOException {
    return exchange(server.port(), request);
  }

  private static String exchange(int port, String request) throws IOException {
    try (Socket socket = open(port)) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      return read(socket);
    }
  }

  private static Socket open(int port) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    return socket;
  }

  private static String read(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }
}
