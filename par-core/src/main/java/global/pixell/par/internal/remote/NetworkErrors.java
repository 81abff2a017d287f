package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import global.pixell.par.internal.text.SafeText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Why no response came, or an incomplete one: the same sentences for every kind of source. */
public final class NetworkErrors {
  private NetworkErrors() {}

  /**
   * A kind of network failure. With a proxy on the way, the proxy is the peer.
   *
   * @param cause the exception, or one of its causes
   * @param sentence what happened, with names in braces that {@link #value} knows
   * @param hint what to do about it
   * @param proxyHint what to do about it where a proxy is on the way
   */
  record Row(
      Predicate<Throwable> cause,
      Retryability retryability,
      Kind kind,
      String sentence,
      String hint,
      String proxyHint) {}

  private static final String ROUTE =
      "Check the security group, the route and the VPC endpoint for S3.";
  private static final String NETWORK = "Try again; check the network between the task and S3.";
  private static final String PROXY_AND_NETWORK =
      "Try again; check {proxy} and the network between it and {host}, or exclude that host (http.nonProxyHosts).";
  private static final String ALLOW =
      "Allow connections to {host} in the proxy, or exclude that host (http.nonProxyHosts).";

  /** What Java says where a proxy does not open a tunnel for TLS. */
  private static final Pattern TUNNEL =
      Pattern.compile(".*proxy returns \"http/1\\.[01] (\\d{3}).*", Pattern.DOTALL);

  /** The first row that matches counts; the last one matches everything. */
  static final List<Row> ROWS =
      List.of(
          unavailable(
              is(MalformedResponse.class),
              "{host} sent an answer that cannot be right: {message}",
              "Check the server, and the network for a proxy between it and the task.",
              "Check {proxy} and the server."),
          unavailable(
              is(UnknownHostException.class),
              "the host '{peer_host}' is unknown",
              "Check AWS_REGION, the endpoint and DNS.",
              "Check Java's proxy settings (https.proxyHost, http.nonProxyHosts), and DNS."),
          unavailable(
              is(NoRouteToHostException.class).or(says(ConnectException.class, "unreachable")),
              "there is no route to {peer}",
              ROUTE,
              HttpProxy.CHECK),
          unavailable(
              says(SocketTimeoutException.class, "connect")
                  .or(says(ConnectException.class, "timed out")),
              "{peer} did not accept a connection in time",
              ROUTE,
              HttpProxy.CHECK),
          unavailable(
              is(ConnectException.class),
              "the connection was refused by {peer}",
              "Check the endpoint, the security group and the VPC endpoint for S3.",
              HttpProxy.CHECK),
          unavailable(
              is(SocketTimeoutException.class),
              "{host} sent nothing in time",
              NETWORK,
              PROXY_AND_NETWORK),
          new Row(
              tunnelStatus(407),
              Retryability.PERMANENT,
              Kind.CONFIG,
              "{proxy} requires a user and a password (HTTP 407)",
              HttpProxy.HOW_TO_GIVE_A_PASSWORD,
              HttpProxy.HOW_TO_GIVE_A_PASSWORD),
          unavailable(
              tunnelStatus(408, 429, 500, 502, 503, 504),
              "{proxy} opened no connection to {host} (HTTP {tunnel_status})",
              PROXY_AND_NETWORK,
              PROXY_AND_NETWORK),
          new Row(
              e -> tunnelStatus(e).isPresent(),
              Retryability.PERMANENT,
              Kind.UNAVAILABLE,
              "{proxy} refused a connection to {host} (HTTP {tunnel_status})",
              ALLOW,
              ALLOW),
          new Row(
              e -> isCertificate(e),
              Retryability.PERMANENT,
              Kind.UNAVAILABLE,
              "the TLS certificate of {host} is not trusted ({tls})",
              "Check the endpoint's name and, for a private certificate authority or a proxy that"
                  + " intercepts TLS, Java's trust store"
                  + " (-Djavax.net.ssl.trustStore).",
              "If {proxy} intercepts TLS, add its certificate authority to Java's trust store"
                  + " (-Djavax.net.ssl.trustStore); else check the endpoint's"
                  + " name."),
          new Row(
              says(SSLException.class, "unsupported or unrecognized ssl message"),
              Retryability.PERMANENT,
              Kind.UNAVAILABLE,
              "{host} does not speak TLS",
              "Check the endpoint's scheme and port.",
              "Check the endpoint's scheme and port."),
          unavailable(
              is(SSLException.class),
              "the TLS connection to {host} broke ({tls})",
              "Try again; check for a proxy or a firewall that cuts TLS.",
              PROXY_AND_NETWORK),
          unavailable(e -> true, "the connection broke ({root})", NETWORK, PROXY_AND_NETWORK));

  private static Row unavailable(
      Predicate<Throwable> cause, String sentence, String hint, String proxyHint) {
    return new Row(cause, Retryability.TRANSIENT, Kind.UNAVAILABLE, sentence, hint, proxyHint);
  }

  /** Whether an exception is the network's at all. */
  public static boolean isNetwork(Throwable e) {
    return find(e, IOException.class::isInstance).isPresent();
  }

  /** What a broken, refused or silent connection means. */
  public static FetchFailure of(RequestContext request, Throwable e) {
    Row row = ROWS.stream().filter(r -> r.cause().test(e)).findFirst().orElseThrow();
    HttpProxy proxy = HttpProxy.of(request.server()).orElse(null);
    String sentence =
        request.describe() + " failed: " + fill(row.sentence(), request, proxy, e) + ".";
    String hint = fill(proxy == null ? row.hint() : row.proxyHint(), request, proxy, e);
    return FetchFailure.of(
        row.retryability(),
        new ParException(row.kind(), sentence, hint, SafeText.of(e)),
        Optional.empty());
  }

  private static String fill(
      String text, RequestContext request, @Nullable HttpProxy proxy, Throwable e) {
    return ErrorTemplate.fill(text, name -> value(name, request, proxy, e));
  }

  private static String value(
      String name, RequestContext request, @Nullable HttpProxy proxy, Throwable e) {
    return switch (name) {
      case "host" -> request.host();
      case "proxy" -> proxy == null ? "the proxy" : proxy.toString();
      case "peer" -> proxy == null ? request.host() : proxy.toString();
      case "peer_host" -> proxy == null ? request.host() : proxy.address();
      case "message" ->
          String.valueOf(find(e, MalformedResponse.class::isInstance).orElse(e).getMessage());
      case "tunnel_status" -> tunnelStatus(e).orElse("");
      case "tls" ->
          words(
              certificate(e)
                  .map(NetworkErrors::root)
                  .or(() -> find(e, SSLException.class::isInstance))
                  .orElse(e));
      case "root" ->
          root(e).getMessage() == null ? root(e).getClass().getSimpleName() : words(root(e));
      default -> throw new IllegalArgumentException("no value is called " + name);
    };
  }

  private static String words(Throwable e) {
    return SafeText.words(String.valueOf(e.getMessage()));
  }

  private static Predicate<Throwable> is(Class<? extends Throwable> type) {
    return e -> find(e, type::isInstance).isPresent();
  }

  private static Predicate<Throwable> says(Class<? extends Throwable> type, String words) {
    return e -> find(e, t -> type.isInstance(t) && lowerCase(t).contains(words)).isPresent();
  }

  private static String lowerCase(Throwable e) {
    return String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
  }

  private static Predicate<Throwable> tunnelStatus(int... statuses) {
    List<String> wanted = Arrays.stream(statuses).mapToObj(String::valueOf).toList();
    return e -> tunnelStatus(e).filter(wanted::contains).isPresent();
  }

  private static Optional<String> tunnelStatus(Throwable e) {
    return find(e, t -> t instanceof IOException && TUNNEL.matcher(lowerCase(t)).matches())
        .map(t -> TUNNEL.matcher(lowerCase(t)))
        .filter(Matcher::matches)
        .map(status -> status.group(1));
  }

  /** A wrong certificate stays wrong, while a handshake may only have been cut. */
  private static boolean isCertificate(Throwable e) {
    return is(SSLException.class).test(e) && certificate(e).isPresent();
  }

  private static Optional<Throwable> certificate(Throwable e) {
    return find(
        e,
        t ->
            t instanceof CertificateException
                || t instanceof CertPathValidatorException
                || String.valueOf(t.getMessage()).contains("certification path"));
  }

  private static Optional<Throwable> find(Throwable e, Predicate<Throwable> wanted) {
    Throwable cause = e;
    for (int depth = 0; cause != null && depth < 32; depth++) {
      if (wanted.test(cause)) {
        return Optional.of(cause);
      }
      cause = cause.getCause();
    }
    return Optional.empty();
  }

  private static Throwable root(Throwable e) {
    Throwable root = e;
    for (int depth = 0; root.getCause() != null && depth < 32; depth++) {
      root = root.getCause();
    }
    return root;
  }
}
