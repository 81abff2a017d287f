package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.FetchFailure.Outlook;
import global.pixell.par.internal.text.SafeText;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/** Why no answer came, or none to its end: the same sentences for every kind of source. */
public final class NetworkErrors {
  private NetworkErrors() {}

  private static final String ROUTE =
      "Check the security group, the route and the VPC endpoint for S3.";

  /** Whether an exception is the network's at all. */
  public static boolean isNetwork(Throwable e) {
    return find(e, IOException.class::isInstance).isPresent();
  }

  /** What a broken, refused or silent connection means. */
  public static FetchFailure of(RequestContext asked, Throwable e) {
    String host = asked.host();
    Optional<Throwable> malformed = find(e, MalformedResponse.class::isInstance);
    if (malformed.isPresent()) {
      return passing(
          asked,
          e,
          host + " sent an answer that cannot be right: " + malformed.get().getMessage(),
          "Check the server, and for a proxy between it and the task.");
    }
    if (find(e, UnknownHostException.class::isInstance).isPresent()) {
      return passing(
          asked,
          e,
          "the host '" + host + "' is unknown",
          "Check AWS_REGION, the endpoint and DNS.");
    }
    if (find(e, NoRouteToHostException.class::isInstance).isPresent()
        || says(e, ConnectException.class, "unreachable")) {
      return passing(asked, e, "there is no route to " + host, ROUTE);
    }
    if (says(e, SocketTimeoutException.class, "connect")
        || says(e, ConnectException.class, "timed out")) {
      return passing(asked, e, host + " took no connection in time", ROUTE);
    }
    if (find(e, ConnectException.class::isInstance).isPresent()) {
      return passing(
          asked,
          e,
          "the connection was refused by " + host,
          "Check the endpoint, the security group and the VPC endpoint for S3.");
    }
    if (find(e, SocketTimeoutException.class::isInstance).isPresent()) {
      return passing(
          asked, e, host + " fell silent", "Try again; check the network between the task and S3.");
    }
    if (says(e, IOException.class, "proxy returns \"http/1.1 407")
        || says(e, IOException.class, "proxy returns \"http/1.0 407")) {
      return FetchFailure.lasting(
          new ParException(
              Kind.CONFIG,
              asked.doing()
                  + " failed: "
                  + ProxyAuthFailure.on(host)
                  + ProxyAuthFailure.WANTS_PASSWORD
                  + " (HTTP 407).",
              ProxyAuthFailure.HOW_TO_GIVE,
              SafeText.of(e)));
    }
    Optional<Throwable> tls = find(e, SSLException.class::isInstance);
    return tls.isPresent() ? tls(asked, e, tls.get()) : broken(asked, e);
  }

  /** A certificate stays as it is however often it is asked for; a handshake may just be cut. */
  private static FetchFailure tls(RequestContext asked, Throwable e, Throwable tls) {
    Optional<Throwable> certificate =
        find(
            e,
            t ->
                t instanceof CertificateException
                    || t instanceof CertPathValidatorException
                    || String.valueOf(t.getMessage()).contains("certification path"));
    String what =
        SafeText.words(
            String.valueOf(certificate.map(NetworkErrors::root).orElse(tls).getMessage()));
    boolean notTls = what.contains("Unsupported or unrecognized SSL message");
    if (certificate.isEmpty() && !notTls) {
      return passing(
          asked,
          e,
          "the TLS connection to " + asked.host() + " broke (" + what + ")",
          "Try again; check for a proxy or a firewall that cuts TLS.");
    }
    return FetchFailure.lasting(
        error(
            asked,
            e,
            notTls
                ? asked.host() + " does not speak TLS"
                : "the TLS certificate of " + asked.host() + " is not trusted (" + what + ")",
            notTls
                ? "Check the endpoint's scheme and port."
                : "Check the endpoint's name and, for a private certificate authority or a proxy that intercepts TLS, Java's trust store (-Djavax.net.ssl.trustStore)."));
  }

  private static FetchFailure broken(RequestContext asked, Throwable e) {
    Throwable root = root(e);
    String what =
        root.getMessage() == null
            ? root.getClass().getSimpleName()
            : SafeText.words(root.getMessage());
    return passing(
        asked,
        e,
        "the connection broke (" + what + ")",
        "Try again; check the network between the task and S3.");
  }

  private static FetchFailure passing(RequestContext asked, Throwable e, String what, String hint) {
    return FetchFailure.of(Outlook.TRANSIENT, error(asked, e, what, hint), Optional.empty());
  }

  private static ParException error(RequestContext asked, Throwable e, String what, String hint) {
    return new ParException(
        Kind.UNAVAILABLE, asked.doing() + " failed: " + what + ".", hint, SafeText.of(e));
  }

  private static boolean says(Throwable e, Class<? extends Throwable> type, String word) {
    return find(
            e,
            t ->
                type.isInstance(t)
                    && String.valueOf(t.getMessage()).toLowerCase(Locale.ROOT).contains(word))
        .isPresent();
  }

  private static Optional<Throwable> find(Throwable e, Predicate<Throwable> wanted) {
    Throwable at = e;
    for (int depth = 0; at != null && depth < 32; depth++) {
      if (wanted.test(at)) {
        return Optional.of(at);
      }
      at = at.getCause();
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
