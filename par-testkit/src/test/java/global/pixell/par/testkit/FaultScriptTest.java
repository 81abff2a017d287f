package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import global.pixell.par.testkit.testing.RawHttp;
import global.pixell.par.testkit.testing.RawHttp.End;
import global.pixell.par.testkit.testing.RawHttp.Reply;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every fault, on the wire. */
@Timeout(60)
class FaultScriptTest {

  private static final String KEY = "key";
  private static final String PATH = "/bucket/key";
  private static final byte[] CONTENT = noise(300_000);

  private final FakeS3 s3 = FakeS3.start();

  FaultScriptTest() {
    s3.put("bucket", KEY, CONTENT);
    // The client is a plain socket, which signs nothing.
    s3.bucketPolicy(
        "bucket",
        """
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
          "Action": "s3:*", "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"]}]}
        """);
  }

  @AfterEach
  void close() {
    s3.close();
  }

  static List<Arguments> errors() {
    return List.of(
        error("slowDown", Fault.slowDown(), 503, "SlowDown"),
        error("internalError", Fault.internalError(), 500, "InternalError"),
        error("accessDenied", Fault.accessDenied(), 403, "AccessDenied"),
        error("kmsDenied", Fault.kmsDenied(), 403, "AccessDenied"),
        error("expiredToken", Fault.expiredToken(), 400, "ExpiredToken"),
        error("clockSkew", Fault.clockSkew(), 403, "RequestTimeTooSkewed"),
        error("wrongRegion(eu-west-1)", Fault.wrongRegion("eu-west-1"), 301, "PermanentRedirect"),
        error(
            "error(418, Teapot)",
            Fault.error(418, "Teapot", "Short and stout.", Map.of("x-spout", "left")),
            418,
            "Teapot"));
  }

  private static Arguments error(String name, Fault fault, int status, String code) {
    return Arguments.of(name, fault, status, code);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("errors")
  void an_error_comes_once_in_s3s_words_and_is_recorded(
      String name, Fault fault, int status, String code) throws IOException {
    s3.onGet(KEY).inject(fault);

    Reply reply = get();

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.text())
        .contains("<Error><Code>" + code + "</Code>")
        .contains("<RequestId>" + reply.header("x-amz-request-id") + "</RequestId>");
    assertThat(get().body()).isEqualTo(CONTENT);
    assertThat(s3.requests()).extracting(RecordedRequest::fault).containsExactly(name, "");
  }

  static List<Arguments> beforeTheHead() {
    return List.of(
        Arguments.of("slowDown", Fault.slowDown()),
        Arguments.of("reset", Fault.reset()),
        Arguments.of("stall", Fault.stall()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("beforeTheHead")
  void the_record_says_who_asked_for_what_also_where_a_fault_answered(String name, Fault fault)
      throws Exception {
    var answered = new LinkedBlockingQueue<RecordedRequest>();
    s3.addRequestListener(answered::add);
    s3.onGet(KEY).inject(fault);

    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = Wire.to(s3).head("GET", PATH, 0, Map.of());
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();

      RecordedRequest request = answered.take();
      assertThat(request.fault()).isEqualTo(name);
      assertThat(request.principal()).isEqualTo(s3.defaultIdentity().arn());
      assertThat(request.accesses())
          .extracting(RecordedRequest.Access::action, RecordedRequest.Access::allowed)
          .containsExactly(tuple("s3:GetObject", true));
    }
  }

  @Test
  void a_throttled_request_proves_no_grant_but_its_retry_does() throws Exception {
    Policy policy =
        Policy.parse(
            """
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
              "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}]}
            """);
    s3.onGet(KEY).inject(Fault.slowDown());

    assertThat(Wire.to(s3).get(PATH).status()).isEqualTo(503);
    assertThatThrownBy(() -> s3.usedEqualsGranted(policy)).hasMessageContaining("never used");

    assertThat(Wire.to(s3).get(PATH).status()).isEqualTo(200);
    s3.usedEqualsGranted(policy);
  }

  @Test
  void a_client_that_polls_meets_two_joined_faults_together_or_none() throws Exception {
    var stop = new AtomicBoolean();
    CompletableFuture<List<String>> polled =
        CompletableFuture.supplyAsync(
            () -> {
              while (!stop.get()) {
                getAsync().join();
              }
              return s3.requests().stream().map(RecordedRequest::fault).distinct().toList();
            });
    for (int i = 0; i < 200; i++) {
      s3.onGet(KEY).inject(Fault.flipByteAt(3).and(Fault.truncateAt(10)));
    }
    while (!s3.pendingFaults().isEmpty()) {
      Thread.onSpinWait();
    }
    stop.set(true);

    assertThat(polled.get()).isSubsetOf("", "flipByteAt(3) and truncateAt(10)");
  }

  @Test
  void a_script_that_is_kept_goes_on_with_its_own_target() throws IOException {
    FaultScript gets = s3.onGet(KEY).inject(Fault.slowDown());
    FaultScript heads = s3.onHead(KEY).inject(Fault.accessDenied());
    gets.inject(Fault.internalError());
    heads.times(2).inject(Fault.kmsDenied());

    assertThat(s3.pendingFaults())
        .containsExactly(
            "GET key: 1 x slowDown",
            "GET key: 1 x internalError",
            "HEAD key: 1 x accessDenied",
            "HEAD key: 2 x kmsDenied");
    assertThat(get().status()).isEqualTo(503);
    assertThat(get().status()).isEqualTo(500);
    assertThat(get().status()).isEqualTo(200);
  }

  @Test
  void an_error_carries_the_headers_it_was_given() throws IOException {
    s3.onGet(KEY).inject(Fault.error(418, "Teapot", "Short.", Map.of("x-spout", "left")));
    s3.onGet(KEY).inject(Fault.wrongRegion("eu-west-1"));

    assertThat(get().header("x-spout")).isEqualTo("left");
    assertThat(get().header("x-amz-bucket-region")).isEqualTo("eu-west-1");
  }

  @Test
  void retry_after_comes_in_seconds_as_a_date_or_in_milliseconds() throws IOException {
    s3.clock().setTo(Instant.parse("2026-03-01T12:00:00Z"));
    s3.onGet(KEY)
        .inject(Fault.unavailable(Duration.ofSeconds(3)))
        .inject(Fault.unavailableUntil(s3.clock().instant().plusSeconds(60)))
        .inject(Fault.unavailableMillis(250));

    assertThat(get().header("Retry-After")).isEqualTo("3");
    assertThat(get().header("Retry-After")).matches("Sun, 01 Mar 2026 12:01:0[0-9] GMT");
    Reply millis = get();
    assertThat(millis.status()).isEqualTo(503);
    assertThat(millis.header("x-amz-retry-after")).isEqualTo("250");
  }

  @Test
  void a_script_goes_on_until_it_is_used_up() throws IOException {
    s3.onGet(KEY)
        .times(2)
        .inject(Fault.slowDown())
        .inject(Fault.resetAt(1000))
        .after(1)
        .inject(Fault.internalError());

    assertThat(s3.pendingFaults())
        .containsExactly(
            "GET key: 2 x slowDown", "GET key: 1 x resetAt(1000)", "GET key: 1 x internalError");
    for (int i = 0; i < 6; i++) {
      get();
    }
    assertThat(s3.requests())
        .extracting(RecordedRequest::fault)
        .containsExactly("slowDown", "slowDown", "resetAt(1000)", "", "internalError", "");
    assertThat(s3.pendingFaults()).isEmpty();
  }

  @Test
  void an_endless_script_ends_when_the_faults_are_cleared() throws IOException {
    s3.onAny().always().inject(Fault.slowDown());

    assertThat(get().status()).isEqualTo(503);
    assertThat(get().status()).isEqualTo(503);
    s3.resetFaults();
    assertThat(get().status()).isEqualTo(200);
    assertThat(s3.pendingFaults()).isEmpty();
  }

  @Test
  void a_target_may_be_a_pattern_and_one_bucket() throws IOException {
    s3.put("other", KEY, CONTENT);
    s3.onGet("k*").inBucket("other").inject(Fault.slowDown());
    s3.onGet("?ey").inBucket("bucket").times(2).inject(Fault.internalError());

    assertThat(get().status()).isEqualTo(500);
    assertThat(s3.pendingFaults())
        .containsExactly("GET k* in other: 1 x slowDown", "GET ?ey in bucket: 1 x internalError");
  }

  @Test
  void each_target_meets_its_own_requests_only() throws IOException {
    s3.onList("a/").inject(Fault.internalError());
    s3.onHead(KEY).inject(Fault.accessDenied());
    s3.onPut("other").inject(Fault.slowDown());

    assertThat(get().status()).isEqualTo(200);
    assertThat(RawHttp.get(s3, "/bucket?list-type=2&prefix=b/").status()).isEqualTo(200);
    assertThat(RawHttp.get(s3, "/bucket?list-type=2&prefix=a/").status()).isEqualTo(500);
    assertThat(ask("HEAD", PATH).status()).isEqualTo(403);
    assertThat(ask("PUT", "/bucket/other", "Content-Length", "0").status()).isEqualTo(503);
  }

  @Test
  void the_range_that_has_a_byte_is_befallen_and_no_other() throws IOException {
    s3.onGet(KEY).covering(150).inject(Fault.slowDown());

    assertThat(range("bytes=0-99").status()).isEqualTo(206);
    assertThat(range("bytes=200-").status()).isEqualTo(206);
    assertThat(range("bytes=-10").status()).isEqualTo(206);
    assertThat(range("bytes=100-199").status()).isEqualTo(503);
    assertThat(range("bytes=100-199").status()).isEqualTo(206);
  }

  @Test
  void nothing_comes_before_a_reset_of_the_head() throws IOException {
    s3.onGet(KEY).inject(Fault.reset());

    Reply reply = get();

    assertThat(reply.status()).isZero();
    assertThat(reply.end()).isEqualTo(End.RESET);
    assertThat(s3.requests().get(0).status()).isZero();
  }

  @Test
  void a_reset_comes_after_exactly_so_many_bytes() throws IOException {
    for (int at : new int[] {0, 1, 1000, 65_536, 299_999}) {
      s3.onGet(KEY).inject(Fault.resetAt(at));

      Reply reply = get();

      assertThat(reply.end()).isEqualTo(End.RESET);
      assertThat(reply.header("Content-Length")).isEqualTo("300000");
      assertThat(reply.body()).isEqualTo(Arrays.copyOf(CONTENT, at));
    }
    assertThat(s3.requests())
        .extracting(RecordedRequest::bytes)
        .containsExactly(0L, 1L, 1000L, 65_536L, 299_999L);
  }

  @Test
  void a_truncation_ends_in_order_after_exactly_so_many_bytes() throws IOException {
    s3.onGet(KEY).inject(Fault.truncateAt(123_456));

    Reply reply = get();

    assertThat(reply.end()).isEqualTo(End.CLOSED);
    assertThat(reply.body()).isEqualTo(Arrays.copyOf(CONTENT, 123_456));
  }

  @Test
  void a_position_behind_the_end_changes_nothing() throws IOException {
    s3.onGet(KEY).inject(Fault.truncateAt(CONTENT.length)).inject(Fault.flipByteAt(CONTENT.length));

    assertThat(get().body()).isEqualTo(CONTENT);
    assertThat(get().body()).isEqualTo(CONTENT);
  }

  @Test
  void a_stall_gives_exactly_so_many_bytes_and_then_neither_more_nor_an_end() throws IOException {
    s3.onGet(KEY).inject(Fault.stallAt(1000));
    try (var http = new RawHttp(s3)) {
      http.ask("GET", PATH);

      assertThat(skipHead(http)).contains("Content-Length: 300000");
      for (int i = 0; i < 1000; i++) {
        assertThat((byte) http.read()).isEqualTo(CONTENT[i]);
      }
      assertThat(http.available()).isZero();
      assertThat(s3.requests().get(0).bytes()).isEqualTo(1000);
    }
  }

  @Test
  void a_stall_before_the_head_gives_nothing() throws IOException {
    s3.onGet(KEY).inject(Fault.stall());
    try (var http = new RawHttp(s3)) {
      http.ask("GET", PATH);
      while (s3.requests().isEmpty()) {
        Thread.onSpinWait();
      }

      // Another request shows that the server is not merely slow.
      assertThat(get().status()).isEqualTo(200);
      assertThat(http.available()).isZero();
      assertThat(s3.requests()).extracting(RecordedRequest::status).containsExactly(0, 200);
    }
  }

  @Test
  void closing_the_server_ends_a_stall_and_a_wait() throws IOException {
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.stallAt(10)).inject(Fault.slowFirstByte(Duration.ofHours(1)));
    try (var stalled = new RawHttp(s3);
        var waiting = new RawHttp(s3)) {
      stalled.ask("GET", PATH);
      skipHead(stalled);
      waiting.ask("GET", PATH);
      s3.clock().awaitWaiters(1);

      s3.close();

      assertThat(stalled.end()).isNotEqualTo(End.WHOLE);
      assertThat(waiting.end()).isNotEqualTo(End.WHOLE);
    }
  }

  @Test
  void a_slow_first_byte_waits_for_the_clock() throws IOException {
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.slowFirstByte(Duration.ofSeconds(30)));
    try (var http = new RawHttp(s3)) {
      http.ask("GET", PATH);
      s3.clock().awaitWaiters(1);
      s3.clock().advance(Duration.ofSeconds(29));

      assertThat(http.available()).isZero();
      s3.clock().advance(Duration.ofSeconds(1));
      assertThat(http.reply().body()).isEqualTo(CONTENT);
    }
  }

  @Test
  void a_stall_for_a_while_goes_on_where_it_stopped() throws IOException {
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.stallAt(5, Duration.ofMinutes(1)));
    CompletableFuture<Reply> reply = getAsync();
    s3.clock().awaitWaiters(1);

    assertThat(reply).isNotDone();
    s3.clock().advance(Duration.ofMinutes(1));
    assertThat(reply.join().body()).isEqualTo(CONTENT);
  }

  @Test
  void a_drip_gives_its_bytes_an_interval() throws IOException {
    s3.put("bucket", KEY, "0123456789".getBytes(StandardCharsets.UTF_8));
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.drip(4, Duration.ofSeconds(1)));
    try (var http = new RawHttp(s3)) {
      http.ask("GET", PATH);
      skipHead(http);
      for (String gulp : new String[] {"0123", "4567"}) {
        for (int i = 0; i < gulp.length(); i++) {
          assertThat((char) http.read()).isEqualTo(gulp.charAt(i));
        }
        s3.clock().awaitWaiters(1);
        assertThat(http.available()).isZero();
        s3.clock().advance(Duration.ofSeconds(1));
      }
      assertThat((char) http.read()).isEqualTo('8');
      assertThat((char) http.read()).isEqualTo('9');
    }
  }

  @Test
  void one_bit_of_one_byte_is_flipped() throws IOException {
    s3.onGet(KEY).inject(Fault.flipByteAt(200_000));

    byte[] body = get().body();

    assertThat(body[200_000]).isEqualTo((byte) (CONTENT[200_000] ^ 1));
    body[200_000] ^= 1;
    assertThat(body).isEqualTo(CONTENT);
    assertThat(get().body()).isEqualTo(CONTENT);
  }

  @Test
  void an_object_changes_between_two_ranges() throws IOException {
    byte[] other = noise(300_000);
    other[0]++;
    s3.onGet(KEY).after(1).inject(Fault.changeTo(other));

    Reply first = range("bytes=0-99");
    Reply second = range("bytes=100-199");
    Reply guarded = RawHttp.get(s3, PATH, "If-Match", first.header("ETag"));

    assertThat(first.header("ETag")).isNotEqualTo(second.header("ETag"));
    assertThat(second.body()).isEqualTo(Arrays.copyOfRange(other, 100, 200));
    assertThat(guarded.status()).isEqualTo(412);
  }

  @Test
  void a_wrong_checksum_stands_in_the_head_of_a_right_body() throws IOException {
    s3.onGet(KEY).times(2).inject(Fault.wrongChecksum());
    String header = "x-amz-checksum-crc64nvme";

    Reply unasked = get();
    Reply wrong = RawHttp.get(s3, PATH, "x-amz-checksum-mode", "ENABLED");
    Reply right = RawHttp.get(s3, PATH, "x-amz-checksum-mode", "ENABLED");

    assertThat(unasked.header("x-amz-checksum-crc32")).isEqualTo("BAD0BA==");
    assertThat(wrong.header(header)).hasSameSizeAs(right.header(header)).isNotEmpty();
    assertThat(wrong.header(header)).isNotEqualTo(right.header(header));
    assertThat(wrong.body()).isEqualTo(CONTENT);
  }

  @Test
  void two_faults_befall_one_request() throws IOException {
    s3.onGet(KEY).inject(Fault.flipByteAt(3).and(Fault.truncateAt(10)));

    Reply reply = get();

    assertThat(reply.body()).hasSize(10);
    assertThat(reply.body()[3]).isEqualTo((byte) (CONTENT[3] ^ 1));
    assertThat(s3.requests().get(0).fault()).isEqualTo("flipByteAt(3) and truncateAt(10)");
  }

  @Test
  void a_bandwidth_lets_through_what_is_due_and_no_more() throws IOException {
    s3.clock().freeze();
    s3.onGet(KEY).inject(Fault.bandwidth(100_000));
    CompletableFuture<Reply> reply = getAsync();
    Duration elapsed = Duration.ZERO;
    // Each step admits at most its own share, so the body cannot arrive before its three seconds.
    while (!reply.isDone()) {
      s3.clock().advance(Duration.ofMillis(5));
      elapsed = elapsed.plusMillis(5);
      Thread.onSpinWait();
    }

    assertThat(reply.join().body()).isEqualTo(CONTENT);
    assertThat(elapsed).isGreaterThanOrEqualTo(Duration.ofMillis(2900));
  }

  @Test
  void a_latency_is_waited_before_each_answer() throws IOException {
    s3.clock().freeze();
    s3.latency(Duration.ofMillis(50));
    CompletableFuture<Reply> reply = getAsync();
    s3.clock().awaitWaiters(1);

    assertThat(reply).isNotDone();
    s3.clock().advance(Duration.ofMillis(50));
    assertThat(reply.join().status()).isEqualTo(200);
  }

  @Test
  void the_servers_date_is_its_clocks() throws IOException {
    s3.clock().freeze();
    s3.clock().setTo(Instant.parse("2027-01-02T03:04:05Z"));

    assertThat(get().header("Date")).isEqualTo("Sat, 02 Jan 2027 03:04:05 GMT");
  }

  @Test
  void connections_are_refused_while_it_does_not_listen() throws IOException {
    int port = s3.endpoint().getPort();
    s3.disconnect();

    assertThatThrownBy(this::get).isInstanceOf(java.net.ConnectException.class);
    s3.reconnect();
    assertThat(s3.endpoint().getPort()).isEqualTo(port);
    assertThat(get().status()).isEqualTo(200);
  }

  @Test
  void a_script_refuses_numbers_that_mean_nothing() {
    assertThatThrownBy(() -> s3.onGet(KEY).times(0))
        .hasMessage("a fault happens to at least 1 request, not 0");
    assertThatThrownBy(() -> s3.onGet(KEY).after(-1))
        .hasMessage("at least 0 requests succeed before a fault, not -1");
    assertThatThrownBy(() -> s3.onGet(KEY).inject(Fault.drip(0, Duration.ZERO)))
        .hasMessage("a drip has at least 1 byte, not 0");
    assertThatThrownBy(() -> s3.onGet(KEY).inject(Fault.bandwidth(0)))
        .hasMessage("a bandwidth is at least 1 B/s, not 0");
  }

  @ParameterizedTest
  @CsvSource({"429, Too Many Requests", "502, Bad Gateway", "504, Gateway Timeout"})
  void an_error_of_a_proxy_has_its_reason_phrase(int status, String reason) throws IOException {
    s3.onGet(KEY).inject(Fault.error(status, "Proxy", "No.", Map.of()));
    try (var http = new RawHttp(s3)) {
      http.ask("GET", PATH);

      assertThat(skipHead(http)).startsWith("HTTP/1.1 " + status + " " + reason + "\r\n");
    }
  }

  private Reply get() throws IOException {
    return RawHttp.get(s3, PATH);
  }

  private Reply range(String range) throws IOException {
    return RawHttp.get(s3, PATH, "Range", range);
  }

  private Reply ask(String method, String path, String... headers) throws IOException {
    try (var http = new RawHttp(s3)) {
      http.ask(method, path, headers);
      return http.reply(!method.equals("HEAD"));
    }
  }

  private CompletableFuture<Reply> getAsync() {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return get();
          } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
          }
        });
  }

  private static String skipHead(RawHttp http) throws IOException {
    var head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) http.read());
    }
    return head.toString();
  }

  private static byte[] noise(int size) {
    byte[] noise = new byte[size];
    new Random(7).nextBytes(noise);
    return noise;
  }
}
