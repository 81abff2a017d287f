package global.pixell.par.testkit.internal.http;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/**
 * An HTTP/1.1 server with one thread per connection, on loopback by default. It exposes the socket,
 * because faults such as resets and missing bytes need it and ready-made servers hide it.
 */
public final class LoopbackHttpServer implements AutoCloseable {

  /** Answers requests. */
  public interface Handler {
    void handle(HttpRequest request, HttpConnection connection) throws IOException;
  }

  private static final Duration THREAD_END = Duration.ofSeconds(5);

  private final Handler handler;
  private final NetworkConditions network;
  private final InetAddress address;
  private final int port;
  private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private ServerSocket server;
  private Thread acceptor;
  private volatile boolean closed;

  public LoopbackHttpServer(int port, Handler handler, NetworkConditions network) {
    this(InetAddress.getLoopbackAddress(), port, handler, network);
  }

  /**
   * Starts a server.
   *
   * @param address where it listens
   * @param port 0 for a free one
   * @throws UncheckedIOException when it cannot listen there
   */
  public LoopbackHttpServer(
      InetAddress address, int port, Handler handler, NetworkConditions network) {
    this.handler = handler;
    this.network = network;
    this.address = address;
    server = listenOn(address, port);
    this.port = server.getLocalPort();
    acceptor = accept(server);
  }

  public int port() {
    return port;
  }

  /**
   * Closes a socket once, in advance. When the JDK's class for closing sockets is first used, it
   * needs file descriptors of its own. If none are left at that time, the JVM can never close a
   * socket again.
   */
  private static void prepareClosing() throws IOException {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
    }
  }

  private static ServerSocket listenOn(InetAddress address, int port) {
    try {
      prepareClosing();
      var server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(address, port), 1024);
      return server;
    } catch (IOException e) {
      String where = address.isLoopbackAddress() ? "loopback" : address.getHostAddress();
      throw new UncheckedIOException("cannot listen on port " + port + " of " + where, e);
    }
  }

  /** Closes the open connections and refuses new ones, until {@link #reconnect}. */
  public synchronized void disconnect() {
    quietly(server);
    acceptor.interrupt();
    // The kernel frees the port only after accept has returned.
    join(acceptor);
    closeConnections(connection -> true);
  }

  /** Closes some of the open connections, and ends their waits. */
  public void closeConnections(Predicate<HttpConnection> which) {
    open.stream().filter(which).forEach(connection -> quietly(connection.socket()));
    network.wake();
  }

  /** Listens on the same port again. */
  public synchronized void reconnect() {
    if (server.isClosed() && !closed) {
      server = listenOn(address, port);
      acceptor = accept(server);
    }
  }

  private Thread daemon(String name, Runnable work) {
    var thread =
        DaemonThreads.create(
            name,
            () -> {
              try {
                work.run();
              } finally {
                threads.remove(Thread.currentThread());
              }
            });
    threads.add(thread);
    try {
      thread.start();
    } catch (OutOfMemoryError e) {
      threads.remove(thread);
      throw e;
    }
    return thread;
  }

  private Thread accept(ServerSocket listening) {
    return daemon(
        "fake-s3-" + port + "-accept",
        new Acceptor(
            listening,
            this::connected,
            pause -> Thread.sleep(pause.toMillis()),
            System.err::println));
  }

  private void connected(Socket socket) throws IOException {
    HttpConnection connection;
    try {
      socket.setTcpNoDelay(true);
      connection = new HttpConnection(socket, network);
    } catch (IOException | Error e) {
      socket.close();
      throw e;
    }
    try {
      open.add(connection);
      if (closed) {
        socket.close();
      }
      daemon("fake-s3-" + port + "-" + connections.incrementAndGet(), () -> serve(connection));
    } catch (IOException | Error e) {
      // The JVM also throws OutOfMemoryError when the system has no thread left.
      open.remove(connection);
      socket.close();
      throw e;
    }
  }

  private void serve(HttpConnection connection) {
    try {
      while (!connection.isClosed() && exchange(connection)) {
        // Each call handles one request and its answer.
      }
    } catch (IOException e) {
      // The client left, or a fault closed the connection.
    } finally {
      quietly(connection.socket());
      open.remove(connection);
    }
  }

  /** Answers one request. Returns whether another request may follow. */
  private boolean exchange(HttpConnection connection) throws IOException {
    Optional<RequestHead> read;
    try {
      read = RequestHead.read(connection.in());
    } catch (MalformedHeadException e) {
      connection.refuse(e);
      return false;
    }
    if (read.isEmpty()) {
      return false;
    }
    RequestHead head = read.get();
    InputStream in = connection.in();
    InputStream body = head.chunked() ? new ChunkedBody(in) : new BoundedBody(in, head.length());
    var awaited = new AwaitedBody(body, head.expectsContinue() ? connection.out() : null);
    handler.handle(
        new HttpRequest(head.method(), head.target(), head.headers(), awaited), connection);
    if (connection.isClosed()) {
      return false;
    }
    connection.out().flush();
    if (awaited.isAwaited()) {
      // The client may or may not send the body, so the connection cannot be used again.
      return false;
    }
    awaited.readToItsEnd();
    return head.persistent();
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
      // Nothing more can be done.
    }
  }
}
