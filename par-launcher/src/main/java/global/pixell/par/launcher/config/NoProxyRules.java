package global.pixell.par.launcher.config;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The hosts of {@code NO_PROXY}, in the forms that curl, Go and Python read.
 *
 * <p>{@code *} is every host. A name, with or without a leading dot or {@code *.}, stands for that
 * host and all below it; a {@code *} elsewhere stands for any characters. An address or a range
 * such as {@code 10.0.0.0/8} or {@code fd00::/8} matches hosts that are written as an address: no
 * name is resolved to compare it. With {@code :port}, an entry holds for that port alone.
 * Immutable.
 */
final class NoProxyRules {

  private record Rule(Predicate<String> host, OptionalInt port) {}

  private static final Pattern ENTRY = Pattern.compile("[^,\\s]+");
  private static final Pattern PORT = Pattern.compile("(?<host>[^:]+|\\[.+]):(?<port>\\d{1,5})");
  private static final Pattern IPV4 = Pattern.compile("(?:\\d{1,3}\\.){3}\\d{1,3}");

  private final List<Rule> rules;

  private NoProxyRules(List<Rule> rules) {
    this.rules = rules;
  }

  /**
   * Reads a list, separated by commas or white space.
   *
   * @param malformed receives the ranges that are not valid
   */
  static NoProxyRules parse(String list, List<String> malformed) {
    var rules = new ArrayList<Rule>();
    for (String entry : ENTRY.matcher(list).results().map(MatchResult::group).toList()) {
      Matcher withPort = PORT.matcher(entry);
      boolean hasPort = withPort.matches();
      String host = normalize(hasPort ? withPort.group("host") : entry);
      Optional<Predicate<String>> matches = host(host);
      if (matches.isEmpty()) {
        malformed.add(entry);
      } else {
        rules.add(
            new Rule(
                matches.get(),
                hasPort
                    ? OptionalInt.of(Integer.parseInt(withPort.group("port")))
                    : OptionalInt.empty()));
      }
    }
    return new NoProxyRules(List.copyOf(rules));
  }

  private static String normalize(String host) {
    return host.toLowerCase(Locale.ROOT).replaceAll("^\\[|]$", "").replaceFirst("\\.$", "");
  }

  /** The hosts of one entry; empty for a malformed range. */
  private static Optional<Predicate<String>> host(String entry) {
    int slash = entry.indexOf('/');
    if (slash >= 0) {
      return range(entry.substring(0, slash), entry.substring(slash + 1));
    }
    Optional<byte[]> address = address(entry);
    if (address.isPresent()) {
      return Optional.of(
          host -> address(host).filter(a -> Arrays.equals(a, address.get())).isPresent());
    }
    String name = entry.replaceFirst("^\\*?\\.", "");
    String glob =
        Arrays.stream(name.split("\\*", -1)).map(Pattern::quote).collect(Collectors.joining(".*"));
    return Optional.of(Pattern.compile("(?:.*\\.)?" + glob).asMatchPredicate());
  }

  private static Optional<Predicate<String>> range(String network, String prefix) {
    Optional<byte[]> address = address(network);
    if (address.isEmpty()
        || !prefix.matches("\\d{1,3}")
        || Integer.parseInt(prefix) > address.get().length * Byte.SIZE) {
      return Optional.empty();
    }
    int bits = Integer.parseInt(prefix);
    return Optional.of(
        host -> address(host).filter(a -> samePrefix(a, address.get(), bits)).isPresent());
  }

  private static boolean samePrefix(byte[] one, byte[] other, int bits) {
    if (one.length != other.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit % Byte.SIZE);
      if ((one[bit / Byte.SIZE] & mask) != (other[bit / Byte.SIZE] & mask)) {
        return false;
      }
    }
    return true;
  }

  /** The bytes of an address in writing; empty for a name, which is not resolved. */
  private static Optional<byte[]> address(String text) {
    if (!IPV4.matcher(text).matches() && !text.contains(":")) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text).getAddress());
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Whether requests to this address go there without a proxy. */
  boolean matches(URI uri) {
    if (uri.getHost() == null) {
      return false;
    }
    String host = normalize(uri.getHost());
    int port =
        uri.getPort() >= 0 ? uri.getPort() : "http".equalsIgnoreCase(uri.getScheme()) ? 80 : 443;
    return rules.stream()
        .filter(rule -> rule.port().isEmpty() || rule.port().getAsInt() == port)
        .anyMatch(rule -> rule.host().test(host));
  }
}
