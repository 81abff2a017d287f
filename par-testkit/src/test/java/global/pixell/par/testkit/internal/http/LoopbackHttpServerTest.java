package global.pixell.par.testkit.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.Wire;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Invalid requests, and clients that leave. */
@Timeout(60)
class LoopbackHttpServerTest {

  private final FakeS3 s3 = FakeS3.start();
  private final LinkedBlockingQueue<Throwable> uncaught = new LinkedBlockingQueue<>();

  LoopbackHttpServerTest() {
    s3.createBucket("bucket");
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
  }

  @AfterEach
  void close() {
    s3.close();
    Thread.setDefaultUncaughtExceptionHandler(null);
    assertThat(uncaught).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"abc", "-5", "1, 2", "99999999999999999999"})
  void a_length_that_is_none_is_a_bad_request_and_the_end(String length) throws Exception {
    assertThat(raw("PUT /bucket/key HTTP/1.1\r\nHost: a\r\nContent-Length: " + length + "\r\n\r\n"))
        .startsWith("HTTP/1.1 400 ")
        .contains("Connection: close");
  }

  @Test
  void a_chunk_size_that_is_none_is_answered_and_the_end() throws Exception {
    String head = Wire.to(s3).head("PUT", "/bucket/key", 0, Map.of());
    String chunked =
        head.replace("Content-Length: 0", "Transfer-Encoding: chunked")
            .replace("Connection: close\r\n", "");

    assertThat(raw(chunked + "xyz\r\n")).startsWith("HTTP/1.1 400 ").contains("IncompleteBody");
  }

  @Test
  void an_old_client_is_not_kept_waiting_for_the_end() throws Exception {
    assertThat(raw("GET /bucket HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 403 ");
  }

  @ParameterizedTest
  @CsvSource({"Content-Length: 1000, half", "Transfer-Encoding: chunked, '4\r\nhalf\r\n'"})
  void a_client_that_leaves_within_its_upload_has_got_no_answer(String length, String body)
      throws Exception {
    var answered = new LinkedBlockingQueue<RecordedRequest>();
    s3.addRequestListener(answered::add);

    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = Wire.to(s3).head("PUT", "/bucket/key", 1000, Map.of());
      String upload = head.replace("Content-Length: 1000", length) + body;
      socket.getOutputStream().write(upload.getBytes(StandardCharsets.US_ASCII));
    }

    RecordedRequest request = answered.take();
    assertThat(request.operation()).isEqualTo("PutObject");
    assertThat(request.status()).isZero();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "DELETE /bucket/key HTTP/1.1",
        "DELETE /bucket/key HTTP/1.1\r\n",
        "DELETE /bucket/key HTTP/1.1\r\nHost: localhost\r\n",
        "DELETE /bucket/key HTTP/1.1\r\nHost: localhost\r\nx-amz-da"
      })
  void a_head_that_ends_early_is_not_executed(String head) throws Exception {
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();

      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .startsWith("HTTP/1.1 400 ")
          .contains("closed the connection within the head");
    }
    assertThat(s3.requests()).isEmpty();
  }

  @Test
  void a_chunked_body_without_its_last_line_is_not_stored() throws Exception {
    String head = Wire.to(s3).head("PUT", "/bucket/key", 0, Map.of());
    String upload = head.replace("Content-Length: 0", "Transfer-Encoding: chunked");
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      socket
          .getOutputStream()
          .write((upload + "1\r\nx\r\n0\r\n").getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }

    assertThat(Wire.to(s3).get("/bucket/key").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /bucket HTTP/1.1\\n\\n | no Host field",
        "GET /bucket HTTP/1.1\\nHost: a\\nHost: b\\n\\n | two Host fields",
        "GET /bucket HTTP/1.1\\nHost : a\\n\\n | a header field is not NAME: VALUE: 'Host : a'",
        "GET /bucket HTTP/1.1\\nHost: a\\n folded\\n\\n | a header field is not NAME: VALUE",
        "GET /buck et HTTP/1.1\\nHost: a\\n\\n | the request line is not",
        "GET /bucket HTTP/1.1\\nHost: a\\rb\\n\\n | a carriage return",
        "PUT /bucket/k HTTP/1.1\\nHost: a\\nContent-Length: 1\\nTransfer-Encoding: chunked\\n\\n | exclude each other",
      })
  void a_malformed_head_is_refused_with_the_reason(String head, String reason) throws Exception {
    assertThat(raw(head.replace("\\n", "\n").replace("\\r", "\r")))
        .startsWith("HTTP/1.1 400 Bad Request\r\n")
        .contains(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "PRI * HTTP/2.0, '', 505",
    "PUT /bucket/key HTTP/1.1, Transfer-Encoding: gzip, 501",
  })
  void what_this_server_does_not_speak_has_its_own_status(String start, String field, int status)
      throws Exception {
    assertThat(raw(start + "\r\nHost: a\r\n" + (field.isEmpty() ? "" : field + "\r\n") + "\r\n"))
        .startsWith("HTTP/1.1 " + status + " ");
  }

  @Test
  void a_target_in_absolute_form_is_the_same_request() throws Exception {
    s3.put("bucket", "key", "hello".getBytes(StandardCharsets.US_ASCII));
    String head = Wire.to(s3).head("GET", "/bucket/key", 0, Map.of());

    assertThat(raw(head.replaceFirst("GET /", "GET " + s3.endpoint() + "/")))
        .startsWith("HTTP/1.1 200 ")
        .endsWith("hello");
    assertThat(
            raw("GET " + s3.endpoint() + " HTTP/1.1\r\nHost: other\r\nConnection: close\r\n\r\n"))
        .startsWith("HTTP/1.1 403 ");
    assertThat(s3.requests().get(1).operation()).isEqualTo("ListBuckets");
  }

  @Test
  void a_listener_that_throws_changes_no_answer() throws Exception {
    var logger = Logger.getLogger(FakeS3.class.getName());
    logger.setUseParentHandlers(false);
    var heard = new AtomicInteger();
    s3.addRequestListener(
        request -> {
          throw new AssertionError("an assertion of a test");
        });
    s3.addRequestListener(request -> heard.incrementAndGet());
    s3.put("bucket", "key", new byte[10]);
    try {
      Wire wire = Wire.to(s3);
      assertThat(wire.get("/bucket/key").bytes()).hasSize(10);
      assertThat(wire.get("/bucket/none").status()).isEqualTo(404);
      assertThat(heard).hasValue(2);
    } finally {
      logger.setUseParentHandlers(true);
    }
  }

  /**
   * Returns everything that the server sends until it closes the connection; the client does not
   * close it.
   */
  private String raw(String request) throws Exception {
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
