package global.pixell.par.testkit.testing;

import global.pixell.par.testkit.FakeS3;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/** An HTTP client that shows every received byte and how the answer ended. */
public final class RawHttp implements AutoCloseable {

  /** How an answer ended. */
  public enum End {
    /** The client received the length that the head announced. */
    WHOLE,
    /** The server closed the connection in the regular way before that. */
    CLOSED,
    /** The connection was reset. */
    RESET
  }

  /** The received answer. The status is 0 when no head arrived. */
  @SuppressWarnings("ArrayRecordComponent") // The record is never compared.
  public record Reply(int status, Map<String, String> headers, byte[] body, End end) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private final Socket socket;
  private final InputStream in;

  public RawHttp(FakeS3 s3) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), s3.endpoint().getPort());
    in = new BufferedInputStream(socket.getInputStream());
  }

  public static Reply get(FakeS3 s3, String path, String... headers) throws IOException {
    try (var http = new RawHttp(s3)) {
      http.ask("GET", path, headers);
      return http.reply();
    }
  }

  public void ask(String method, String path, String... headers) throws IOException {
    var request = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n");
    for (int i = 0; i < headers.length; i += 2) {
      request.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
    }
    socket
        .getOutputStream()
        .write(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The number of received bytes that have not been read. */
  public int available() throws IOException {
    return in.available();
  }

  public int read() throws IOException {
    return in.read();
  }

  /** Reads to the end of the connection. */
  public End end() {
    try {
      in.readAllBytes();
      return End.CLOSED;
    } catch (IOException e) {
      return End.RESET;
    }
  }

  public Reply reply() {
    return reply(true);
  }

  public Reply reply(boolean withBody) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    var body = new ByteArrayOutputStream();
    int status = 0;
    try {
      String start = line();
      if (start.isEmpty()) {
        return new Reply(0, headers, new byte[0], End.CLOSED);
      }
      status = Integer.parseInt(start.split(" ", 3)[1]);
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
      }
      long length = withBody ? Long.parseLong(headers.getOrDefault("Content-Length", "0")) : 0;
      byte[] buffer = new byte[8192];
      while (body.size() < length) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, length - body.size()));
        if (n < 0) {
          return new Reply(status, headers, body.toByteArray(), End.CLOSED);
        }
        body.write(buffer, 0, n);
      }
      return new Reply(status, headers, body.toByteArray(), End.WHOLE);
    } catch (IOException e) {
      return new Reply(status, headers, body.toByteArray(), End.RESET);
    }
  }

  private String line() throws IOException {
    var line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      if (c != '\r') {
        line.append((char) c);
      }
    }
    return line.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
