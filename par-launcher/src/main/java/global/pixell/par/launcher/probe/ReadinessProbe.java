package global.pixell.par.launcher.probe;

import global.pixell.par.AgentManifest;
import global.pixell.par.launcher.config.LauncherConfig;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/**
 * Whether the agent is ready, asked as its manifest declares; without a declaration, whether it has
 * lived for the grace time.
 */
public final class ReadinessProbe {

  /** An agent that cannot bind its port or import its code is dead well within it. */
  static final Duration GRACE = Duration.ofSeconds(1);

  private static final int TIMEOUT_MS = 1000;

  private final Optional<AgentManifest.Readiness> declared;
  private final LauncherConfig.Ports ports;
  private final long started = System.nanoTime();
  private volatile boolean lineSeen;

  public ReadinessProbe(Optional<AgentManifest.Readiness> declared, LauncherConfig.Ports ports) {
    this.declared = declared;
    this.ports = ports;
  }

  public void line(String text) {
    if (declared
        .filter(r -> r.probe() == AgentManifest.Probe.LINE && text.contains(r.value()))
        .isPresent()) {
      lineSeen = true;
    }
  }

  public String describe() {
    return declared
        .map(
            r ->
                switch (r.probe()) {
                  case HTTP -> "GET " + r.value() + " on port " + ports.rest();
                  case TCP -> "a connection to port " + ports.a2a();
                  case LINE -> "the line '" + r.value() + "'";
                })
        .orElse("being alive for " + GRACE.toMillis() + " ms");
  }

  public boolean passes() {
    if (declared.isEmpty()) {
      return System.nanoTime() - started >= GRACE.toNanos();
    }
    return switch (declared.get().probe()) {
      case HTTP -> http(declared.get().value());
      case TCP -> tcp();
      case LINE -> lineSeen;
    };
  }

  private boolean http(String path) {
    try {
      var url = URI.create("http://127.0.0.1:" + ports.rest() + path).toURL();
      var connection = (HttpURLConnection) url.openConnection(java.net.Proxy.NO_PROXY);
      connection.setConnectTimeout(TIMEOUT_MS);
      connection.setReadTimeout(TIMEOUT_MS);
      connection.setInstanceFollowRedirects(false);
      int status = connection.getResponseCode();
      connection.disconnect();
      return status >= 200 && status < 400;
    } catch (IOException | IllegalArgumentException e) {
      return false;
    }
  }

  private boolean tcp() {
    try (var socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.a2a()), TIMEOUT_MS);
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
