package global.pixell.par.testkit.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Wire;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that HTTP does not know, and clients that leave. */
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
    assertThat(raw("PUT /bucket/key HTTP/1.1\r\nContent-Length: " + length + "\r\n\r\n"))
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
    var answered = new LinkedBlockingQueue<FakeS3.Request>();
    s3.addRequestListener(answered::add);

    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = Wire.to(s3).head("PUT", "/bucket/key", 1000, Map.of());
      String upload = head.replace("Content-Length: 1000", length) + body;
      socket.getOutputStream().write(upload.getBytes(StandardCharsets.US_ASCII));
    }

    FakeS3.Request request = answered.take();
    assertThat(request.operation()).isEqualTo("PutObject");
    assertThat(request.status()).isZero();
  }

  /** All that comes back until the server ends the connection, for the client does not. */
  private String raw(String request) throws Exception {
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
