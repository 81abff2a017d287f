package global.pixell.par.testkit.internal.launch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chooses ports for a launcher that a test starts soon. The system's own choice ({@code new
 * ServerSocket(0)}, closed at once) can return one port twice, and any outgoing connection may take
 * the port meanwhile. These ports lie below Linux's ephemeral range (32768 to 60999), and a JVM
 * repeats one only after 12,000 others. Thread-safe.
 */
public final class FreePorts {

  private static final int FIRST = 20_000;
  private static final int COUNT = 12_000;

  /** Test JVMs that run side by side start far apart: 7417 is the golden section of the range. */
  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 7417 % COUNT));

  private FreePorts() {}

  /**
   * Returns a port that is free now.
   *
   * @throws IOException if every port of the range is taken
   */
  public static int next() throws IOException {
    for (int tries = 0; tries < COUNT; tries++) {
      int port = FIRST + Math.floorMod(NEXT.getAndIncrement(), COUNT);
      if (isFree(port)) {
        return port;
      }
    }
    throw new IOException("no port from " + FIRST + " to " + (FIRST + COUNT - 1) + " is free");
  }

  /** All port variables of a launcher, each with a different free port. */
  public static Map<String, String> variables() throws IOException {
    var variables = new TreeMap<String, String>();
    for (String name : new String[] {"REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT"}) {
      variables.put(name, String.valueOf(next()));
    }
    return variables;
  }

  /**
   * Whether something accepts connections on this loopback port; false for text that is not a port
   * number.
   */
  public static boolean isListening(String port) {
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
      return false;
    }
    // Connect instead of bind, because a bound socket could collide with an agent that starts now.
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether a server could listen on this port now, on loopback and on all addresses. */
  public static boolean isFree(int port) {
    return canBind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        && canBind(new InetSocketAddress(port));
  }

  /**
   * Binds a socket that never listens. With SO_REUSEADDR, which servers set, it does not keep a
   * server from the port that starts at this moment.
   */
  private static boolean canBind(InetSocketAddress address) {
    try (var socket = SocketChannel.open()) {
      socket.setOption(StandardSocketOptions.SO_REUSEADDR, true).bind(address);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
