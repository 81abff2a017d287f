package global.pixell.par.launcher.health;

import global.pixell.par.ParException;
import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Answers {@code /health}, {@code /live} and {@code /meta} from the first moments of the process. A
 * report that throws is unhealthy.
 *
 * <p>No client can silence it: one thread serves all connections and never waits for one of them,
 * each has {@value #DEADLINE_MILLIS} ms in all, and a new one replaces the oldest when {@value
 * #MAX_CONNECTIONS} are open. The JDK's server keeps a thread for each request until its last byte
 * arrives, so a few half-sent requests block all others.
 */
public final class HealthServer implements AutoCloseable {

  private static final long DEADLINE_MILLIS = 5_000;
  private static final int MAX_CONNECTIONS = 256;
  private static final int BACKLOG = 256;

  private final ServerSocketChannel server;
  private final Selector selector;
  private final Map<String, Supplier<Reply>> pages;
  private final Thread thread;

  /** Oldest first. Only the server's thread uses it. */
  private final Set<HealthConnection> open = new LinkedHashSet<>();

  private volatile boolean closed;

  private HealthServer(
      ServerSocketChannel server, Selector selector, Map<String, Supplier<Reply>> pages) {
    this.server = server;
    this.selector = selector;
    this.pages = pages;
    this.thread = DaemonThreads.create("par-health", this::serve);
  }

  /**
   * Starts to listen on all interfaces, because the load balancer asks from outside.
   *
   * @param port 0 for a random one
   * @param health called for each request; must not block
   * @param meta called for each request; must not block
   * @throws ParException of kind {@code CONFIG} when PAR cannot listen on the port
   */
  public static HealthServer start(
      int port, Supplier<Health> health, Supplier<Map<String, Object>> meta) {
    Map<String, Supplier<Reply>> pages =
        Map.of(
            "/health", () -> Reply.of(health.get()),
            "/live", () -> new Reply(200, Map.of("ok", true)),
            "/meta", () -> new Reply(200, meta.get()));
    try {
      var server = new HealthServer(listen(port), Selector.open(), pages);
      server.server.register(server.selector, SelectionKey.OP_ACCEPT);
      server.thread.start();
      return server;
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "PAR cannot listen on HEALTH_PORT " + port + ": " + e.getMessage() + ".",
          "Free the port or set HEALTH_PORT to another.",
          e);
    }
  }

  private static ServerSocketChannel listen(int port) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    try {
      server.configureBlocking(false);
      server.bind(new InetSocketAddress(port), BACKLOG);
      return server;
    } catch (IOException e) {
      server.close();
      throw e;
    }
  }

  /** The port it listens on. */
  public int port() {
    return server.socket().getLocalPort();
  }

  /**
   * A status and a JSON object.
   *
   * @param status of HTTP
   * @param body the object
   */
  record Reply(int status, Map<String, Object> body) {

    static Reply of(Health health) {
      return new Reply(health.ok() ? 200 : 503, health.toMap());
    }

    static Reply error(int status, String error) {
      var body = new LinkedHashMap<String, Object>();
      body.put("ok", false);
      body.put("error", error);
      return new Reply(status, body);
    }
  }

  private void serve() {
    while (!closed) {
      try {
        selector.select(timeToFirstDeadline());
        Iterator<SelectionKey> ready = selector.selectedKeys().iterator();
        while (ready.hasNext()) {
          SelectionKey key = ready.next();
          ready.remove();
          if (key.attachment() instanceof HealthConnection connection) {
            goOn(connection);
          } else {
            accept();
          }
        }
        closeLate();
      } catch (IOException | RuntimeException e) {
        // This concerns one connection or one moment (no file descriptor left), so the server
        // continues.
        pause();
      }
    }
    List.copyOf(open).forEach(HealthConnection::close);
  }

  private static void pause() {
    try {
      Thread.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void accept() throws IOException {
    SocketChannel channel = server.accept();
    if (channel == null) {
      return;
    }
    if (open.size() >= MAX_CONNECTIONS) {
      drop(open.iterator().next());
    }
    channel.configureBlocking(false);
    var connection =
        new HealthConnection(channel, this::reply, System.nanoTime() + DEADLINE_MILLIS * 1_000_000);
    open.add(connection);
    connection.register(selector);
  }

  private void goOn(HealthConnection connection) {
    if (!connection.goOn()) {
      drop(connection);
    }
  }

  private void drop(HealthConnection connection) {
    open.remove(connection);
    connection.close();
  }

  private long timeToFirstDeadline() {
    return open.isEmpty() ? 0 : Math.max(1, open.iterator().next().millisLeft());
  }

  private void closeLate() {
    while (!open.isEmpty() && open.iterator().next().millisLeft() <= 0) {
      drop(open.iterator().next());
    }
  }

  private Reply reply(String method, String target) {
    Supplier<Reply> page = pages.get(path(target));
    if (page == null) {
      return Reply.error(404, "There is no such path; there are /health, /live and /meta.");
    }
    if (!method.equals("GET") && !method.equals("HEAD")) {
      return Reply.error(405, "Only GET and HEAD are allowed.");
    }
    try {
      return page.get();
    } catch (RuntimeException e) {
      Reply failed = Reply.error(503, "The check failed: " + e + ".");
      failed.body().put("state", "failed");
      return failed;
    }
  }

  private static String path(String target) {
    String path = target.replaceFirst("^[Hh][Tt][Tt][Pp]://[^/?#]*", "");
    int end = path.indexOf('?');
    return end < 0 ? path : path.substring(0, end);
  }

  /** Stops listening, and closes the connections. */
  @Override
  public void close() {
    closed = true;
    try {
      server.close();
    } catch (IOException e) {
      // The server is closing anyway.
    }
    selector.wakeup();
    try {
      thread.join(1000);
      selector.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      // The process ends soon.
    }
  }
}
