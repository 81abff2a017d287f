package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import global.pixell.par.testkit.testing.RawHttp;
import global.pixell.par.testkit.testing.Signer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fake's answers on the wire, as a client other than PAR sees them. */
@Timeout(60)
class FakeS3Test {

  private final HttpClient client = HttpClient.newHttpClient();
  private final FakeS3 s3 = FakeS3.start();

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void an_address_that_cannot_be_read_is_in_the_record_too() throws Exception {
    assertThat(RawHttp.get(s3, "/bucket/%zz").status()).isEqualTo(400);

    assertThat(s3.requests())
        .extracting(RecordedRequest::operation, RecordedRequest::status)
        .containsExactly(tuple("InvalidURI", 400));
  }

  @Test
  void an_object_comes_whole_with_its_length_tag_and_default_type() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));

    HttpResponse<String> answer = get("/bucket/key");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("0123456789");
    assertThat(answer.headers().firstValue("Content-Length")).contains("10");
    assertThat(answer.headers().firstValue("Content-Type")).contains("binary/octet-stream");
    assertThat(answer.headers().firstValue("ETag"))
        .contains("\"781e5e245d69b566979b86e28d23f2c7\"");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=2-4,206,234,bytes 2-4/10",
    "bytes=7-,206,789,bytes 7-9/10",
    "bytes=-3,206,789,bytes 7-9/10",
    "bytes=8-99,206,89,bytes 8-9/10",
  })
  void a_range_is_answered_with_its_part(String range, int status, String body, String contentRange)
      throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));

    HttpResponse<String> answer = get("/bucket/key", "Range", range);

    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).isEqualTo(body);
    assertThat(answer.headers().firstValue("Content-Range")).contains(contentRange);
  }

  @Test
  void a_malformed_range_is_ignored_and_an_unsatisfiable_one_says_the_size() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));

    assertThat(get("/bucket/key", "Range", "lines=1-2").statusCode()).isEqualTo(200);
    HttpResponse<String> beyond = get("/bucket/key", "Range", "bytes=10-");
    assertThat(beyond.statusCode()).isEqualTo(416);
    assertThat(beyond.body())
        .contains("<Code>InvalidRange</Code>")
        .contains("<RangeRequested>bytes=10-</RangeRequested>")
        .contains("<ActualObjectSize>10</ActualObjectSize>");
  }

  @Test
  void conditions_compare_tags_with_or_without_quotes() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));
    String tag = "781e5e245d69b566979b86e28d23f2c7";

    assertThat(get("/bucket/key", "If-None-Match", tag).statusCode()).isEqualTo(304);
    assertThat(get("/bucket/key", "If-None-Match", "\"other\"").statusCode()).isEqualTo(200);
    assertThat(get("/bucket/key", "If-Match", '"' + tag + '"').statusCode()).isEqualTo(200);
    HttpResponse<String> changed = get("/bucket/key", "If-Match", "other");
    assertThat(changed.statusCode()).isEqualTo(412);
    assertThat(changed.body()).contains("<Condition>If-Match</Condition>");
  }

  @Test
  void an_error_has_the_ids_of_its_headers_and_no_namespace() throws Exception {
    s3.createBucket("bucket");

    HttpResponse<String> answer = get("/bucket/no%20such");

    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body())
        .contains("<Error><Code>NoSuchKey</Code>")
        .contains("<Key>no such</Key>")
        .contains("<RequestId>" + answer.headers().firstValue("x-amz-request-id").orElseThrow())
        .contains("<HostId>" + answer.headers().firstValue("x-amz-id-2").orElseThrow())
        .doesNotContain("<Resource>");
    assertThat(get("/absent/key").body()).contains("<Code>NoSuchBucket</Code>");
  }

  @Test
  void a_head_has_no_body_even_when_it_fails() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));

    assertThat(head("/bucket/key").headers().firstValue("Content-Length")).contains("10");
    assertThat(head("/bucket/other").statusCode()).isEqualTo(404);
    assertThat(head("/bucket/other").body()).isEmpty();
  }

  @Test
  void a_listing_folds_folders_and_goes_on_in_pages() throws Exception {
    for (String key : new String[] {"a/1", "a/2", "b", "c/1", "d"}) {
      s3.put("bucket", key, bytes("x"));
    }

    String first = get("/bucket?list-type=2&delimiter=/&max-keys=2").body();
    String token = first.replaceAll("(?s).*<NextContinuationToken>(.*)</Next.*", "$1");
    String second =
        get("/bucket?list-type=2&delimiter=/&max-keys=2&continuation-token=" + token).body();

    assertThat(first)
        .contains("<CommonPrefixes><Prefix>a/</Prefix>", "<Key>b</Key>", "<IsTruncated>true");
    assertThat(second)
        .contains("<CommonPrefixes><Prefix>c/</Prefix>", "<Key>d</Key>", "<IsTruncated>false")
        .doesNotContain("a/");
  }

  @Test
  void what_is_put_can_be_got_under_its_literal_key() throws Exception {
    s3.createBucket("bucket");
    String path = "/bucket/a%20b+c%2520%C3%BC";

    HttpRequest put =
        HttpRequest.newBuilder(uri(path)).PUT(BodyPublishers.ofString("content")).build();
    assertThat(send(put).statusCode()).isEqualTo(200);

    assertThat(get(path).body()).isEqualTo("content");
    assertThat(get("/bucket?list-type=2").body()).contains("<Key>a b+c%20ü</Key>");
  }

  @Test
  void a_chunked_upload_of_an_sdk_is_stored_without_its_framing() throws Exception {
    s3.createBucket("bucket");
    HttpRequest put =
        HttpRequest.newBuilder(uri("/bucket/key"))
            .header("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
            .PUT(
                BodyPublishers.ofString(
                    "5;chunk-signature=00\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAA\r\n\r\n"))
            .build();

    send(put);

    assertThat(get("/bucket/key").body()).isEqualTo("hello world");
  }

  @Test
  void faults_come_in_their_order_and_then_no_more() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));
    s3.onGet("key").times(2).inject(Fault.slowDown());
    s3.onGet("key").inject(Fault.unavailable(Duration.ofSeconds(3)));
    s3.onGet("key").inject(Fault.flipByteAt(0));

    assertThat(get("/bucket/key").body()).contains("<Code>SlowDown</Code>");
    assertThat(get("/bucket/key").statusCode()).isEqualTo(503);
    assertThat(get("/bucket/key").headers().firstValue("Retry-After")).contains("3");
    assertThat(get("/bucket/key").body()).isEqualTo("1123456789");
    assertThat(get("/bucket/key").body()).isEqualTo("0123456789");
    assertThat(s3.count("GetObject")).isEqualTo(5);
  }

  @Test
  void a_reset_and_a_truncation_break_the_clients_read() {
    s3.put("bucket", "key", bytes("0123456789"));
    s3.onGet("key").inject(Fault.truncateAt(4));
    s3.onGet("key").inject(Fault.resetAt(4));

    assertThatThrownBy(() -> get("/bucket/key")).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> get("/bucket/key")).isInstanceOf(IOException.class);
    assertThat(s3.requests()).extracting(RecordedRequest::bytes).containsExactly(4L, 4L);
  }

  @Test
  void the_last_answer_of_a_connection_comes_whole() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"));

    assertThat(RawHttp.get(s3, "/bucket/absent", "Connection", "close").status()).isEqualTo(403);
  }

  @Test
  void folders_are_buckets_and_no_key_leaves_its_folder(@TempDir Path root) throws Exception {
    Files.createDirectories(root.resolve("bucket/a"));
    Files.writeString(root.resolve("bucket/a/key"), "from disk");
    Files.writeString(root.resolve("secret"), "outside");
    try (FakeS3 served = FakeS3.start(FakeS3.options().directory(root))) {
      URI base = served.endpoint();

      assertThat(body(base.resolve("/bucket/a/key"))).isEqualTo("from disk");
      assertThat(body(URI.create(base + "/bucket/..%2Fsecret"))).contains("NoSuchKey");
      assertThat(body(base.resolve("/bucket?list-type=2"))).contains("<Key>a/key</Key>");
    }
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request.build());
  }

  private HttpResponse<String> head(String path) throws Exception {
    return send(HttpRequest.newBuilder(uri(path)).method("HEAD", BodyPublishers.noBody()).build());
  }

  private String body(URI uri) throws Exception {
    return send(HttpRequest.newBuilder(uri).build()).body();
  }

  private HttpResponse<String> send(HttpRequest request) throws Exception {
    return client.send(Signer.ofDefaultIdentity().sign(request), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create(s3.endpoint() + path);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
