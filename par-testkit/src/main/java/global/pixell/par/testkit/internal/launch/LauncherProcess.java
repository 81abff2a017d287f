package global.pixell.par.testkit.internal.launch;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Starts the real launcher as a process, from the class path of this JVM. */
public final class LauncherProcess {

  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
  static final List<String> PORTS = List.of("REST_PORT", "A2A_PORT", "UI_PORT", "HEALTH_PORT");

  private static final int FIRST_PORT = 20_000;
  private static final int PORT_COUNT = 12_000;
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

  private LauncherProcess() {}

  /** Starts it with exactly these variables; it inherits stderr. */
  public static Process start(Map<String, String> environment) throws IOException {
    var builder =
        new ProcessBuilder(
            JAVA.toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx64m",
            "-cp",
            System.getProperty("java.class.path"),
            "global.pixell.par.launcher.Main");
    builder.environment().clear();
    builder.environment().putAll(environment);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return builder.start();
  }

  /**
   * The variables of a boot against a fake S3, except the package: those of the author's shell, the
   * JVM's own java first on the path, and free ports.
   */
  public static Map<String, String> environment(
      Map<String, String> shell, Map<String, String> s3, Path cache) throws IOException {
    var variables = new HashMap<String, String>();
    for (String name : List.of("HOME", "LANG", "TZ", "TMPDIR")) {
      Optional.ofNullable(shell.get(name)).ifPresent(value -> variables.put(name, value));
    }
    String path = shell.getOrDefault("PATH", "/usr/local/bin:/usr/bin:/bin");
    variables.put("PATH", JAVA.getParent() + File.pathSeparator + path);
    variables.putAll(s3);
    variables.put("PAR_CACHE_DIR", cache.toString());
    for (String port : PORTS) {
      variables.put(port, String.valueOf(freePort()));
    }
    return variables;
  }

  /**
   * A port that is free now, below the ephemeral ports, and not given out before by this JVM:
   * nothing else should take it until the launcher does.
   */
  public static int freePort() throws IOException {
    for (int tries = 0; tries < PORT_COUNT; tries++) {
      int port = FIRST_PORT + ThreadLocalRandom.current().nextInt(PORT_COUNT);
      if (GIVEN.add(port) && isFree(port)) {
        return port;
      }
    }
    GIVEN.clear();
    throw new IOException("no port from " + FIRST_PORT + " on is free");
  }

  /** Connects instead of binding: binding could collide with an agent that starts. */
  public static boolean isListening(String port) {
    if (!port.matches("\\d{1,5}") || Integer.parseInt(port) > 65_535) {
      return false;
    }
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(port)), 1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  public static boolean isFree(int port) {
    try (var socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }
}
