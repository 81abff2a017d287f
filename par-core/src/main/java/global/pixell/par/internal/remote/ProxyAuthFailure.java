package global.pixell.par.internal.remote;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.stream.Stream;

/** The proxy on the way to a host, as an error names it. */
final class ProxyAuthFailure {
  private ProxyAuthFailure() {}

  static final String WANTS_PASSWORD = " wants a user and a password";
  static final String HOW_TO_GIVE =
      "Write them into HTTPS_PROXY (HTTP_PROXY for an http endpoint): http://user:password@host:port; an embedder sets a java.net.Authenticator.";

  /**
   * What Java would ask on the way.
   *
   * @param host with its port, if it is not the usual one
   */
  static String on(String host) {
    ProxySelector selector = ProxySelector.getDefault();
    return selector == null
        ? "the proxy"
        : Stream.of("https://", "http://")
            .map(scheme -> URI.create(scheme + host))
            .flatMap(uri -> selector.select(uri).stream())
            .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
            .map(Proxy::address)
            .filter(InetSocketAddress.class::isInstance)
            .map(InetSocketAddress.class::cast)
            .map(at -> "the proxy " + at.getHostString() + ":" + at.getPort())
            .findFirst()
            .orElse("the proxy");
  }
}
