package global.pixell.par.internal.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A server on loopback that sends scripted answers, one for each request and then the last one
 * again, and records the requests. Unlike the JDK's server it sends only the script's headers,
 * without its own {@code Date}.
 */
public final class ScriptedServer implements AutoCloseable {

  /**
   * One answer. A status of 0 closes the connection without an answer; -1 never answers. An empty
   * header is not sent.
   */
  public record Answer(int status, Map<String, String> headers, String body) {

    public static Answer of(int status, String body, String... headers) {
      var fields = new LinkedHashMap<String, String>();
      for (int i = 0; i < headers.length; i += 2) {
        fields.put(headers[i], headers[i + 1]);
      }
      return new Answer(status, fields, body);
    }

    /** An error in S3's XML form. */
    public static Answer s3(int status, String code, String message, String... headers) {
      return s3With("", status, code, message, headers);
    }

    /** The same with further elements. */
    public static Answer s3With(
        String more, int status, String code, String message, String... headers) {
      Answer answer =
          of(
              status,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>"
                  + code
                  + "</Code><Message>"
                  + message.replace("&", "&amp;").replace("<", "&lt;")
                  + "</Message>"
                  + more
                  + "<RequestId>4442587FB7D0A2F9</RequestId><HostId>abc=</HostId></Error>",
              headers);
      answer.headers().put("x-amz-request-id", "4442587FB7D0A2F9");
      answer.headers().put("Content-Type", "application/xml");
      return answer;
    }
  }

  /** One received request. */
  public record Request(String method, String target, Map<String, String> headers) {
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  private final Charset charset;
  private final ServerSocket server;
  private final Queue<Answer> script = new ArrayDeque<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();
  private final List<Socket> open = new CopyOnWriteArrayList<>();

  public ScriptedServer(Answer... answers) {
    this(StandardCharsets.UTF_8, answers);
  }

  /** A server whose bodies are bytes, one in each character. */
  public static ScriptedServer ofBytes(Answer... answers) {
    return new ScriptedServer(StandardCharsets.ISO_8859_1, answers);
  }

  private ScriptedServer(Charset charset, Answer... answers) {
    this.charset = charset;
    script.addAll(List.of(answers));
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var thread = new Thread(this::serve, "scripted-server");
    thread.setDaemon(true);
    thread.start();
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  public List<Request> requests() {
    return requests;
  }

  private void serve() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        exchange(socket);
      } catch (IOException e) {
        // The client left, or the test has ended.
      }
    }
  }

  private void exchange(Socket socket) throws IOException {
    var in =
        new BufferedReader(
            new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
    String start = in.readLine();
    if (start == null || !start.endsWith("HTTP/1.1")) {
      write(Answer.of(400, "this is no HTTP"), socket.getOutputStream());
      socket.close();
      return;
    }
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
      int colon = line.indexOf(':');
      headers.put(line.substring(0, colon), line.substring(colon + 1).strip());
    }
    String[] words = start.split(" ", 3);
    requests.add(new Request(words[0], words[1], headers));
    Answer answer = script.size() > 1 ? script.remove() : script.element();
    if (answer.status() < 0) {
      return;
    }
    if (answer.status() > 0) {
      write(answer, socket.getOutputStream());
    }
    socket.close();
  }

  private void write(Answer answer, OutputStream out) throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + answer.status() + " Status\r\n");
    byte[] body = answer.body().getBytes(charset);
    var headers = new LinkedHashMap<String, String>();
    headers.put("Date", date(Instant.now()));
    headers.put("Connection", "close");
    headers.put("Content-Length", String.valueOf(body.length));
    headers.putAll(answer.headers());
    headers.values().removeIf(String::isEmpty);
    headers.forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    out.write(head.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    out.write(body);
    out.flush();
  }

  public static String date(Instant instant) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }

  @Override
  public void close() {
    try {
      server.close();
      for (Socket socket : open) {
        socket.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
