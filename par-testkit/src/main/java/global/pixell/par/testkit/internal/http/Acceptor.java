package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/**
 * Accepts connections until its socket is closed. When the process has no file descriptor or thread
 * left, each attempt fails at once, so the attempts are spaced until one succeeds.
 */
final class Acceptor implements Runnable {

  /** What is done with a connection; it closes the connection if it fails. */
  interface Connections {
    void accepted(Socket socket) throws IOException;
  }

  /** A wait that ends early when the server closes. */
  interface Pause {
    void await(Duration time) throws InterruptedException;
  }

  private static final System.Logger LOG = System.getLogger(Acceptor.class.getName());

  static final Duration SHORTEST = Duration.ofMillis(10);
  static final Duration LONGEST = Duration.ofSeconds(1);

  private final ServerSocket server;
  private final Connections connections;
  private final Pause pause;
  private Duration next = Duration.ZERO;
  private boolean warned;

  Acceptor(ServerSocket server, Connections connections, Pause pause) {
    this.server = server;
    this.connections = connections;
    this.pause = pause;
  }

  @Override
  public void run() {
    try {
      while (!server.isClosed()) {
        try {
          connections.accepted(server.accept());
          next = Duration.ZERO;
        } catch (IOException | OutOfMemoryError e) {
          // Closed, or a client left before it was accepted, or something has run out.
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
      LOG.log(
          System.Logger.Level.WARNING,
          "The fake S3 on port {0} cannot accept connections: {1}. It tries again until it can;"
              + " close connections, or raise the limit of open files (ulimit -n).",
          String.valueOf(server.getLocalPort()),
          cause);
    }
    pause.await(next);
    Duration doubled = next.multipliedBy(2);
    next = doubled.compareTo(LONGEST) > 0 ? LONGEST : doubled;
  }
}
