package global.pixell.par.launcher.config;

import global.pixell.par.EnvironmentReader;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code HTTPS_PROXY}, {@code HTTP_PROXY} and {@code NO_PROXY}, in lower case too, which goes first
 * as it does with curl. Java reads system properties only, so they are translated to those.
 */
public final class ProxyVariables {

  private record Proxy(String scheme, String host, int port, Optional<String> user) {}

  // The JDK's own, which a value of ours would replace: loopback never goes through a proxy.
  private static final List<String> NEVER =
      List.of("localhost", "127.*", "[::1]", "0.0.0.0", "[::0]");

  private final List<Proxy> proxies;
  private final Optional<String> exceptions;

  private ProxyVariables(List<Proxy> proxies, Optional<String> exceptions) {
    this.proxies = proxies;
    this.exceptions = exceptions;
  }

  /** Reads them; faults go to the reader, never with the value, which may hold a password. */
  public static ProxyVariables read(EnvironmentReader reader) {
    List<Proxy> proxies =
        Stream.of("https", "http").flatMap(scheme -> proxy(reader, scheme).stream()).toList();
    return new ProxyVariables(proxies, either(reader, "no_proxy").flatMap(reader::text));
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
        "Use http://[user:password@]host[:port]; TLS to the proxy itself and SOCKS are not offered.");
    return Optional.empty();
  }

  /** The system properties they stand for. */
  Map<String, String> properties() {
    var properties = new LinkedHashMap<String, String>();
    for (Proxy proxy : proxies) {
      properties.put(proxy.scheme() + ".proxyHost", proxy.host());
      properties.put(proxy.scheme() + ".proxyPort", String.valueOf(proxy.port()));
      // Java would send no password to a proxy for https, not even the one that was given for it.
      proxy.user().ifPresent(u -> properties.put("jdk.http.auth.tunneling.disabledSchemes", ""));
    }
    exceptions.ifPresent(list -> properties.put("http.nonProxyHosts", patterns(list)));
    return properties;
  }

  /** A name stands for what is below it too; ports are left out, for Java knows none here. */
  private static String patterns(String list) {
    var patterns = new LinkedHashSet<>(NEVER);
    Arrays.stream(list.split("[,\\s]+"))
        .map(entry -> entry.replaceFirst("(?<=[^:]):\\d+$", "").replaceFirst("^\\*?\\.", ""))
        .filter(entry -> !entry.isEmpty())
        .forEach(
            entry -> {
              patterns.add(entry);
              patterns.add("*." + entry);
            });
    return String.join("|", patterns);
  }

  /** Puts them in force for this process, before its first connection. A property given wins. */
  public void install() {
    properties()
        .forEach(
            (name, value) -> {
              if (System.getProperty(name) == null) {
                System.setProperty(name, value);
              }
            });
    if (proxies.stream().anyMatch(proxy -> proxy.user().isPresent())) {
      Authenticator.setDefault(new Passwords());
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
