package global.pixell.par.testkit.internal.http;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Damaged request heads from a seed: each gets an answer or the end of its connection. */
@Timeout(120)
class HttpHeadFuzzTest {

  private static final int HEADS = 1000;
  private static final int HANG_MILLIS = 60_000;

  /** Pieces that have caused errors in parsers. */
  private static final List<String> PIECES =
      List.of(
          "\r",
          "\n",
          "\r\n",
          "\r\n\r\n",
          "\0",
          " ",
          "\t",
          ":",
          "%",
          "%zz",
          "%00",
          "/../",
          "//",
          "?",
          "&",
          "=",
          "é",
          "\u007f",
          "HTTP/1.1",
          "HTTP/1.0",
          "HTTP/2.0",
          "http://[::1]:1/",
          "http://",
          "Content-Length: 18446744073709551616\r\n",
          "Content-Length: -1\r\n",
          "Content-Length: 5\r\n",
          "Transfer-Encoding: chunked\r\n",
          "Transfer-Encoding: ,\r\n",
          "Expect: 100-continue\r\n",
          "Range: bytes=9-1\r\n",
          "Range: bytes=-\r\n",
          "If-None-Match: \"\r\n",
          "x-amz-copy-source: %\r\n",
          "x-amz-date: 0\r\n",
          "Authorization: AWS4-HMAC-SHA256 Credential=\r\n",
          "Host: a.b.localhost\r\n",
          "Host: \r\n",
          "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD\r\n",
          "?partNumber=0",
          "?versionId=",
          "?uploads",
          "?max-keys=99999999999",
          "&X-Amz-Signature=",
          "&encoding-type=x");

  @Test
  void every_damaged_head_is_answered_or_closed_and_none_is_an_internal_error() throws Exception {
    var uncaught = new LinkedBlockingQueue<Throwable>();
    Thread.setDefaultUncaughtExceptionHandler((thread, e) -> uncaught.add(e));
    var random = new Random(20261126);
    int port;
    int answered = 0;
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().keepRequests(10))) {
      port = s3.endpoint().getPort();
      s3.put("bucket", "key", "hello".getBytes(StandardCharsets.US_ASCII));
      List<String> heads = heads(s3);
      for (int i = 0; i < HEADS; i++) {
        String sent = damaged(heads.get(random.nextInt(heads.size())), random);
        String reply = reply(port, sent);
        assertThat(reply).as("case %d: %s", i, sent).matches("(?s)|HTTP/1\\.1 [1-5]\\d\\d .*");
        assertThat(reply).as("case %d: %s", i, sent).doesNotContain("HTTP/1.1 500");
        answered += reply.isEmpty() ? 0 : 1;
      }
    } finally {
      Thread.setDefaultUncaughtExceptionHandler(null);
    }

    assertThat(answered).as("most heads get an answer").isGreaterThan(HEADS / 2);
    assertThat(uncaught).isEmpty();
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("fake-s3-" + port + "-"));
  }

  private static List<String> heads(FakeS3 s3) {
    Wire wire = Wire.to(s3);
    return List.of(
        wire.head("GET", "/bucket/key", 0, Map.of("Range", "bytes=1-3")),
        wire.head("HEAD", "/bucket/key", 0, Map.of("If-None-Match", "*")),
        wire.head("GET", "/bucket?list-type=2&prefix=k&delimiter=%2F", 0, Map.of()),
        wire.head("GET", "/bucket?versions", 0, Map.of()),
        wire.head("DELETE", "/bucket/none", 0, Map.of()),
        wire.head("PUT", "/bucket/new", 5, Map.of("x-amz-meta-a", "b")) + "hello",
        wire.head("PUT", "/bucket/copy", 0, Map.of("x-amz-copy-source", "/bucket/key")),
        wire.head("POST", "/bucket/parts?uploads", 0, Map.of()),
        wire.head("POST", "/bucket?delete", 17, Map.of()) + "<Delete></Delete>",
        "GET /bucket/key?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nX-Amz-Target: ECS.ListTasks\r\nContent-Length: 2\r\n\r\n{}");
  }

  private static String damaged(String head, Random random) {
    var text = new StringBuilder(head);
    for (int left = 1 + random.nextInt(3); left > 0 && !text.isEmpty(); left--) {
      int at = random.nextInt(text.length());
      int end = Math.min(text.length(), at + 1 + random.nextInt(20));
      switch (random.nextInt(6)) {
        case 0 -> text.setLength(at);
        case 1 -> text.delete(at, end);
        case 2 -> text.insert(at, text.substring(at, end).repeat(1 + random.nextInt(3)));
        case 3 -> text.setCharAt(at, (char) random.nextInt(256));
        default -> text.insert(at, PIECES.get(random.nextInt(PIECES.size())));
      }
    }
    return text.toString();
  }

  /**
   * Reads everything that the server sends. A reset also ends it, because this side may have sent
   * too much.
   */
  private static String reply(int port, String sent) throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(HANG_MILLIS);
      var out = socket.getOutputStream();
      out.write(sent.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketTimeoutException e) {
      throw new AssertionError("no answer and no end: " + sent, e);
    } catch (SocketException e) {
      return "";
    }
  }
}
