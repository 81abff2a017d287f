package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Buckets, PutObject, CopyObject and the deletes. */
@Timeout(60)
class WritesTest {

  private static final String HELLO_TAG = "5d41402abc4b2a76b9719d911017c592";
  private static final String STREAMING = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @BeforeEach
  void bucket() {
    s3.createBucket("bucket");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_bucket_is_made_once_and_goes_when_it_is_empty() throws Exception {
    Reply made = wire.put("/new-bucket", "");
    Reply again = wire.put("/new-bucket", "");
    wire.put("/new-bucket/key", "x");
    Reply full = wire.delete("/new-bucket");
    wire.delete("/new-bucket/key");

    assertThat(made.header("Location")).isEqualTo("/new-bucket");
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.element("Code")).isEqualTo("BucketAlreadyOwnedByYou");
    assertThat(full.status()).isEqualTo(409);
    assertThat(full.element("Code")).isEqualTo("BucketNotEmpty");
    assertThat(wire.delete("/new-bucket").status()).isEqualTo(204);
    assertThat(wire.head("/new-bucket").status()).isEqualTo(404);
    assertThat(wire.get("/new-bucket/key").element("Code")).isEqualTo("NoSuchBucket");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ab", "Upper", "under_score", "-dash", "192.168.1.1", "two..dots"})
  void a_name_that_is_none_makes_no_bucket(String name) throws Exception {
    Reply reply = wire.put("/" + name, "");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("InvalidBucketName");
    assertThat(reply.element("BucketName")).isEqualTo(name);
  }

  @Test
  void a_put_says_tag_and_checksum() throws Exception {
    Reply reply = wire.put("/bucket/key", "hello");

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.header("ETag")).isEqualTo('"' + HELLO_TAG + '"');
    assertThat(reply.header("x-amz-checksum-crc64nvme")).isNotEmpty();
    assertThat(reply.header("x-amz-checksum-type")).isEqualTo("FULL_OBJECT");
    assertThat(reply.header("x-amz-server-side-encryption")).isEqualTo("AES256");
    assertThat(reply.header("Content-Length")).isEqualTo("0");
  }

  @Test
  void a_wrong_md5_is_a_bad_digest_and_stores_nothing() throws Exception {
    String other = base64(ChecksumAlgorithm.MD5, "other");

    Reply bad = wire.put("/bucket/key", "hello", "Content-MD5", other);
    Reply none = wire.put("/bucket/key", "hello", "Content-MD5", "nonsense");

    assertThat(bad.status()).isEqualTo(400);
    assertThat(bad.element("Code")).isEqualTo("BadDigest");
    assertThat(bad.element("ExpectedDigest")).isEqualTo(other);
    assertThat(none.element("Code")).isEqualTo("InvalidDigest");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void a_checksum_in_a_header_is_proved_and_kept(ChecksumAlgorithm algorithm) throws Exception {
    String right = base64(algorithm, "hello");

    Reply wrong = wire.put("/bucket/key", "hello", algorithm.header(), base64(algorithm, "other"));
    Reply invalid = wire.put("/bucket/key", "hello", algorithm.header(), "AAA=");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
    Reply good = wire.put("/bucket/key", "hello", algorithm.header(), right);

    assertThat(wrong.element("Code")).isEqualTo("BadDigest");
    assertThat(wrong.element("Message"))
        .isEqualTo("The " + algorithm + " you specified did not match the calculated checksum.");
    assertThat(invalid.element("Message"))
        .isEqualTo("Value for " + algorithm.header() + " header is invalid.");
    assertThat(good.status()).isEqualTo(200);
    assertThat(wire.get("/bucket/key", "x-amz-checksum-mode", "enabled").headers())
        .containsEntry(algorithm.header(), right);
  }

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void a_checksum_in_a_trailer_is_proved_and_kept(ChecksumAlgorithm algorithm) throws Exception {
    String right = base64(algorithm, "hello world");

    Reply wrong = chunked(algorithm, base64(algorithm, "other"), "11");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
    Reply good = chunked(algorithm, right, "11");

    assertThat(wrong.element("Code")).isEqualTo("BadDigest");
    assertThat(good.status()).isEqualTo(200);
    assertThat(wire.get("/bucket/key").body()).isEqualTo("hello world");
    assertThat(wire.get("/bucket/key").headers()).doesNotContainKey("Content-Encoding");
    assertThat(wire.head("/bucket/key", "x-amz-checksum-mode", "ENABLED").headers())
        .containsEntry(algorithm.header(), right);
  }

  @Test
  void a_chunked_body_that_is_not_as_long_as_it_said_is_incomplete() throws Exception {
    Reply reply =
        chunked(ChecksumAlgorithm.CRC32, base64(ChecksumAlgorithm.CRC32, "hello world"), "12");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("IncompleteBody");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
  }

  private Reply chunked(ChecksumAlgorithm algorithm, String trailer, String length)
      throws IOException {
    String body =
        "5\r\nhello\r\n6\r\n world\r\n0\r\n" + algorithm.header() + ":" + trailer + "\r\n\r\n";
    return wire.put(
        "/bucket/key",
        body,
        "x-amz-content-sha256",
        STREAMING,
        "x-amz-trailer",
        algorithm.header(),
        "x-amz-decoded-content-length",
        length,
        "Content-Encoding",
        "aws-chunked");
  }

  @Test
  void broken_framing_stores_nothing_whatever_is_broken() throws Exception {
    String good = "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n";
    var random = new Random(7);
    for (int i = 0; i < 200; i++) {
      byte[] bytes = good.getBytes(StandardCharsets.US_ASCII);
      int cut = random.nextBoolean() ? bytes.length : 1 + random.nextInt(bytes.length - 1);
      byte[] broken = Arrays.copyOf(bytes, cut);
      for (int flips = random.nextInt(3); flips > 0; flips--) {
        broken[random.nextInt(cut)] = (byte) (random.nextInt(96) + 32);
      }
      Reply reply =
          wire.put(
              "/bucket/key",
              broken,
              "x-amz-content-sha256",
              STREAMING,
              "x-amz-trailer",
              "x-amz-checksum-crc32",
              "x-amz-decoded-content-length",
              "11");
      if (reply.status() == 200) {
        assertThat(wire.get("/bucket/key").body())
            .as(new String(broken, StandardCharsets.US_ASCII))
            .isEqualTo("hello world");
      } else {
        assertThat(reply.status()).as(reply.body()).isEqualTo(400);
      }
    }
  }

  @Test
  void a_body_that_ends_early_stores_nothing() throws Exception {
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = wire.head("PUT", "/bucket/key", 100, Map.of());
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write("half".getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      socket.getInputStream().readAllBytes();
    }

    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
  }

  @Test
  void a_put_without_a_length_is_told_to_say_it() throws Exception {
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head =
          wire.head("PUT", "/bucket/key", 0, Map.of()).replace("Content-Length: 0\r\n", "");
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

      Reply reply = Wire.read(socket.getInputStream());

      assertThat(reply.status()).isEqualTo(411);
      assertThat(reply.element("Code")).isEqualTo("MissingContentLength");
    }
  }

  @Test
  void a_client_that_asks_first_is_not_made_to_send_what_nobody_wants() throws Exception {
    var expect = Map.of("Expect", "100-continue");
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = wire.head("PUT", "/absent-bucket/key", 5, expect);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));

      assertThat(Wire.read(socket.getInputStream()).element("Code")).isEqualTo("NoSuchBucket");
    }
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      String head = wire.head("PUT", "/bucket/key", 5, expect);
      socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
      byte[] asked = socket.getInputStream().readNBytes("HTTP/1.1 100 Continue\r\n\r\n".length());
      socket.getOutputStream().write("hello".getBytes(StandardCharsets.US_ASCII));

      assertThat(new String(asked, StandardCharsets.US_ASCII)).startsWith("HTTP/1.1 100");
      assertThat(Wire.read(socket.getInputStream()).status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-None-Match|*|new|200|",
        "If-None-Match|*|old|412|PreconditionFailed",
        "If-None-Match|HELLO|old|501|NotImplemented",
        "If-Match|HELLO|old|200|",
        "If-Match|*|old|200|",
        "If-Match|\"other\"|old|412|PreconditionFailed",
        "If-Match|HELLO|new|404|NoSuchKey",
      })
  void a_conditional_put(String header, String value, String key, int status, String code)
      throws Exception {
    wire.put("/bucket/old", "hello");

    Reply reply = wire.put("/bucket/" + key, "more", header, value.replace("HELLO", HELLO_TAG));

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.element("Code")).isEqualTo(code == null ? "" : code);
    assertThat(wire.get("/bucket/old").body())
        .isEqualTo(status == 200 && key.equals("old") ? "more" : "hello");
  }

  @ParameterizedTest
  @CsvSource({
    "<VersioningConfiguration><Status>Enabled</Status><Stat/></VersioningConfiguration>, versioning, 400",
    "<VersioningConfiguration><Status>Enabled</Status><MfaDelete>Enabled</MfaDelete></VersioningConfiguration>,"
        + " versioning, 501",
    "<CreateBucketConfiguration><Regoin>eu-west-1</Regoin></CreateBucketConfiguration>, '', 400",
    "<CreateBucketConfiguration><Location><Type>x</Type></Location></CreateBucketConfiguration>, '', 501",
  })
  void an_element_that_would_be_dropped_is_refused(String document, String query, int status)
      throws Exception {
    Reply reply = wire.put("/" + (query.isEmpty() ? "made" : "bucket?" + query), document);

    assertThat(reply.status()).isEqualTo(status);
    assertThat(wire.head("/made").status()).isEqualTo(404);
    assertThat(wire.get("/bucket?versioning").elements("Status")).isEmpty();
  }

  @Test
  void more_than_two_kilobytes_of_metadata_are_too_many() throws Exception {
    Reply reply = wire.put("/bucket/key", "x", "x-amz-meta-a", "v".repeat(2048));

    assertThat(reply.element("Code")).isEqualTo("MetadataTooLarge");
    assertThat(reply.element("Size")).isEqualTo("2049");
    assertThatThrownBy(
            () -> s3.put("bucket", "key", new byte[1], Map.of("x-amz-storage-class", "GOLD")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("InvalidStorageClass");
  }

  @Test
  void a_copy_takes_the_metadata_along_unless_it_is_replaced() throws Exception {
    s3.put(
        "bucket",
        "source \u00fc",
        "hello".getBytes(StandardCharsets.UTF_8),
        Map.of("Content-Type", "text/plain", "x-amz-meta-a", "1", "x-amz-tagging", "t=1"));
    String source = "bucket/source%20%C3%BC";

    Reply copied = wire.put("/bucket/copy", "", "x-amz-copy-source", source);
    wire.put(
        "/bucket/replaced",
        "",
        "x-amz-copy-source",
        "/" + source,
        "x-amz-metadata-directive",
        "REPLACE",
        "x-amz-meta-b",
        "2");

    assertThat(copied.element("ETag")).isEqualTo('"' + HELLO_TAG + '"');
    assertThat(copied.element("ChecksumType")).isEqualTo("FULL_OBJECT");
    assertThat(wire.get("/bucket/copy").body()).isEqualTo("hello");
    assertThat(wire.get("/bucket/copy").headers())
        .containsEntry("Content-Type", "text/plain")
        .containsEntry("x-amz-meta-a", "1")
        .containsEntry("x-amz-tagging-count", "1");
    assertThat(wire.get("/bucket/replaced").headers())
        .containsEntry("Content-Type", "binary/octet-stream")
        .containsEntry("x-amz-meta-b", "2")
        .doesNotContainKey("x-amz-meta-a");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bucket/source|x-amz-copy-source-if-match|other|412|PreconditionFailed",
        "bucket/source|x-amz-copy-source-if-none-match|HELLO|412|PreconditionFailed",
        "bucket/source|x-amz-copy-source-if-match|HELLO|200|",
        "bucket/source|x-amz-metadata-directive|MERGE|400|InvalidArgument",
        "bucket/absent|x-amz-meta-a|1|404|NoSuchKey",
        "absent-bucket/source|x-amz-meta-a|1|404|NoSuchBucket",
        "bucket/source?versionId=null|x-amz-meta-a|1|200|",
        "bucket|x-amz-meta-a|1|400|InvalidArgument",
        "bucket/|x-amz-meta-a|1|400|InvalidArgument",
        "bucket/%FF|x-amz-meta-a|1|400|InvalidArgument",
      })
  void a_copy_that_cannot_be_says_why(
      String source, String header, String value, int status, String code) throws Exception {
    wire.put("/bucket/source", "hello");

    Reply reply =
        wire.put(
            "/bucket/copy",
            "",
            "x-amz-copy-source",
            source,
            header,
            value.replace("HELLO", HELLO_TAG));

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.element("Code")).isEqualTo(code == null ? "" : code);
  }

  @Test
  void a_copy_with_a_checksum_that_is_not_known_names_it() throws Exception {
    wire.put("/bucket/key", "hello");

    Reply reply =
        wire.put(
            "/bucket/copy",
            "",
            "x-amz-copy-source",
            "bucket/key",
            "x-amz-checksum-algorithm",
            "BLAKE3");

    assertThat(reply.status()).isEqualTo(501);
    assertThat(reply.element("Message")).contains("the checksum algorithm BLAKE3");
    assertThat(wire.head("/bucket/copy").status()).isEqualTo(404);
  }

  @Test
  void a_copy_to_itself_must_change_something() throws Exception {
    wire.put("/bucket/key", "hello");

    Reply same = wire.put("/bucket/key", "", "x-amz-copy-source", "bucket/key");
    Reply changed =
        wire.put(
            "/bucket/key",
            "",
            "x-amz-copy-source",
            "bucket/key",
            "x-amz-metadata-directive",
            "REPLACE");

    assertThat(same.element("Code")).isEqualTo("InvalidRequest");
    assertThat(changed.status()).isEqualTo(200);
  }

  @Test
  void many_keys_are_deleted_at_once_missing_ones_too() throws Exception {
    wire.put("/bucket/a", "1");
    wire.put("/bucket/%3Cb%3E%20%26%20c", "2");
    String document =
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
            + "<Object><Key>&lt;b&gt; &amp; c</Key></Object><Object><Key>absent</Key></Object>"
            + "</Delete>";

    Reply reply =
        wire.post(
            "/bucket?delete",
            document,
            "x-amz-checksum-crc32",
            base64(ChecksumAlgorithm.CRC32, document));

    assertThat(reply.elements("Key")).containsExactly("a", "<b> & c", "absent");
    assertThat(wire.get("/bucket?list-type=2").body()).doesNotContain("<Contents>");
  }

  @Test
  void what_a_policy_denies_shows_key_by_key_and_at_the_source_of_a_copy() throws Exception {
    s3.put("bucket", "mine/a", new byte[1]);
    s3.put("bucket", "other/b", new byte[1]);
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
                 "Action": ["s3:DeleteObject", "s3:PutObject"],
                 "Resource": "arn:aws:s3:::bucket/mine/*"}}
                """));
    String document =
        "<Delete><Object><Key>mine/a</Key></Object><Object><Key>other/b</Key></Object></Delete>";

    Reply many =
        wire.post(
            "/bucket?delete", document, "Content-MD5", base64(ChecksumAlgorithm.MD5, document));
    Reply copy = wire.put("/bucket/mine/copy", "", "x-amz-copy-source", "bucket/other/b");

    assertThat(many.status()).isEqualTo(200);
    assertThat(many.body())
        .contains("<Deleted><Key>mine/a</Key></Deleted>")
        .contains("<Error><Key>other/b</Key><Code>AccessDenied</Code>");
    assertThat(copy.status()).isEqualTo(403);
    assertThat(copy.element("Message"))
        .contains("is not authorized to perform: s3:GetObject", "arn:aws:s3:::bucket/other/b");
  }

  @Test
  void a_missing_source_is_404_only_to_who_may_list_it() throws Exception {
    String policy =
        """
        {"Version": "2012-10-17", "Statement": [
         {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/*"},
         {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::bucket",
          "Condition": {"StringEquals": {"s3:prefix": "listed"}}}]}
        """;
    s3.defaultIdentity().policy(Policy.parse(policy));

    Reply listed = wire.put("/bucket/copy", "", "x-amz-copy-source", "bucket/listed");
    Reply hidden = wire.put("/bucket/copy", "", "x-amz-copy-source", "bucket/hidden");

    assertThat(listed.element("Code")).isEqualTo("NoSuchKey");
    assertThat(hidden.element("Code")).isEqualTo("AccessDenied");
  }

  @Test
  void a_write_on_the_condition_of_a_tag_needs_to_read_the_object_too() throws Exception {
    s3.put("bucket", "key", "hello".getBytes(StandardCharsets.US_ASCII));
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
                 "Action": ["s3:DeleteObject", "s3:PutObject"], "Resource": "arn:aws:s3:::bucket/*"}}
                """));

    Reply put = wire.put("/bucket/key", "x", "If-Match", HELLO_TAG);
    Reply one = wire.delete("/bucket/key", "If-Match", HELLO_TAG);
    Reply many = deleteMany(object("key", "<ETag>" + HELLO_TAG + "</ETag>"));

    assertThat(put.element("Message")).contains("perform: s3:GetObject on resource");
    assertThat(one.element("Message")).contains("perform: s3:GetObject on resource");
    assertThat(many.element("Message")).contains("perform: s3:GetObject on resource");
    assertThat(wire.delete("/bucket/key", "If-Match", "*").status()).isEqualTo(204);
  }

  @Test
  void a_policy_can_require_a_condition_of_each_deletion() throws Exception {
    s3.put("bucket", "with", new byte[1]);
    s3.put("bucket", "without", new byte[1]);
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
                 "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::bucket/*",
                 "Condition": {"Null": {"s3:if-match": "false"}}}}
                """));

    Reply reply = deleteMany(object("with", "<ETag>*</ETag>"), object("without", ""));

    assertThat(reply.body())
        .contains("<Deleted><Key>with</Key></Deleted>")
        .contains("<Error><Key>without</Key><Code>AccessDenied</Code>");
  }

  @Test
  void deleting_many_obeys_the_tag_of_each() throws Exception {
    wire.put("/bucket/stale", "x");
    wire.put("/bucket/fresh", "hello");
    wire.put("/bucket/any", "x");

    Reply reply =
        deleteMany(
            object("stale", "<ETag>\"wrong\"</ETag>"),
            object("fresh", "<ETag>" + HELLO_TAG + "</ETag>"),
            object("any", "<ETag>*</ETag>"),
            object("absent", "<ETag>*</ETag>"));

    assertThat(reply.body())
        .contains("<Error><Key>stale</Key><Code>PreconditionFailed</Code>")
        .contains("<Deleted><Key>fresh</Key></Deleted>")
        .contains("<Deleted><Key>any</Key></Deleted>")
        .contains("<Error><Key>absent</Key><Code>NoSuchKey</Code>");
    assertThat(wire.get("/bucket?list-type=2").elements("Key")).containsExactly("stale");
  }

  @ParameterizedTest
  @ValueSource(strings = {"<Size>1</Size>", "<LastModifiedTime>x</LastModifiedTime>"})
  void an_element_that_only_directory_buckets_have_is_not_implemented(String element)
      throws Exception {
    wire.put("/bucket/key", "x");

    Reply reply = deleteMany(object("key", element));

    assertThat(reply.status()).isEqualTo(501);
    assertThat(reply.element("Message")).contains(element.substring(1, element.indexOf('>')));
    assertThat(wire.head("/bucket/key").status()).isEqualTo(200);
  }

  @Test
  void a_version_is_not_deleted_on_a_condition_because_s3_refuses_that() throws Exception {
    s3.put("bucket", "key", new byte[1]);

    Reply one = wire.delete("/bucket/key?versionId=null", "If-Match", "*");
    Reply many = deleteMany(object("key", "<VersionId>null</VersionId><ETag>*</ETag>"));

    assertThat(one.status()).isEqualTo(501);
    assertThat(one.element("Header")).isEqualTo("If-Match");
    assertThat(many.body()).contains("<Code>NotImplemented</Code>");
    assertThat(wire.head("/bucket/key").status()).isEqualTo(200);
  }

  private Reply deleteMany(String... objects) throws IOException {
    String document = "<Delete>" + String.join("", objects) + "</Delete>";
    return wire.post(
        "/bucket?delete", document, "Content-MD5", base64(ChecksumAlgorithm.MD5, document));
  }

  private static String object(String key, String more) {
    return "<Object><Key>" + key + "</Key>" + more + "</Object>";
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<Delete></Delete>",
        "<Delete><Object><Key>a</Key><ETg>x</ETg></Object></Delete>",
        "<Delete><Object><Key>b</Key><Key>a</Key></Object></Delete>",
        "<Delete><Object><Key>a<x/></Key></Object></Delete>",
        "<Delete><Object>a<Key>a</Key></Object></Delete>",
        "<Delete><Dry>true</Dry><Object><Key>a</Key></Object></Delete>",
        "<Delete><Object></Object></Delete>",
        "<Delete><Object><Key>a</Key></Object>",
        "<Remove><Object><Key>a</Key></Object></Remove>",
        "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><Delete><Object><Key>&e;</Key></Object></Delete>",
      })
  void a_document_that_is_none_deletes_nothing(String document) throws Exception {
    wire.put("/bucket/a", "1");

    Reply reply =
        wire.post(
            "/bucket?delete", document, "Content-MD5", base64(ChecksumAlgorithm.MD5, document));

    assertThat(reply.element("Code")).isEqualTo("MalformedXML");
    assertThat(wire.head("/bucket/a").status()).isEqualTo(200);
    assertThat(wire.post("/bucket?delete", document).element("Message"))
        .isEqualTo("Missing required header for this request: Content-MD5");
  }

  private static String base64(ChecksumAlgorithm algorithm, String text) {
    return Base64.getEncoder().encodeToString(algorithm.of(text.getBytes(StandardCharsets.UTF_8)));
  }
}
