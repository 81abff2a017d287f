package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A presigned URL end to end: TLS, an endpoint with its own certificate, errors in XML. */
@Timeout(120)
class PresignedTest {

  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String PATH = "/packages/acme/greeter.apkg";
  private static final SSLSocketFactory USUAL = HttpsURLConnection.getDefaultSSLSocketFactory();

  @TempDir private static Path keys;
  private static SSLContext tls;

  @TempDir private Path cache;
  private final List<String> queries = new CopyOnWriteArrayList<>();
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<ParEvent.Detail> events = new ArrayList<>();
  private HttpsServer server;

  /** Answers one request. */
  private interface Handler {
    void answer(HttpExchange exchange) throws IOException;
  }

  private volatile Handler handler = exchange -> {};

  @BeforeAll
  static void makeCertificate() throws Exception {
    Path store = keys.resolve("keys.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "server",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost",
                "-validity",
                "30",
                "-keystore",
                store.toString(),
                "-storepass",
                "changeit",
                "-storetype",
                "PKCS12")
            .redirectErrorStream(true)
            .redirectOutput(keys.resolve("keytool.log").toFile())
            .start();
    assertThat(keytool.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(keytool.exitValue()).as(Files.readString(keys.resolve("keytool.log"))).isZero();
    tls = context(store);
  }

  private static SSLContext context(Path store) throws GeneralSecurityException, IOException {
    KeyStore content = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      content.load(in, PASSWORD);
    }
    var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(content, PASSWORD);
    var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trusted.init(content);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
    return context;
  }

  @BeforeEach
  void start() throws IOException {
    HttpsURLConnection.setDefaultSSLSocketFactory(tls.getSocketFactory());
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(tls));
    server.createContext(
        "/",
        exchange -> {
          queries.add(String.valueOf(exchange.getRequestURI().getRawQuery()));
          asked.add(
              Stream.of("Range", "If-Match", "If-None-Match")
                  .map(name -> name + "=" + exchange.getRequestHeaders().getFirst(name))
                  .collect(Collectors.joining(" ")));
          handler.answer(exchange);
          exchange.close();
        });
    server.setExecutor(threads);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @AfterAll
  static void restore() {
    HttpsURLConnection.setDefaultSSLSocketFactory(USUAL);
  }

  @Test
  void a_presigned_address_is_fetched_with_its_query_and_told_without() throws Exception {
    byte[] apkg =
        TestZip.of()
            .file("agent.yaml", "name: greeter\nversion: 1.2.0\ncommand: [\"true\"]\n")
            .bytes();
    handler =
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"e1\"");
          exchange.sendResponseHeaders(200, apkg.length);
          exchange.getResponseBody().write(apkg);
        };
    try (Par par = par()) {
      AgentPackage agent = par.fetch(ref());

      assertThat(agent.manifest().name()).isEqualTo("greeter");
      assertThat(queries).allMatch("X-Amz-Signature=CANARY&X-Amz-Security-Token=CANARY"::equals);
      assertThat(agent.origin().address()).endsWith(PATH);
      assertThat(events.toString() + agent + agent.origin() + ref()).doesNotContain("CANARY");
      assertThat(events)
          .filteredOn(ParEvent.Resolved.class::isInstance)
          .singleElement()
          .satisfies(
              e -> {
                var resolved = (ParEvent.Resolved) e;
                assertThat(resolved.eTag()).contains("e1");
                assertThat(resolved.bytes()).hasValue(apkg.length);
              });
    }
  }

  @Test
  void a_redirect_within_the_rule_is_followed_and_one_out_of_it_is_not() throws Exception {
    byte[] apkg = greeter(10);
    int port = server.getAddress().getPort();
    // The same server under a name that the configuration does not allow.
    for (String name : List.of("localhost", "127.0.0.1")) {
      queries.clear();
      handler =
          exchange -> {
            if (exchange.getRequestURI().getPath().equals(PATH)) {
              exchange
                  .getResponseHeaders()
                  .set("Location", "https://" + name + ":" + port + "/moved?own=CANARY");
              exchange.sendResponseHeaders(307, -1);
            } else {
              serve(exchange, apkg);
            }
          };
      try (Par par = par()) {
        if (name.equals("localhost")) {
          assertThat(par.fetch(ref()).manifest().name()).isEqualTo("greeter");
          assertThat(queries).hasSize(2).endsWith("own=CANARY");
        } else {
          ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(ref()));

          assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
          assertThat(e)
              .hasMessage(
                  "Reading "
                      + ref()
                      + " failed: it redirects to https://127.0.0.1:"
                      + port
                      + "/moved, which is not allowed.");
          assertThat(queries).hasSize(1);
        }
      }
    }
  }

  @Test
  void a_body_that_is_cut_goes_on_from_its_last_byte() throws Exception {
    byte[] apkg = greeter(200_000);
    handler =
        exchange -> {
          if (queries.size() > 1) {
            serve(exchange, apkg);
            return;
          }
          exchange.getResponseHeaders().set("ETag", "\"e1\"");
          exchange.sendResponseHeaders(200, apkg.length);
          exchange.getResponseBody().write(apkg, 0, 100_000);
          exchange.getResponseBody().flush();
        };
    try (Par par = par()) {
      assertThat(par.fetch(ref()).digest()).contains(Sha256.of(apkg));

      assertThat(asked).hasSize(2).first().isEqualTo("Range=null If-Match=null If-None-Match=null");
      assertThat(asked.get(1)).matches("Range=bytes=[1-9]\\d*- If-Match=\"e1\" If-None-Match=null");
    }
  }

  @Test
  void what_is_in_the_cache_is_asked_for_with_its_tag_and_not_sent_again() throws Exception {
    byte[] apkg = greeter(10);
    handler = exchange -> serve(exchange, apkg);
    try (Par par = par()) {
      AgentPackage first = par.fetch(ref());
      AgentPackage second = par.fetch(ref());

      assertThat(second.digest()).isEqualTo(first.digest());
      assertThat(second.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
      assertThat(asked)
          .containsExactly(
              "Range=null If-Match=null If-None-Match=null",
              "Range=null If-Match=null If-None-Match=\"e1\"");
    }
  }

  @Test
  void a_large_package_comes_in_parts() throws Exception {
    byte[] apkg = greeter(24 << 20);
    var parts = new CountDownLatch(1);
    handler =
        exchange -> {
          if (exchange.getRequestHeaders().getFirst("Range") != null) {
            parts.countDown();
            serve(exchange, apkg);
            return;
          }
          exchange.getResponseHeaders().set("ETag", "\"e1\"");
          exchange.sendResponseHeaders(200, apkg.length);
          exchange.getResponseBody().write(apkg, 0, 1 << 20);
          exchange.getResponseBody().flush();
          // Slow enough that other connections start; then the rest, as long as the client reads
          // it.
          await(parts);
          exchange.getResponseBody().write(apkg, 1 << 20, apkg.length - (1 << 20));
        };
    try (Par par = par()) {
      assertThat(par.fetch(ref()).digest()).contains(Sha256.of(apkg));

      assertThat(asked.subList(1, asked.size()))
          .isNotEmpty()
          .allMatch(a -> a.matches("Range=bytes=\\d+-\\d* If-Match=\"e1\" If-None-Match=null"));
    }
  }

  @Test
  void an_expired_address_says_so() {
    handler =
        exchange ->
            xml(
                exchange,
                403,
                "<Error><Code>AccessDenied</Code><Message>Request has expired</Message><X-Amz-Expires>60</X-Amz-Expires><RequestId>4442587FB7D0A2F9</RequestId></Error>");
    try (Par par = par()) {
      ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(ref()));

      assertThat(e.kind()).isEqualTo(ParException.Kind.ACCESS_DENIED);
      assertThat(e)
          .hasMessage(
              "Reading "
                  + ref()
                  + " failed: the presigned address has expired (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).");
      assertThat(queries).hasSize(1);
    }
  }

  @Test
  void a_certificate_nobody_vouches_for_is_told_at_once() {
    HttpsURLConnection.setDefaultSSLSocketFactory(USUAL);
    try (Par par = par()) {
      ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(ref()));

      assertThat(e.kind()).isEqualTo(ParException.Kind.UNAVAILABLE);
      assertThat(e)
          .hasMessage(
              "Reading "
                  + ref()
                  + " failed: the TLS certificate of localhost:"
                  + server.getAddress().getPort()
                  + " is not trusted (unable to find valid certification path to requested target).");
      assertThat(e.hint())
          .isEqualTo(
              "Check the endpoint's name and, for a private certificate authority or a proxy that intercepts TLS, Java's trust store (-Djavax.net.ssl.trustStore).");
      assertThat(events).isEmpty();
    }
  }

  @Test
  void a_certificate_for_another_name_is_told_at_once() {
    String url = ref().address().toString().replace("localhost", "127.0.0.1") + "?s=CANARY";
    try (Par par = builder().allowHost("127.0.0.1:" + server.getAddress().getPort()).build()) {
      ParException e =
          catchThrowableOfType(ParException.class, () -> par.fetch(PackageRef.parse(url)));

      assertThat(e)
          .hasMessageContaining("is not trusted (")
          .hasMessageContaining("127.0.0.1")
          .hasMessageNotContaining("CANARY");
    }
  }

  private static byte[] greeter(int bytes) throws IOException {
    byte[] content = new byte[bytes];
    new Random(1).nextBytes(content);
    return TestZip.of()
        .file("agent.yaml", "name: greeter\nversion: 1.2.0\ncommand: [\"true\"]\n")
        .file("data".getBytes(StandardCharsets.UTF_8), content, e -> e.stored())
        .bytes();
  }

  /** Serves the content as S3 does, with ranges and conditions. */
  private static void serve(HttpExchange exchange, byte[] content) throws IOException {
    exchange.getResponseHeaders().set("ETag", "\"e1\"");
    if ("\"e1\"".equals(exchange.getRequestHeaders().getFirst("If-None-Match"))) {
      exchange.sendResponseHeaders(304, -1);
      return;
    }
    String range = exchange.getRequestHeaders().getFirst("Range");
    if (range == null) {
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
      return;
    }
    String[] ends = range.substring("bytes=".length()).split("-", -1);
    int from = Integer.parseInt(ends[0]);
    int to = ends[1].isEmpty() ? content.length : Integer.parseInt(ends[1]) + 1;
    exchange
        .getResponseHeaders()
        .set("Content-Range", "bytes " + from + "-" + (to - 1) + "/" + content.length);
    exchange.sendResponseHeaders(206, to - from);
    exchange.getResponseBody().write(content, from, to - from);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void xml(HttpExchange exchange, int status, String xml) throws IOException {
    byte[] body = xml.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/xml");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private PackageRef ref() {
    return PackageRef.parse(
        "https://localhost:"
            + server.getAddress().getPort()
            + PATH
            + "?X-Amz-Signature=CANARY&X-Amz-Security-Token=CANARY");
  }

  private Par par() {
    return builder().build();
  }

  private Par.Builder builder() {
    return Par.builder()
        .cacheDirectory(cache)
        .allowHost("localhost:" + server.getAddress().getPort())
        .sleeper(delay -> {})
        .attempts(3, Duration.ofMinutes(1))
        .onEvent(event -> events.add(event.detail()));
  }
}
