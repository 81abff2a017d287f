package global.pixell.par.launcher.probe;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Asks a server on this machine, within a deadline that counts everything: connecting, each byte of
 * the answer, and interim answers such as 100 Continue. The JDK's client has deadlines for single
 * reads only, so a server that sends one byte from time to time holds it for ever.
 *
 * <p>For one check; {@link #abort()} may be called from another thread.
 */
public final class HttpCheck {

  /**
   * What a server answered.
   *
   * @param status the HTTP status; 0 for none
   * @param description for people, such as {@code HTTP 503} or {@code connection refused}
   */
  public record Answer(int status, String description) {

    /** Whether the server says that all is well: 2xx or 3xx. */
    public boolean ok() {
      return status >= 200 && status < 400;
    }
  }

  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] (\\d{3})(?: .*)?");
  private static final int MAX_HEAD = 64 * 1024;
  private static final int MAX_BODY = 1 << 20;

  /**
   * The time for the rest of an answer whose status is known; a server may keep the connection
   * open.
   */
  private static final int REST_MILLIS = 250;

  private final int port;
  private final Duration timeout;
  private final long deadline;
  private volatile @Nullable Socket socket;
  private volatile boolean aborted;

  /**
   * A check that begins now.
   *
   * @param port on this machine
   * @param timeout for all of it
   */
  public HttpCheck(int port, Duration timeout) {
    this.port = port;
    this.timeout = timeout;
    this.deadline = System.nanoTime() + timeout.toNanos();
  }

  /** {@code GET path}; redirects are not followed. Never throws. */
  public Answer get(String path) {
    try (Socket connected = connect()) {
      String request =
          "GET "
              + path
              + " HTTP/1.1\r\nHost: 127.0.0.1:"
              + port
              + "\r\nUser-Agent: par-probe\r\nAccept: */*\r\nConnection: close\r\n\r\n";
      connected.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      int status = status(connected);
      while (status >= 100 && status < 200) {
        skipHead(connected);
        status = status(connected);
      }
      readRest(connected);
      return new Answer(status, "HTTP " + status);
    } catch (IOException e) {
      return new Answer(0, describe(e));
    }
  }

  /** Whether the port accepts a connection. Never throws. */
  public Answer accepts() {
    try (Socket connected = connect()) {
      return new Answer(200, "port " + connected.getPort() + " accepts connections");
    } catch (IOException e) {
      return new Answer(0, describe(e));
    }
  }

  /** Ends the check at once, from another thread. */
  public void abort() {
    aborted = true;
    Socket open = socket;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // Nothing to do, because the connection ends anyway.
      }
    }
  }

  /** Some servers that bind "localhost" listen on its IPv6 address alone. */
  private Socket connect() throws IOException {
    try {
      return connect(loopback("127.0.0.1"));
    } catch (SocketTimeoutException e) {
      throw e;
    } catch (IOException refused) {
      try {
        return connect(loopback("::1"));
      } catch (IOException e) {
        throw refused;
      }
    }
  }

  private static InetAddress loopback(String literal) throws UnknownHostException {
    return InetAddress.getByName(literal);
  }

  private Socket connect(InetAddress address) throws IOException {
    var fresh = new Socket();
    socket = fresh;
    if (aborted) {
      fresh.close();
      throw new IOException("the check was aborted");
    }
    try {
      fresh.connect(new InetSocketAddress(address, port), remainingMillis());
      return fresh;
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
  }

  private int status(Socket from) throws IOException {
    String line = line(from);
    Matcher matcher = STATUS.matcher(line);
    if (!matcher.matches()) {
      throw new NotHttpException(line);
    }
    return Integer.parseInt(matcher.group(1));
  }

  /**
   * Reads what follows the status, so that an agent that is still writing its answer gets no broken
   * pipe, which many servers log with a stack trace. The verdict does not depend on it.
   */
  private void readRest(Socket from) {
    long end = System.nanoTime() + REST_MILLIS * 1_000_000L;
    try {
      InputStream in = from.getInputStream();
      var buffer = new byte[8192];
      int length = 0;
      for (int n = 0; n >= 0 && length < MAX_BODY; length += n) {
        long millis = (end - System.nanoTime()) / 1_000_000;
        if (millis <= 0) {
          return;
        }
        from.setSoTimeout((int) Math.min(millis, remainingMillis()));
        n = in.read(buffer);
      }
    } catch (IOException e) {
      // The server closed the connection, or sends nothing more.
    }
  }

  private void skipHead(Socket from) throws IOException {
    while (!line(from).isEmpty()) {
      // A header of an interim answer.
    }
  }

  private String line(Socket from) throws IOException {
    InputStream in = from.getInputStream();
    var line = new StringBuilder();
    while (line.length() < MAX_HEAD) {
      from.setSoTimeout(remainingMillis());
      int b = in.read();
      if (b < 0) {
        throw new IOException("the connection was closed without an answer");
      }
      if (b == '\n') {
        return line.toString().stripTrailing();
      }
      line.append((char) b);
    }
    throw new NotHttpException(line.toString());
  }

  private int remainingMillis() throws SocketTimeoutException {
    long millis = (deadline - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException();
    }
    return (int) Math.min(millis, Integer.MAX_VALUE);
  }

  private String describe(IOException e) {
    if (e instanceof SocketTimeoutException) {
      return "no answer within " + timeout.toMillis() + " ms";
    }
    if (e instanceof NotHttpException notHttp) {
      return "an answer that is not HTTP: '" + notHttp.getMessage() + "'";
    }
    String message = String.valueOf(e.getMessage());
    return message.contains("refused") ? "connection refused" : message;
  }

  private static final class NotHttpException extends IOException {
    private static final long serialVersionUID = 1L;

    NotHttpException(String line) {
      super(printable(line.length() > 80 ? line.substring(0, 80) + "…" : line));
    }

    private static String printable(String line) {
      return line.replaceAll("[^ -~…]", "?");
    }
  }
}
