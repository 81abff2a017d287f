package global.pixell.par.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * HTTP/1.1 on loopback, one thread a connection, with the socket in reach: faults are made of bytes
 * that do not come, so no ready server would do.
 */
final class WireServer implements AutoCloseable {

  /** One request; the body must be read through before the next is. */
  record Request(String method, String target, Map<String, String> headers, InputStream body) {
    String header(String name) {
      return headers.getOrDefault(name, "");
    }

    /** Whether the head announces a body, were it an empty one of unknown length. */
    boolean hasBody() {
      return !header("Transfer-Encoding").isEmpty() || !header("Content-Length").matches("0*");
    }
  }

  /** Where the answer goes. */
  record Connection(Socket socket, OutputStream out) {
    void head(int status, String reason, Map<String, String> headers) throws IOException {
      var head = new StringBuilder("HTTP/1.1 " + status + " " + reason + "\r\n");
      headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
      out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    /**
     * The peer sees a reset, not an end: what an overloaded or dying server does. What was written
     * before has been delivered.
     */
    void reset() throws IOException {
      out.flush();
      SendQueue.drain(socket);
      socket.setSoLinger(true, 0);
      socket.close();
    }

    /** Waits until the client closes, or the server does. */
    void awaitPeerGone() throws IOException {
      out.flush();
      var in = socket.getInputStream();
      while (in.read() >= 0) {
        // A client that says more before it goes.
      }
    }
  }

  /** Answers requests. */
  interface Handler {
    void handle(Request request, Connection connection) throws IOException;
  }

  private static final int MAX_LINE = 64 * 1024;
  private static final Pattern LENGTH = Pattern.compile("\\d{1,18}");
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-fA-F]{1,15}");
  private static final Duration THREAD_END = Duration.ofSeconds(5);

  private final Handler handler;
  private final Line line;
  private final int port;
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final AtomicInteger connections = new AtomicInteger();
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();
  private ServerSocket server;
  private Thread acceptor;
  private volatile boolean closed;

  WireServer(int port, Handler handler, Line line) {
    this.handler = handler;
    this.line = line;
    server = listenOn(port);
    this.port = server.getLocalPort();
    acceptor = accept(server);
  }

  int port() {
    return port;
  }

  private static ServerSocket listenOn(int port) {
    try {
      var server = new ServerSocket();
      server.setReuseAddress(true);
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException("port " + port + " of loopback cannot be listened on", e);
    }
  }

  /** Refuses connections, and ends those that are open. */
  synchronized void stopListening() {
    quietly(server);
    // Only when nobody is in accept any more has the kernel let go of the port.
    join(acceptor);
    open.forEach(WireServer::quietly);
  }

  /** Listens on the same port again. */
  synchronized void startListening() {
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
              // Closed, or a client that left before it was accepted.
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
          new Connection(
              socket, new BufferedOutputStream(line.pace(socket.getOutputStream()), 1 << 16));
      while (!socket.isClosed() && exchange(in, connection)) {
        // One request after the other.
      }
    } catch (IOException e) {
      // The peer left, or a fault closed the connection.
    } finally {
      open.remove(socket);
    }
  }

  private boolean exchange(InputStream in, Connection connection) throws IOException {
    String start = line(in);
    if (start.isEmpty()) {
      return false;
    }
    String[] words = start.split(" ", 3);
    if (words.length < 3 || !words[2].startsWith("HTTP/1.")) {
      return refused(connection);
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
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
    handler.handle(new Request(words[0], words[1], headers, awaited), connection);
    if (!connection.socket().isClosed()) {
      connection.out().flush();
    }
    if (awaited.isAwaited()) {
      // Nobody knows whether the body comes after all.
      return false;
    }
    awaited.readToItsEnd();
    boolean mayStay = !words[2].equals("HTTP/1.0");
    return mayStay && !headers.getOrDefault("Connection", "").equalsIgnoreCase("close");
  }

  /** What cannot be read ends the connection: where the next request begins nobody knows. */
  private static boolean refused(Connection connection) throws IOException {
    connection.head(400, "Bad Request", Map.of("Content-Length", "0", "Connection", "close"));
    connection.out().flush();
    return false;
  }

  static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (line.length() > MAX_LINE) {
        throw new IOException("a header line is over " + MAX_LINE + " bytes");
      }
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  /** Ends every connection and waits for their threads: none is left behind. */
  @Override
  public void close() {
    closed = true;
    stopListening();
    for (Thread thread : threads) {
      thread.interrupt();
    }
    threads.forEach(WireServer::join);
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
      // It is as gone as it can be.
    }
  }

  /** A body of known length. */
  private static final class BoundedBody extends InputStream {
    private final InputStream in;
    private long left;

    BoundedBody(InputStream in, long length) {
      this.in = in;
      this.left = length;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (left == 0) {
        return -1;
      }
      int n = in.read(bytes, offset, (int) Math.min(left, length));
      if (n < 0) {
        throw new ConnectionLost("the client left with " + left + " bytes of the body to come");
      }
      left -= n;
      return n;
    }
  }

  /** A body that the client sends once it is asked to, where it said so. */
  private static final class AwaitedBody extends InputStream {
    private final InputStream in;
    private @Nullable OutputStream client;

    AwaitedBody(InputStream in, @Nullable OutputStream client) {
      this.in = in;
      this.client = client;
    }

    /** What the handler left unread stands before the next request. */
    void readToItsEnd() throws IOException {
      byte[] buffer = new byte[1 << 16];
      while (read(buffer, 0, buffer.length) >= 0) {
        // Nobody wants it.
      }
    }

    /** Whether it was never asked for. */
    boolean isAwaited() {
      return client != null;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (client != null) {
        client.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        client.flush();
        client = null;
      }
      try {
        return in.read(bytes, offset, length);
      } catch (S3Failure | ConnectionLost e) {
        throw e;
      } catch (IOException e) {
        throw new ConnectionLost("the client left within a body: " + e.getMessage());
      }
    }
  }

  /** {@code Transfer-Encoding: chunked}; extensions and trailers are skipped. */
  private static final class ChunkedBody extends InputStream {
    private final InputStream in;
    private long left;
    private boolean ended;
    private boolean broken;

    ChunkedBody(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (broken) {
        throw new ConnectionLost("nobody knows where the next request begins");
      }
      if (left == 0 && !ended) {
        nextChunk();
      }
      if (ended) {
        return -1;
      }
      int n = in.read(bytes, offset, (int) Math.min(left, length));
      if (n < 0) {
        throw new ConnectionLost("the client left within a chunk");
      }
      left -= n;
      if (left == 0) {
        line(in);
      }
      return n;
    }

    private void nextChunk() throws IOException {
      String size = line(in).split(";", 2)[0].strip();
      if (size.isEmpty()) {
        throw new ConnectionLost("the client left between two chunks");
      }
      if (!CHUNK_SIZE.matcher(size).matches()) {
        broken = true;
        throw new S3Failure(400, "IncompleteBody", "The request body terminated unexpectedly");
      }
      left = Long.parseLong(size, 16);
      if (left == 0) {
        ended = true;
        while (!line(in).isEmpty()) {
          // A trailer.
        }
      }
    }
  }
}
