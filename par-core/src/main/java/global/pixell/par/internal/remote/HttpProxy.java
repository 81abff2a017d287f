package global.pixell.par.internal.remote;

import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.util.Optional;

/**
 * The HTTP proxy between this machine and a server.
 *
 * @param address its host and port
 */
record HttpProxy(String address) {

  static final String CHECK =
      "Check Java's proxy settings (https.proxyHost, http.nonProxyHosts), and that the proxy runs.";

  static final String HOW_TO_GIVE_A_PASSWORD =
      "Write them into HTTPS_PROXY (HTTP_PROXY for an http endpoint):"
          + " http://user:password@host:port; an embedder sets a java.net.Authenticator.";

  /** The proxy that Java uses for requests to this server. */
  static Optional<HttpProxy> of(URI server) {
    ProxySelector selector = ProxySelector.getDefault();
    if (selector == null) {
      return Optional.empty();
    }
    try {
      return selector.select(server).stream()
          .filter(proxy -> proxy.type() == Proxy.Type.HTTP)
          .map(Proxy::address)
          .filter(InetSocketAddress.class::isInstance)
          .map(InetSocketAddress.class::cast)
          .map(socket -> new HttpProxy(socket.getHostString() + ":" + socket.getPort()))
          .findFirst();
    } catch (IllegalArgumentException e) {
      // The address has no host that a selector could look at.
      return Optional.empty();
    }
  }

  /** The proxy as a part of a sentence. */
  @Override
  public String toString() {
    return "the proxy " + address;
  }
}
