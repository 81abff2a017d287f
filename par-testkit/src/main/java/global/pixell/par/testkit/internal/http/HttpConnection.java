package global.pixell.par.testkit.internal.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The connection that the answer is written to. */
public record HttpConnection(Socket socket, OutputStream out) {
  public void head(int status, String reason, Map<String, String> headers) throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + status + " " + reason + "\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Resets the connection (TCP RST), as an overloaded or dying server does. Bytes written before
   * are delivered.
   */
  public void reset() throws IOException {
    out.flush();
    SocketSendBuffer.drain(socket);
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Waits until the client or the server closes the connection. */
  public void awaitPeerGone() throws IOException {
    out.flush();
    var in = socket.getInputStream();
    while (in.read() >= 0) {
      // Discarded.
    }
  }
}
