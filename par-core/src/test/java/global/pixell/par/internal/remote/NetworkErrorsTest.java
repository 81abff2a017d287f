package global.pixell.par.internal.remote;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.testing.FixedProxy;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.ProxySelector;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.cert.CertificateException;
import java.util.HashSet;
import java.util.stream.Stream;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class NetworkErrorsTest {

  private static final String TUNNEL = "Unable to tunnel through proxy. Proxy returns \"HTTP/1.1 ";
  private static final RequestContext REQUEST =
      new RequestContext(
          "s3://b/k",
          "b",
          "k",
          Action.GET_OBJECT,
          "us-east-2",
          URI.create("https://s3.example:444"),
          Signer.ROLE);

  private final ProxySelector usual = ProxySelector.getDefault();

  @AfterEach
  void withoutProxy() {
    ProxySelector.setDefault(usual);
  }

  /** An exception, its sentence without and with a proxy, and whether another attempt helps. */
  static Stream<Arguments> failures() {
    return Stream.of(
        row(
            new MalformedResponse("Content-Length is '-5'"),
            "s3.example:444 sent an answer that cannot be right: Content-Length is '-5'",
            "s3.example:444 sent an answer that cannot be right: Content-Length is '-5'"),
        row(
            new UnknownHostException("x"),
            "the host 's3.example:444' is unknown",
            "the host 'proxy.example:3128' is unknown"),
        row(
            new NoRouteToHostException("No route to host"),
            "there is no route to s3.example:444",
            "there is no route to the proxy proxy.example:3128"),
        row(
            new ConnectException("Network is unreachable"),
            "there is no route to s3.example:444",
            "there is no route to the proxy proxy.example:3128"),
        row(
            new SocketTimeoutException("Connect timed out"),
            "s3.example:444 did not accept a connection in time",
            "the proxy proxy.example:3128 did not accept a connection in time"),
        row(
            new ConnectException("Connection refused"),
            "the connection was refused by s3.example:444",
            "the connection was refused by the proxy proxy.example:3128"),
        row(
            new SocketTimeoutException("Read timed out"),
            "s3.example:444 sent nothing in time",
            "s3.example:444 sent nothing in time"),
        row(
            new IOException(TUNNEL + "503 Service Unavailable\""),
            "the proxy opened no connection to s3.example:444 (HTTP 503)",
            "the proxy proxy.example:3128 opened no connection to s3.example:444 (HTTP 503)"),
        row(
            new SSLException("Connection reset"),
            "the TLS connection to s3.example:444 broke (Connection reset)",
            "the TLS connection to s3.example:444 broke (Connection reset)"),
        row(
            new SocketException("Connection reset"),
            "the connection broke (Connection reset)",
            "the connection broke (Connection reset)"));
  }

  static Stream<Arguments> permanentFailures() {
    return Stream.of(
        row(
            new IOException(TUNNEL + "407 Proxy Authentication Required\""),
            "the proxy requires a user and a password (HTTP 407)",
            "the proxy proxy.example:3128 requires a user and a password (HTTP 407)"),
        row(
            new IOException(TUNNEL + "403 Forbidden\""),
            "the proxy refused a connection to s3.example:444 (HTTP 403)",
            "the proxy proxy.example:3128 refused a connection to s3.example:444 (HTTP 403)"),
        row(
            new SSLHandshakeException("x").initCause(new CertificateException("expired")),
            "the TLS certificate of s3.example:444 is not trusted (expired)",
            "the TLS certificate of s3.example:444 is not trusted (expired)"),
        row(
            new SSLException("Unsupported or unrecognized SSL message"),
            "s3.example:444 does not speak TLS",
            "s3.example:444 does not speak TLS"));
  }

  private static Arguments row(Throwable e, String direct, String proxied) {
    return Arguments.of(e, direct, proxied);
  }

  @ParameterizedTest
  @MethodSource("failures")
  void a_failure_that_may_pass_names_the_peer(Throwable e, String direct, String proxied) {
    says(e, direct, Retryability.TRANSIENT);
    ProxySelector.setDefault(new FixedProxy("proxy.example", 3128));
    says(e, proxied, Retryability.TRANSIENT);
  }

  @ParameterizedTest
  @MethodSource("permanentFailures")
  void a_failure_that_stays_is_permanent(Throwable e, String direct, String proxied) {
    says(e, direct, Retryability.PERMANENT);
    ProxySelector.setDefault(new FixedProxy("proxy.example", 3128));
    says(e, proxied, Retryability.PERMANENT);
  }

  /** Checks the exception as the SDK wraps it. */
  private static void says(Throwable e, String sentence, Retryability retryability) {
    FetchFailure failure = NetworkErrors.of(REQUEST, new RuntimeException("wrapped", e));

    assertThat(failure.error()).hasMessage("Reading s3://b/k failed: " + sentence + ".");
    assertThat(failure.error().hint()).matches("[A-Z].*\\.").doesNotContain("{", "null");
    assertThat(failure.retryability()).isEqualTo(retryability);
    assertThat(failure.error().kind())
        .isEqualTo(sentence.contains("407") ? Kind.CONFIG : Kind.UNAVAILABLE);
  }

  @Test
  void every_row_of_the_table_has_its_failure_above() {
    var found = new HashSet<NetworkErrors.Row>();
    Stream.concat(failures(), permanentFailures())
        .map(arguments -> (Throwable) arguments.get()[0])
        .forEach(
            e ->
                found.add(
                    NetworkErrors.ROWS.stream()
                        .filter(row -> row.cause().test(e))
                        .findFirst()
                        .orElseThrow()));

    assertThat(found).containsExactlyInAnyOrderElementsOf(NetworkErrors.ROWS);
  }
}
