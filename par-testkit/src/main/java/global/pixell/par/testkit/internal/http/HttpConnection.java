package global.pixell.par.testkit.internal.http;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A client's connection, and the stream to which the server writes answers. */
public final class HttpConnection {

  private static final int BUFFER = 1 << 16;
  private static final int LINGER_MILLIS = 1000;
  private static final int LINGER_BYTES = 1 << 20;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private volatile boolean exempt;

  HttpConnection(Socket socket, NetworkConditions network) throws IOException {
    this.socket = socket;
    in = new BufferedInputStream(socket.getInputStream(), BUFFER);
    out = new BufferedOutputStream(network.throttle(this, socket.getOutputStream()), BUFFER);
  }

  public Socket socket() {
    return socket;
  }

  public OutputStream out() {
    return out;
  }

  InputStream in() {
    return in;
  }

  /** Whether network conditions do not apply to this connection now. */
  public boolean isExempt() {
    return exempt;
  }

  /**
   * Exempts the connection from network conditions, or ends that. Applies to bytes written from now
   * on and until the next change.
   */
  public void exempt(boolean from) {
    exempt = from;
  }

  /** Whether this side has closed the connection. */
  public boolean isClosed() {
    return socket.isClosed();
  }

  /**
   * Whether the client or this side has closed the connection. A client that sent bytes before it
   * left counts as present until the server has read them. The connection's thread must not read
   * meanwhile.
   */
  public boolean isPeerGone() {
    try {
      socket.setSoTimeout(1);
      try {
        in.mark(1);
        boolean ended = in.read() < 0;
        in.reset();
        return ended;
      } catch (SocketTimeoutException e) {
        return false;
      } finally {
        socket.setSoTimeout(0);
      }
    } catch (IOException e) {
      return true;
    }
  }

  public void head(int status, String reason, Map<String, String> headers) throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + status + " " + reason + "\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Answers a malformed request. The connection then ends, because the start of the next request is
   * unknown.
   */
  void refuse(MalformedHeadException fault) throws IOException {
    byte[] body = (fault.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
    head(
        fault.status(),
        ReasonPhrase.of(fault.status()),
        Map.of(
            "Content-Type",
            "text/plain; charset=utf-8",
            "Content-Length",
            String.valueOf(body.length),
            "Connection",
            "close"));
    out.write(body);
    out.flush();
    linger();
  }

  /**
   * Ends the output, and reads what the client still sends. Closing a socket with unread bytes
   * resets the connection, and the client might lose the answer.
   */
  private void linger() throws IOException {
    socket.shutdownOutput();
    socket.setSoTimeout(LINGER_MILLIS);
    byte[] buffer = new byte[8192];
    for (int count = 0, n = 0; n >= 0 && count < LINGER_BYTES; count += n) {
      n = in.read(buffer);
    }
  }

  /**
   * Resets the connection (TCP RST), as an overloaded or dying server does. First waits for the
   * delivery of the bytes already written.
   */
  public void reset() throws IOException {
    out.flush();
    SocketSendBuffer.drain(socket);
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Sends the bytes already written and closes the connection in the regular way. */
  public void close() throws IOException {
    out.flush();
    linger();
    socket.close();
  }

  /** Waits until the client or the server closes the connection. */
  public void awaitPeerGone() throws IOException {
    out.flush();
    var wire = socket.getInputStream();
    while (wire.read() >= 0) {
      // Discard the bytes.
    }
  }
}
