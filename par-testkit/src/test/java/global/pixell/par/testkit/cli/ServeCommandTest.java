package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The options of {@code serve} that decide who reaches it, as processes. */
@Timeout(60)
class ServeCommandTest {

  private static final int USUAL_PORT = 4566;

  @Test
  void a_server_for_containers_warns_of_what_it_allows_and_has_its_buckets() throws Exception {
    String options =
        "serve --port 0 --json --host 0.0.0.0 --control any --bucket one-bucket --bucket two-bucket";
    try (var serve = new RunningCommand(options.split(" "))) {
      assertThat(serve.await("# Warning"))
          .isEqualTo(
              "# Warning: everybody who reaches 0.0.0.0 may read and write the buckets, because the"
                  + " keys are known.");
      assertThat(serve.await("# Warning"))
          .isEqualTo(
              "# Warning: everybody who reaches the port may use the control API, and so may a web page in"
                  + " a browser that reaches it (DNS rebinding).");
      Map<String, ?> served = Json.read(serve.await("{"));

      URI endpoint = URI.create("" + served.get("endpoint"));
      assertThat(endpoint.getHost()).isEqualTo("127.0.0.1");
      assertThat(get(endpoint, "/_par/buckets", "s3.compose.internal"))
          .startsWith("HTTP/1.1 200 ")
          .contains("\"one-bucket\"", "\"two-bucket\"", "\"pixell-agent-packages\"");
      assertThat(serve.stop()).isZero();
    }
  }

  @Test
  void a_usual_port_that_is_taken_is_replaced_with_a_note_and_control_can_be_off()
      throws Exception {
    Optional<ServerSocket> taken = occupy(USUAL_PORT);
    try (var serve = new RunningCommand("serve", "--json", "--control", "off")) {
      Map<String, ?> served = Json.read(serve.await("{"));

      URI endpoint = URI.create("" + served.get("endpoint"));
      // Where another program had the port, it may have given it back since.
      if (taken.isPresent() || endpoint.getPort() != USUAL_PORT) {
        assertThat(endpoint.getPort()).isNotEqualTo(USUAL_PORT);
        assertThat(serve.find("# Port"))
            .isEqualTo("# Port 4566 is taken, so this is another one; --port chooses it.");
      }
      assertThat(served.get("control")).isNull();
      assertThat(get(endpoint, "/_par/status", "localhost")).startsWith("HTTP/1.1 404 ");
      assertThat(get(endpoint, "/_localstack/health", "localhost")).startsWith("HTTP/1.1 200 ");
      assertThat(serve.stop()).isZero();
    } finally {
      if (taken.isPresent()) {
        taken.get().close();
      }
    }
  }

  private static Optional<ServerSocket> occupy(int port) {
    try {
      return Optional.of(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** The whole answer. The JDK's client cannot send another host than that of the address. */
  private static String get(URI endpoint, String path, String host) throws IOException {
    try (var socket = new Socket(endpoint.getHost(), endpoint.getPort())) {
      String request =
          "GET " + path + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
