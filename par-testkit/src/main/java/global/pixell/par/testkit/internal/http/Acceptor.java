package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Accepts connections until its socket is closed. When the process has no file descriptor or thread
 * left, each attempt fails at once, so the acceptor pauses between attempts until one succeeds.
 */
final class Acceptor implements Runnable {

  /** Handles a new connection, and closes it if that fails. */
  interface Connections {
    void accepted(Socket socket) throws IOException;
  }

  /** A wait that ends early when the server closes. */
  interface Pause {
    void await(Duration time) throws InterruptedException;
  }

  static final Duration SHORTEST = Duration.ofMillis(10);
  static final Duration LONGEST = Duration.ofSeconds(1);

  private final ServerSocket server;
  private final Connections connections;
  private final Pause pause;
  private final Consumer<String> warnings;
  private Duration next = Duration.ZERO;
  private boolean warned;

  /**
   * Accepts the connections of a socket.
   *
   * @param warnings receives at most one sentence. It must not open a file, because the process may
   *     have no file descriptor left
   */
  Acceptor(ServerSocket server, Connections connections, Pause pause, Consumer<String> warnings) {
    this.server = server;
    this.connections = connections;
    this.pause = pause;
    this.warnings = warnings;
  }

  @Override
  public void run() {
    try {
      while (!server.isClosed()) {
        try {
          connections.accepted(server.accept());
          next = Duration.ZERO;
        } catch (IOException | Error e) {
          // The socket is closed, or a client left before it was accepted, or the process has no
          // thread or no file descriptor left, perhaps even to load a class.
          failed(e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void failed(Throwable cause) throws InterruptedException {
    if (server.isClosed()) {
      return;
    }
    if (next.isZero()) {
      next = SHORTEST;
      return;
    }
    if (!warned) {
      warned = true;
      warnings.accept(
          "The fake S3 on port "
              + server.getLocalPort()
              + " cannot accept connections: "
              + cause
              + ". It tries again until it can; close connections, or raise the limit of open"
              + " files (ulimit -n).");
    }
    pause.await(next);
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
  }
}
