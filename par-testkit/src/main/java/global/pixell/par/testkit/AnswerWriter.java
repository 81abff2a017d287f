package global.pixell.par.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Writes the one answer to a request, with its ids, and breaks it where a fault says so. */
final class AnswerWriter {

  private static final int BUFFER = 1 << 17;

  private final WireServer.Connection connection;
  private final boolean headOnly;
  private final Clock clock;
  private final String requestId;
  private final String hostId;
  private volatile int status;
  private final AtomicLong bytes = new AtomicLong();

  AnswerWriter(WireServer.Connection connection, boolean headOnly, Clock clock) {
    this.connection = connection;
    this.headOnly = headOnly;
    this.clock = clock;
    var random = ThreadLocalRandom.current();
    requestId = HexFormat.of().withUpperCase().toHexDigits(random.nextLong());
    hostId = HexFormat.of().toHexDigits(random.nextLong()) + "par=";
  }

  WireServer.Connection connection() {
    return connection;
  }

  /** What was sent; 0 before, and when the connection was reset instead. */
  int status() {
    return status;
  }

  /** Body bytes sent so far. */
  long bytes() {
    return bytes.get();
  }

  /** Sends an error; where an answer has begun already, ends the connection instead. */
  void fail(S3Failure failure) throws IOException {
    if (status != 0) {
      connection.reset();
      return;
    }
    send(
        Answer.xml(
            failure.status(),
            failure.headers(),
            "<Error>"
                + Xml.element("Code", failure.code())
                + Xml.element("Message", String.valueOf(failure.getMessage()))
                + failure.details()
                + Xml.element("RequestId", requestId)
                + Xml.element("HostId", hostId)
                + "</Error>"),
        Optional.empty());
  }

  void send(Answer answer, Optional<Fault> fault) throws IOException {
    head(answer);
    if (headOnly || answer.body().length() == 0) {
      return;
    }
    try (InputStream content = answer.body().open()) {
      body(content, answer.body().length(), fault);
    }
  }

  private void head(Answer answer) throws IOException {
    status = answer.status();
    var all = new LinkedHashMap<String, String>();
    all.put("x-amz-id-2", hostId);
    all.put("x-amz-request-id", requestId);
    all.put("Date", S3Dates.http(clock.instant()));
    all.put("Server", "AmazonS3");
    all.putAll(answer.headers());
    boolean failedHead = headOnly && status >= 300;
    if (status != 204 && status != 304 && !failedHead) {
      all.putIfAbsent("Content-Length", String.valueOf(answer.body().length()));
    }
    connection.head(status, reason(status), all);
  }

  private void body(InputStream content, long length, Optional<Fault> fault) throws IOException {
    long stop = Math.min(length, fault.filter(AnswerWriter::stops).map(Fault::at).orElse(length));
    long flip = fault.filter(f -> f.kind() == Fault.Kind.FLIP).map(Fault::at).orElse(-1L);
    byte[] buffer = new byte[(int) Math.min(BUFFER, Math.max(1, length))];
    while (bytes.get() < stop) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, stop - bytes.get()));
      if (n < 0) {
        break;
      }
      if (flip >= bytes.get() && flip < bytes.get() + n) {
        buffer[(int) (flip - bytes.get())] ^= 1;
      }
      // Counted first: a client that has read them may look them up.
      bytes.addAndGet(n);
      connection.out().write(buffer, 0, n);
    }
    connection.out().flush();
    if (bytes.get() < length) {
      end(fault.map(Fault::kind).orElse(Fault.Kind.TRUNCATE));
    }
  }

  private static boolean stops(Fault fault) {
    return switch (fault.kind()) {
      case RESET, TRUNCATE, STALL -> true;
      default -> false;
    };
  }

  private void end(Fault.Kind kind) throws IOException {
    if (kind == Fault.Kind.RESET) {
      connection.reset();
    } else if (kind == Fault.Kind.STALL) {
      // Until the client closes, or the server does.
      connection.socket().getInputStream().read();
      connection.socket().close();
    } else {
      connection.socket().close();
    }
  }

  private static final Map<Integer, String> REASONS =
      Map.ofEntries(
          Map.entry(200, "OK"),
          Map.entry(204, "No Content"),
          Map.entry(206, "Partial Content"),
          Map.entry(301, "Moved Permanently"),
          Map.entry(304, "Not Modified"),
          Map.entry(307, "Temporary Redirect"),
          Map.entry(400, "Bad Request"),
          Map.entry(403, "Forbidden"),
          Map.entry(404, "Not Found"),
          Map.entry(405, "Method Not Allowed"),
          Map.entry(409, "Conflict"),
          Map.entry(411, "Length Required"),
          Map.entry(412, "Precondition Failed"),
          Map.entry(416, "Requested Range Not Satisfiable"),
          Map.entry(500, "Internal Server Error"),
          Map.entry(501, "Not Implemented"),
          Map.entry(503, "Slow Down"));

  private static String reason(int code) {
    return REASONS.getOrDefault(code, "Status");
  }
}
