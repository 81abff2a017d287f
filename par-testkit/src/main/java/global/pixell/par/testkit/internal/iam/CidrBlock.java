package global.pixell.par.testkit.internal.iam;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A CIDR range of IPv4 or IPv6; a single address is a range of one.
 *
 * @param network any address of the range
 * @param bits the length of its prefix in bits
 */
record CidrBlock(InetAddress network, int bits) {

  private static final String OCTET = "(25[0-5]|2[0-4]\\d|1?\\d?\\d)";
  private static final Pattern IPV4 = Pattern.compile(OCTET + "(\\." + OCTET + "){3}");
  private static final Pattern IPV6 = Pattern.compile("[0-9a-fA-F.]*:[0-9a-fA-F:.]*");
  private static final Pattern BITS = Pattern.compile("\\d{1,3}");

  static Optional<CidrBlock> parse(String text) {
    int slash = text.indexOf('/');
    Optional<InetAddress> address = address(slash < 0 ? text : text.substring(0, slash));
    if (address.isEmpty()) {
      return Optional.empty();
    }
    int width = address.get().getAddress().length * 8;
    if (slash < 0) {
      return Optional.of(new CidrBlock(address.get(), width));
    }
    String bits = text.substring(slash + 1);
    return BITS.matcher(bits).matches() && Integer.parseInt(bits) <= width
        ? Optional.of(new CidrBlock(address.get(), Integer.parseInt(bits)))
        : Optional.empty();
  }

  /** Whether a text is an address in this range; false for a text that is not an address. */
  boolean contains(String text) {
    byte[] own = network.getAddress();
    return address(text)
        .map(InetAddress::getAddress)
        .filter(other -> other.length == own.length)
        .filter(other -> prefix(other).equals(prefix(own)))
        .isPresent();
  }

  private BigInteger prefix(byte[] address) {
    return new BigInteger(1, address).shiftRight(address.length * 8 - bits);
  }

  /** Passes only literals to InetAddress, so it never looks up a name. */
  private static Optional<InetAddress> address(String text) {
    if (!IPV4.matcher(text).matches() && !IPV6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }
}
