package global.pixell.par.testkit.internal.http;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/**
 * An HTTP/1.1 server on loopback with one thread per connection. It exposes the socket, because
 * faults such as resets and missing bytes need it; ready-made servers hide it.
 */
public final class LoopbackHttpServer implements AutoCloseable {

  /** Answers requests. */
  public interface Handler {
    void handle(HttpRequest request, HttpConnection connection) throws IOException;
  }

  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
  private static final Duration THREAD_END = Duration.ofSeconds(5);

  private final Handler handler;
  private final NetworkConditions line;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private ServerSocket server;
  private Thread acceptor;
  private volatile boolean closed;

  public LoopbackHttpServer(int port, Handler handler, NetworkConditions line) {
    this.handler = handler;
    this.line = line;
    server = listenOn(port);
    this.port = server.getLocalPort();
    acceptor = accept(server);
  }

  public int port() {
    return port;
  }

  private static ServerSocket listenOn(int port) {
    try {
      var server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port + " of loopback", e);
    }
  }

  /** Refuses new connections and closes the open ones. */
  public synchronized void disconnect() {
    quietly(server);
    // The kernel frees the port only after accept has returned.
    join(acceptor);
    open.forEach(LoopbackHttpServer::quietly);
  }

  /** Listens on the same port again. */
  public synchronized void reconnect() {
    if (server.isClosed() && !closed) {
      server = listenOn(port);
      acceptor = accept(server);
    }
  }

  private Thread daemon(String name, Runnable work) {
    var thread =
        new Thread(
            () -> {
              try {
                work.run();
              } finally {
                threads.remove(Thread.currentThread());
              }
            },
            name);
    thread.setDaemon(true);
    threads.add(thread);
    thread.start();
    return thread;
  }

  private Thread accept(ServerSocket listening) {
    return daemon(
        "fake-s3-" + port + "-accept",
        () -> {
          while (!listening.isClosed()) {
            try {
              connected(listening.accept());
            } catch (IOException e) {
              // The server is closed, or a client left before it was accepted.
            }
          }
        });
  }

  private void connected(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    open.add(socket);
    if (closed) {
      socket.close();
    }
    daemon("fake-s3-" + port + "-" + connections.incrementAndGet(), () -> serve(socket));
  }

  private void serve(Socket socket) {
    try (socket) {
      var in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
      var connection =
          new HttpConnection(
              socket, new BufferedOutputStream(line.throttle(socket.getOutputStream()), 1 << 16));
      while (!socket.isClosed() && exchange(in, connection)) {
        // Each exchange is one request and its answer.
      }
    } catch (IOException e) {
      // The peer left, or a fault closed the connection.
    } finally {
      open.remove(socket);
    }
  }

  private boolean exchange(InputStream in, HttpConnection connection) throws IOException {
    String start = HttpLine.read(in);
    if (start.isEmpty()) {
      return false;
    }
    String[] words = start.split(" ", 3);
    if (words.length < 3 || !words[2].startsWith("HTTP/1.")) {
      return refused(connection);
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String header = HttpLine.read(in); !header.isEmpty(); header = HttpLine.read(in)) {
      int colon = header.indexOf(':');
      if (colon > 0) {
        headers.merge(
            header.substring(0, colon).strip(),
            header.substring(colon + 1).strip(),
            (a, b) -> a + "," + b);
      }
    }
    boolean chunked =
        headers.getOrDefault("Transfer-Encoding", "").toLowerCase(Locale.ROOT).contains("chunked");
    String length = headers.getOrDefault("Content-Length", "0");
    if (!chunked && !LENGTH.matcher(length).matches()) {
      return refused(connection);
    }
    InputStream body = chunked ? new ChunkedBody(in) : new BoundedBody(in, Long.parseLong(length));
    boolean asksFirst = headers.getOrDefault("Expect", "").equalsIgnoreCase("100-continue");
    var awaited = new AwaitedBody(body, asksFirst ? connection.out() : null);
    handler.handle(new HttpRequest(words[0], words[1], headers, awaited), connection);
    if (!connection.socket().isClosed()) {
      connection.out().flush();
    }
    if (awaited.isAwaited()) {
      // The client may or may not send the body, so the connection cannot be used again.
      return false;
    }
    awaited.readToItsEnd();
    boolean mayStay = !words[2].equals("HTTP/1.0");
    return mayStay && !headers.getOrDefault("Connection", "").equalsIgnoreCase("close");
  }

  /** Answers 400 and closes the connection: the start of the next request is unknown. */
  private static boolean refused(HttpConnection connection) throws IOException {
    connection.head(400, "Bad Request", Map.of("Content-Length", "0", "Connection", "close"));
    connection.out().flush();
    return false;
  }

  /** Closes every connection and waits for its thread. */
  @Override
  public void close() {
    closed = true;
    disconnect();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    threads.forEach(LoopbackHttpServer::join);
  }

  private static void join(Thread thread) {
    try {
      if (thread != Thread.currentThread()) {
        thread.join(THREAD_END.toMillis());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void quietly(Closeable resource) {
    try {
      resource.close();
    } catch (IOException e) {
      // Nothing else can be done.
    }
  }
}
