package global.pixell.par.launcher.config;

import global.pixell.par.EnvironmentReader;
import java.io.IOException;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, also in lower case, which takes
 * precedence as it does with curl. Java reads system properties only, so the first two are
 * translated to those.
 */
public final class ProxyVariables {

  private record Proxy(String scheme, String host, int port, Optional<String> user) {}

  private static final String EXCEPTIONS = "http.nonProxyHosts";

  private final List<Proxy> proxies;
  private final Optional<NoProxyRules> exceptions;

  private ProxyVariables(List<Proxy> proxies, Optional<NoProxyRules> exceptions) {
    this.proxies = proxies;
    this.exceptions = exceptions;
  }

  /**
   * Reads the variables. Reports faults to the reader, without the value, which may contain a
   * password.
   */
  public static ProxyVariables read(EnvironmentReader reader) {
    List<Proxy> proxies =
        Stream.of("https", "http").flatMap(scheme -> proxy(reader, scheme).stream()).toList();
    return new ProxyVariables(
        proxies, either(reader, "no_proxy").map(name -> exceptions(reader, name)));
  }

  private static NoProxyRules exceptions(EnvironmentReader reader, String name) {
    var malformed = new ArrayList<String>();
    NoProxyRules rules = NoProxyRules.parse(reader.text(name).orElseThrow(), malformed);
    malformed.forEach(
        entry ->
            reader.fault(
                name,
                "has the entry '" + entry + "', which is not a range of addresses.",
                "Use a range such as 10.0.0.0/8, or a host name."));
    return rules;
  }

  private static Optional<String> either(EnvironmentReader reader, String lowerCase) {
    return Stream.of(lowerCase, lowerCase.toUpperCase(Locale.ROOT))
        .filter(name -> reader.text(name).isPresent())
        .findFirst();
  }

  private static Optional<Proxy> proxy(EnvironmentReader reader, String scheme) {
    Optional<String> name = either(reader, scheme + "_proxy");
    if (name.isEmpty()) {
      return Optional.empty();
    }
    String value = reader.text(name.get()).orElseThrow();
    try {
      URI uri = new URI(value.contains("://") ? value : "http://" + value);
      if ("http".equalsIgnoreCase(uri.getScheme()) && uri.getHost() != null) {
        int port = uri.getPort() < 0 ? 80 : uri.getPort();
        return Optional.of(
            new Proxy(scheme, uri.getHost(), port, Optional.ofNullable(uri.getRawUserInfo())));
      }
    } catch (URISyntaxException e) {
      // Refused below.
    }
    reader.fault(
        name.get(),
        "is not the address of an http proxy.",
        "Use http://[user:password@]host[:port]; PAR supports neither TLS to the proxy itself nor SOCKS.");
    return Optional.empty();
  }

  /** The system properties that the variables stand for. */
  Map<String, String> properties() {
    var properties = new LinkedHashMap<String, String>();
    for (Proxy proxy : proxies) {
      properties.put(proxy.scheme() + ".proxyHost", proxy.host());
      properties.put(proxy.scheme() + ".proxyPort", String.valueOf(proxy.port()));
      // By default Java sends no password to a proxy for https, not even the configured one.
      proxy.user().ifPresent(u -> properties.put("jdk.http.auth.tunneling.disabledSchemes", ""));
    }
    return properties;
  }

  /** Whether requests to this address go there without a proxy. */
  boolean isException(URI uri) {
    return exceptions.filter(rules -> rules.matches(uri)).isPresent();
  }

  /**
   * Sets the properties for this process; call it before the first connection. A property that is
   * already set stays.
   */
  public void install() {
    properties()
        .forEach(
            (name, value) -> {
              if (System.getProperty(name) == null) {
                System.setProperty(name, value);
              }
            });
    ProxySelector selector = ProxySelector.getDefault();
    if (exceptions.isPresent() && selector != null && System.getProperty(EXCEPTIONS) == null) {
      ProxySelector.setDefault(new Exceptions(selector));
    }
    if (proxies.stream().anyMatch(proxy -> proxy.user().isPresent())) {
      Authenticator.setDefault(new Passwords());
    }
  }

  /**
   * The JDK's selector, except for the hosts of {@code NO_PROXY}: its own property knows no ranges
   * and no ports. It never uses a proxy for loopback.
   */
  private final class Exceptions extends ProxySelector {
    private final ProxySelector usual;

    Exceptions(ProxySelector usual) {
      this.usual = usual;
    }

    @Override
    public List<java.net.Proxy> select(URI uri) {
      return isException(uri) ? List.of(java.net.Proxy.NO_PROXY) : usual.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException e) {
      usual.connectFailed(uri, address, e);
    }
  }

  private final class Passwords extends Authenticator {
    @Override
    protected @Nullable PasswordAuthentication getPasswordAuthentication() {
      if (getRequestorType() != RequestorType.PROXY) {
        return null;
      }
      return proxies.stream()
          .filter(p -> p.host().equalsIgnoreCase(getRequestingHost()))
          .filter(p -> p.port() == getRequestingPort())
          .flatMap(p -> p.user().stream())
          .findFirst()
          .map(Passwords::authentication)
          .orElse(null);
    }

    private static PasswordAuthentication authentication(String userInfo) {
      String[] parts = userInfo.split(":", 2);
      return new PasswordAuthentication(
          decoded(parts[0]), parts.length == 2 ? decoded(parts[1]).toCharArray() : new char[0]);
    }

    private static String decoded(String part) {
      return URLDecoder.decode(part.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
  }
}
