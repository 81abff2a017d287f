package global.pixell.par.testkit.internal.server;

import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.ReasonPhrase;
import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.io.BlockOutputStream;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Clock;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;

/** Writes the answer to one request, with its request ids. */
public final class ResponseWriter {

  private static final int BUFFER = 1 << 17;

  private final HttpConnection connection;
  private final boolean headOnly;
  private final Clock clock;
  private final String requestId;
  private final String hostId;
  private final JournalEntry entry;
  private final Map<String, String> more = new LinkedHashMap<>();

  ResponseWriter(HttpConnection connection, boolean headOnly, Clock clock, JournalEntry entry) {
    this.connection = connection;
    this.headOnly = headOnly;
    this.clock = clock;
    this.entry = entry;
    var random = ThreadLocalRandom.current();
    requestId = HexFormat.of().withUpperCase().toHexDigits(random.nextLong());
    hostId = HexFormat.of().toHexDigits(random.nextLong()) + "par=";
  }

  /** Adds headers to the answer, including an error. */
  void add(Map<String, String> headers) {
    more.putAll(headers);
  }

  /** Sends an error, or resets the connection if an answer has already begun. */
  void fail(S3ErrorException failure) throws IOException {
    entry.recordError(failure.code());
    if (entry.status() != 0) {
      connection.reset();
      return;
    }
    XmlWriter xml =
        XmlWriter.document("Error", "")
            .element("Code", failure.code())
            .element("Message", String.valueOf(failure.getMessage()));
    failure.details().forEach(xml::element);
    xml.element("RequestId", requestId).element("HostId", hostId);
    send(S3Response.xml(failure.status(), failure.headers(), xml));
  }

  void send(S3Response answer) throws IOException {
    send(answer, wire -> wire);
  }

  /**
   * Sends an answer.
   *
   * @param way wraps the stream to which the body is written
   */
  void send(S3Response answer, UnaryOperator<OutputStream> way) throws IOException {
    head(answer);
    if (headOnly || answer.body().length() == 0) {
      return;
    }
    try (InputStream content = answer.body().open()) {
      body(content, answer.body().length(), way.apply(new Counting()));
    }
  }

  private void head(S3Response answer) throws IOException {
    int status = answer.status();
    entry.recordStatus(status);
    var all = new LinkedHashMap<String, String>();
    all.put("x-amz-id-2", hostId);
    all.put("x-amz-request-id", requestId);
    all.put("Date", S3Dates.http(clock.instant()));
    all.put("Server", "AmazonS3");
    all.putAll(more);
    all.putAll(answer.headers());
    boolean failedHead = headOnly && status >= 300;
    if (status != 204 && status != 304 && !failedHead) {
      all.putIfAbsent("Content-Length", String.valueOf(answer.body().length()));
    }
    connection.head(status, reason(status), all);
  }

  private void body(InputStream content, long length, OutputStream out) throws IOException {
    byte[] buffer = new byte[(int) Math.min(BUFFER, Math.max(1, length))];
    long remaining = length;
    while (remaining > 0) {
      int n = content.read(buffer, 0, (int) Math.min(buffer.length, remaining));
      if (n < 0) {
        // The file is shorter than Content-Length announced, so the connection must end.
        connection.out().flush();
        throw new EOFException("the content ended " + remaining + " bytes early");
      }
      out.write(buffer, 0, n);
      remaining -= n;
    }
    out.flush();
  }

  /** Counts the bytes of the body. */
  private final class Counting extends BlockOutputStream {
    Counting() {
      super(connection.out());
    }

    @Override
    public void write(byte[] buffer, int offset, int length) throws IOException {
      // Count first, because a client that has received the bytes may read the journal at once.
      entry.recordBytes(length);
      try {
        out.write(buffer, offset, length);
      } catch (IOException e) {
        entry.recordBytes(-length);
        throw e;
      }
    }
  }

  /** The phrase of a status, as S3 sends it. */
  private static String reason(int status) {
    return switch (status) {
      case 416 -> "Requested Range Not Satisfiable";
      case 503 -> "Slow Down";
      default -> ReasonPhrase.of(status);
    };
  }
}
