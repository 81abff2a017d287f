package global.pixell.par.testkit.fetch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.junit.ParTest;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** S3 is reachable only through a proxy, which the environment names. */
@ParTest
@Timeout(120)
class ProxyTest {

  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String REF = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;

  @TempDir private Path work;

  @Test
  void a_fetch_goes_through_the_proxy_and_gives_it_the_password(FakeS3 s3) throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, Apkg.named("greeter").file("run.sh", "").build());
    try (var proxy = new LoopbackProxy(s3)) {
      var environment = environment(s3);
      // A name that no resolver knows, so only the proxy can forward the request.
      environment.put("AWS_ENDPOINT_URL_S3", "http://s3.proxied.test");
      environment.put("HTTP_PROXY", proxy.address());

      var outcome = ParCommand.run(environment, "fetch", REF);

      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.exitCode()).isZero();
      assertThat(s3.count("GetObject")).isEqualTo(1);
      // PAR uses path-style addresses for an endpoint that is not AWS's.
      String asked =
          "GET http://s3.proxied.test/" + ParConfig.DEFAULT_BUCKET + "/" + KEY + " HTTP/1.1";
      // The proxy answers the first request with 407.
      assertThat(proxy.asked).containsExactly(asked, asked);
    }
  }

  @Test
  void https_is_tunnelled_and_a_proxy_that_forbids_it_is_named(FakeS3 s3) throws Exception {
    try (var proxy = new LoopbackProxy(s3)) {
      var environment = environment(s3);
      environment.keySet().removeIf(name -> name.startsWith("AWS_ENDPOINT"));
      environment.put("HTTPS_PROXY", proxy.address());

      var outcome = ParCommand.run(environment, "fetch", REF);

      String host = ParConfig.DEFAULT_BUCKET + ".s3.us-east-2.amazonaws.com";
      assertThat(outcome.exitCode()).isEqualTo(83);
      assertThat(outcome.err())
          .doesNotContain("s3cret")
          .isEqualTo(
              "par: Reading "
                  + REF
                  + " failed: the proxy "
                  + proxy.hostAndPort()
                  + " refused a connection to "
                  + host
                  + " (HTTP 403).\n  Allow connections to "
                  + host
                  + " in the proxy, or list that host in NO_PROXY.\n");
      assertThat(proxy.asked)
          .isNotEmpty()
          .containsOnly(
              "CONNECT " + ParConfig.DEFAULT_BUCKET + ".s3.us-east-2.amazonaws.com:443 HTTP/1.1");
    }
  }

  @Test
  void a_proxy_that_wants_a_password_is_named_at_once_with_the_way_to_give_it(FakeS3 s3)
      throws Exception {
    try (var proxy = new LoopbackProxy(s3)) {
      String bare = proxy.address().replace("me:s3cret@", "");
      var plain = environment(s3);
      plain.put("AWS_ENDPOINT_URL_S3", "http://s3.proxied.test");
      plain.put("HTTP_PROXY", bare);
      var tunnelled = environment(s3);
      tunnelled.keySet().removeIf(name -> name.startsWith("AWS_ENDPOINT"));
      tunnelled.put("HTTPS_PROXY", bare);

      var overHttp = ParCommand.run(plain, "fetch", REF);
      var overHttps = ParCommand.run(tunnelled, "fetch", REF);

      String named = bare.replace("http://", "");
      assertThat(List.of(overHttp, overHttps))
          .allSatisfy(
              outcome -> {
                assertThat(outcome.err())
                    .startsWith(
                        "par: Reading "
                            + REF
                            + " failed: the proxy "
                            + named
                            + " requires a user and a password (HTTP 407).")
                    .contains("HTTPS_PROXY", "http://user:password@host:port");
                assertThat(outcome.exitCode()).isEqualTo(80);
              });
      assertThat(proxy.asked).hasSize(2);
    }
  }

  @Test
  void a_page_of_the_proxy_is_not_taken_for_an_answer_of_S3(FakeS3 s3) throws Exception {
    try (var proxy = new LoopbackProxy(s3)) {
      proxy.page = "403 Forbidden";
      var environment = environment(s3);
      environment.put("AWS_ENDPOINT_URL_S3", "http://s3.proxied.test");
      environment.put("HTTP_PROXY", proxy.address());

      var outcome = ParCommand.run(environment, "fetch", REF);

      assertThat(outcome.err())
          .isEqualTo(
              "par: Reading "
                  + REF
                  + " failed: the proxy "
                  + proxy.hostAndPort()
                  + " answered instead of S3 (HTTP 403).\n"
                  + "  Allow s3.proxied.test in the proxy, or list that host in NO_PROXY.\n");
      assertThat(outcome.exitCode()).isEqualTo(83);
    }
  }

  @Test
  void a_proxy_that_does_not_run_is_named(FakeS3 s3) throws Exception {
    // The socket is bound, so that no other process gets the port, but it does not listen.
    try (var dead = new Socket()) {
      dead.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      String address = "127.0.0.1:" + dead.getLocalPort();
      var environment = environment(s3);
      environment.put("AWS_ENDPOINT_URL_S3", "http://s3.proxied.test");
      environment.put("HTTP_PROXY", "http://me:s3cret@" + address);
      environment.put("PAR_FETCH_ATTEMPTS", "1");

      var outcome = ParCommand.run(environment, "fetch", REF);

      assertThat(outcome.err())
          .isEqualTo(
              "par: Reading "
                  + REF
                  + " failed: the connection was refused by the proxy "
                  + address
                  + ".\n  Check HTTPS_PROXY (HTTP_PROXY for an http endpoint) and NO_PROXY, and that"
                  + " the proxy runs.\n");
      assertThat(outcome.exitCode()).isEqualTo(83);
    }
  }

  @Test
  void a_range_in_NO_PROXY_goes_around_the_proxy(FakeS3 s3) throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, Apkg.named("greeter").file("run.sh", "").build());
    try (var proxy = new LoopbackProxy(s3)) {
      var environment = environment(s3);
      // An address of this machine that the JDK does not count as loopback.
      environment.put(
          "AWS_ENDPOINT_URL_S3", "http://[::ffff:127.0.0.1]:" + s3.endpoint().getPort());
      environment.put("HTTP_PROXY", proxy.address());
      environment.put("NO_PROXY", "10.0.0.0/8");
      ParCommand.run(environment, "fetch", REF);
      assertThat(proxy.asked).isNotEmpty();
      proxy.asked.clear();
      environment.put("PAR_CACHE_DIR", work.resolve("other").toString());
      environment.put("NO_PROXY", "10.0.0.0/8,127.0.0.0/8");

      var outcome = ParCommand.run(environment, "fetch", REF);

      assertThat(outcome.err()).isEmpty();
      assertThat(outcome.exitCode()).isZero();
      assertThat(proxy.asked).isEmpty();
    }
  }

  private Map<String, String> environment(FakeS3 s3) {
    var environment = new HashMap<>(s3.environment());
    environment.put("AWS_REGION", "us-east-2");
    environment.put("PAR_CACHE_DIR", work.toString());
    return environment;
  }

  /** Treats every name as the fake S3's, requires a password, and refuses tunnels. */
  private static final class LoopbackProxy implements AutoCloseable {
    final List<String> asked = new CopyOnWriteArrayList<>();
    volatile String page = "";
    private final ServerSocket listener;
    private final FakeS3 s3;

    LoopbackProxy(FakeS3 s3) throws IOException {
      this.s3 = s3;
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      var thread = new Thread(this::listen, "loopback-proxy");
      thread.setDaemon(true);
      thread.start();
    }

    String address() {
      return "http://me:s3cret@127.0.0.1:" + listener.getLocalPort();
    }

    String hostAndPort() {
      return "127.0.0.1:" + listener.getLocalPort();
    }

    private void listen() {
      while (!listener.isClosed()) {
        try (Socket client = listener.accept()) {
          serve(client);
        } catch (IOException e) {
          // The test or the client closed it; the loop determines which.
        }
      }
    }

    private void serve(Socket client) throws IOException {
      String head = head(client.getInputStream());
      asked.add(head.lines().findFirst().orElse(""));
      String expected = Base64.getEncoder().encodeToString("me:s3cret".getBytes(UTF_8));
      if (!head.contains(expected)) {
        answer(client, "407 Who\r\nProxy-Authenticate: Basic realm=\"test\"");
      } else if (!page.isEmpty()) {
        answer(client, page + "\r\nContent-Type: text/html");
      } else if (head.startsWith("CONNECT")) {
        answer(client, "403 Forbidden");
      } else {
        forward(head, client);
      }
    }

    private static void answer(Socket client, String status) throws IOException {
      String answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
      client.getOutputStream().write(answer.getBytes(ISO_8859_1));
    }

    private void forward(String head, Socket client) throws IOException {
      String relative = head.replaceFirst(" http://[^/]+", " ");
      String once =
          relative
              .replaceAll("(?im)^(proxy-)?connection:.*\r\n", "")
              .replaceFirst("\r\n\r\n$", "\r\nConnection: close\r\n\r\n");
      try (var server = new Socket(InetAddress.getLoopbackAddress(), s3.endpoint().getPort())) {
        server.getOutputStream().write(once.getBytes(ISO_8859_1));
        server.getInputStream().transferTo(client.getOutputStream());
      }
    }

    private static String head(InputStream in) throws IOException {
      var head = new ByteArrayOutputStream();
      while (!head.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the client left");
        }
        head.write(next);
      }
      return head.toString(ISO_8859_1);
    }

    @Override
    public void close() throws IOException {
      listener.close();
    }
  }
}
