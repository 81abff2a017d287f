package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GetObject, HeadObject and GetObjectAttributes, compared with recorded answers of AWS. */
@Timeout(60)
class ObjectReadsTest {

  private static final String TAG = "781e5e245d69b566979b86e28d23f2c7";

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @AfterEach
  void close() {
    s3.close();
  }

  private void digits() {
    s3.put("bucket", "key", bytes("0123456789"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bytes=0-4|206|01234|bytes 0-4/10",
        "bytes=2-|206|23456789|bytes 2-9/10",
        "bytes=-3|206|789|bytes 7-9/10",
        "bytes=9-9|206|9|bytes 9-9/10",
        "bytes=5-100|206|56789|bytes 5-9/10",
        "bytes=-100|206|0123456789|bytes 0-9/10",
        "bytes=0-99999999999999999999999|206|0123456789|bytes 0-9/10",
        "bytes=0-1,4-5|200|0123456789|",
        "bytes=5-2|200|0123456789|",
        "bytes=a-b|200|0123456789|",
        "bytes=-|200|0123456789|",
        "items=0-4|200|0123456789|",
        "0-4|200|0123456789|",
      })
  void a_range_is_its_part_and_what_is_no_single_range_is_the_whole(
      String range, int status, String body, String contentRange) throws Exception {
    digits();

    Reply get = wire.get("/bucket/key", "Range", range);
    Reply head = wire.head("/bucket/key", "Range", range);

    assertThat(get.status()).isEqualTo(status);
    assertThat(get.body()).isEqualTo(body);
    assertThat(get.header("Content-Range")).isEqualTo(contentRange == null ? "" : contentRange);
    assertThat(get.header("Content-Length")).isEqualTo(String.valueOf(body.length()));
    assertThat(head.status()).isEqualTo(status);
    assertThat(head.header("Content-Length")).isEqualTo(get.header("Content-Length"));
    assertThat(head.bytes()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=10-,0123456789",
    "bytes=10-20,0123456789",
    "bytes=-0,0123456789",
    "bytes=0-,''",
    "bytes=-3,''",
  })
  void a_range_beyond_the_object_is_416_with_what_was_asked_and_what_there_is(
      String range, String content) throws Exception {
    s3.put("bucket", "key", bytes(content));

    Reply reply = wire.get("/bucket/key", "Range", range);

    assertThat(reply.status()).isEqualTo(416);
    assertThat(reply.element("Code")).isEqualTo("InvalidRange");
    assertThat(reply.element("RangeRequested")).isEqualTo(range);
    assertThat(reply.element("ActualObjectSize")).isEqualTo(String.valueOf(content.length()));
    assertThat(reply.header("Content-Range")).isEqualTo("bytes */" + content.length());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "If-Match|\"TAG\"|200|",
        "If-Match|TAG|200|",
        "If-Match|*|200|",
        "If-Match|\"other\", \"TAG\"|200|",
        "If-Match|\"other\"|412|If-Match",
        "If-None-Match|\"other\"|200|",
        "If-None-Match|\"TAG\"|304|",
        "If-None-Match|TAG|304|",
        "If-None-Match|W/\"TAG\"|304|",
        "If-None-Match|*|304|",
        "If-None-Match|\"other\", \"TAG\"|304|",
        "If-Modified-Since|Mon, 01 Jan 2001 00:00:00 GMT|200|",
        "If-Modified-Since|yesterday|200|",
        "If-Modified-Since|Fri, 01 Jan 2100 00:00:00 GMT|200|",
        "If-Unmodified-Since|Mon, 01 Jan 2001 00:00:00 GMT|412|If-Unmodified-Since",
        "If-Unmodified-Since|Fri, 01 Jan 2100 00:00:00 GMT|200|",
        "If-Unmodified-Since|yesterday|200|",
      })
  void a_condition_is_judged_as_s3_judges_it(
      String header, String value, int status, String condition) throws Exception {
    digits();
    String sent = value.replace("TAG", TAG);

    Reply get = wire.get("/bucket/key", header, sent);
    Reply head = wire.head("/bucket/key", header, sent);

    assertThat(get.status()).isEqualTo(status);
    assertThat(head.status()).isEqualTo(status);
    assertThat(get.element("Condition")).isEqualTo(condition == null ? "" : condition);
    assertThat(head.bytes()).isEmpty();
  }

  @Test
  void an_object_is_not_modified_since_its_own_time() throws Exception {
    digits();
    String modified = wire.head("/bucket/key").header("Last-Modified");

    assertThat(wire.get("/bucket/key", "If-Modified-Since", modified).status()).isEqualTo(304);
    assertThat(wire.get("/bucket/key", "If-Unmodified-Since", modified).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({"TAG,past,200", "other,future,412"})
  void if_match_goes_before_if_unmodified_since(String tag, String time, int status)
      throws Exception {
    digits();

    Reply reply =
        wire.get(
            "/bucket/key",
            "If-Match",
            tag.replace("TAG", TAG),
            "If-Unmodified-Since",
            time.equals("past")
                ? "Mon, 01 Jan 2001 00:00:00 GMT"
                : "Fri, 01 Jan 2100 00:00:00 GMT");

    assertThat(reply.status()).isEqualTo(status);
  }

  @Test
  void if_none_match_goes_before_if_modified_since() throws Exception {
    digits();
    String modified = wire.head("/bucket/key").header("Last-Modified");

    Reply other = wire.get("/bucket/key", "If-None-Match", "other", "If-Modified-Since", modified);
    Reply same =
        wire.get(
            "/bucket/key",
            "If-None-Match",
            TAG,
            "If-Modified-Since",
            "Mon, 01 Jan 2001 00:00:00 GMT");

    assertThat(other.status()).isEqualTo(200);
    assertThat(same.status()).isEqualTo(304);
  }

  @Test
  void what_is_not_modified_keeps_its_tag_and_has_no_checksum_and_no_body() throws Exception {
    s3.put("bucket", "key", bytes("0123456789"), Map.of("Cache-Control", "no-cache"));

    Reply reply = wire.get("/bucket/key", "If-None-Match", TAG, "x-amz-checksum-mode", "ENABLED");

    assertThat(reply.status()).isEqualTo(304);
    assertThat(reply.header("ETag")).isEqualTo('"' + TAG + '"');
    assertThat(reply.header("Cache-Control")).isEqualTo("no-cache");
    assertThat(reply.headers())
        .doesNotContainKeys("x-amz-checksum-crc64nvme", "Content-Length", "Content-Type");
    assertThat(reply.bytes()).isEmpty();
  }

  @Test
  void a_checksum_is_told_only_to_those_who_ask_and_only_of_a_whole() throws Exception {
    s3.put("bucket", "key", bytes("123456789"));

    Reply asked = wire.get("/bucket/key", "x-amz-checksum-mode", "ENABLED");
    Reply silent = wire.get("/bucket/key");
    Reply part = wire.get("/bucket/key", "x-amz-checksum-mode", "ENABLED", "Range", "bytes=0-8");

    // The check value of CRC-64/NVME.
    assertThat(asked.header("x-amz-checksum-crc64nvme")).isEqualTo("rosUhgp5mIg=");
    assertThat(asked.header("x-amz-checksum-type")).isEqualTo("FULL_OBJECT");
    assertThat(silent.headers()).doesNotContainKeys("x-amz-checksum-crc64nvme");
    assertThat(part.status()).isEqualTo(206);
    assertThat(part.headers())
        .doesNotContainKeys("x-amz-checksum-crc64nvme", "x-amz-checksum-type");
  }

  @Test
  void what_the_uploader_said_of_an_object_comes_back_with_it() throws Exception {
    s3.put(
        "bucket",
        "key",
        bytes("{}"),
        Map.of(
            "Content-Type", "application/json",
            "Content-Encoding", "aws-chunked,gzip",
            "Cache-Control", "max-age=60",
            "Content-Disposition", "inline",
            "Content-Language", "de",
            "Expires", "not a date",
            "X-Amz-Meta-Agent", "greeter",
            "x-amz-meta-umlaut", "caf\u00e9",
            "x-amz-storage-class", "STANDARD_IA",
            "x-amz-tagging", "a=1&b=2"));

    Reply reply = wire.get("/bucket/key");

    assertThat(reply.headers())
        .containsEntry("Content-Type", "application/json")
        .containsEntry("Content-Encoding", "gzip")
        .containsEntry("Cache-Control", "max-age=60")
        .containsEntry("Content-Disposition", "inline")
        .containsEntry("Content-Language", "de")
        .containsEntry("Expires", "not a date")
        .containsEntry("x-amz-meta-agent", "greeter")
        .containsEntry("x-amz-meta-umlaut", "=?UTF-8?B?Y2Fmw6k=?=")
        .containsEntry("x-amz-storage-class", "STANDARD_IA")
        .containsEntry("x-amz-tagging-count", "2")
        .containsEntry("x-amz-server-side-encryption", "AES256")
        .containsEntry("Accept-Ranges", "bytes");
    assertThat(wire.get("/bucket/key?tagging").body())
        .contains("<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value>2</Value></Tag>");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%0D", "%0A"})
  void a_replaced_header_cannot_begin_another(String lineEnd) throws Exception {
    digits();

    Reply reply = wire.get("/bucket/key?response-content-language=de" + lineEnd + "x-evil:%201");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.headers()).doesNotContainKey("x-evil");
  }

  @Test
  void a_signed_request_replaces_headers_of_its_answer_and_an_unsigned_one_may_not()
      throws Exception {
    digits();
    s3.bucketPolicy(
        "bucket",
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*",
         "Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket/*"}}
        """);
    String query = "?response-content-type=text%2Fhtml&response-expires=0";

    Reply signed = wire.get("/bucket/key" + query, "Range", "bytes=1-2");
    Reply anonymous = wire.unsigned().get("/bucket/key" + query);
    Reply foreign = wire.get("/bucket/key?response-content-language=%E6%96%87");

    assertThat(signed.headers())
        .containsEntry("Content-Type", "text/html")
        .containsEntry("Expires", "0");
    assertThat(wire.unsigned().get("/bucket/key").status()).isEqualTo(200);
    assertThat(anonymous.status()).isEqualTo(400);
    assertThat(anonymous.element("Message"))
        .isEqualTo("Request specific response headers cannot be used for anonymous GET requests.");
    assertThat(foreign.element("Message"))
        .isEqualTo("Header value cannot be represented using ISO-8859-1.");
  }

  @Test
  void the_first_part_of_an_object_that_came_whole_is_the_whole() throws Exception {
    digits();

    Reply first = wire.get("/bucket/key?partNumber=1");
    Reply second = wire.get("/bucket/key?partNumber=2");

    assertThat(first.status()).isEqualTo(206);
    assertThat(first.header("Content-Range")).isEqualTo("bytes 0-9/10");
    assertThat(first.headers()).doesNotContainKey("x-amz-mp-parts-count");
    assertThat(second.status()).isEqualTo(416);
    assertThat(second.element("Code")).isEqualTo("InvalidPartNumber");
    assertThat(second.element("PartNumberRequested")).isEqualTo("2");
    assertThat(second.element("ActualPartCount")).isEqualTo("1");
    assertThat(wire.get("/bucket/key?partNumber=0").element("ArgumentName"))
        .isEqualTo("partNumber");
    assertThat(wire.get("/bucket/key?partNumber=1", "Range", "bytes=0-1").element("Message"))
        .isEqualTo("Cannot specify both Range header and partNumber query parameter");
  }

  @Test
  void attributes_are_those_that_are_asked_for() throws Exception {
    s3.put("bucket", "key", bytes("123456789"));
    String names = "x-amz-object-attributes";

    Reply all =
        wire.get(
            "/bucket/key?attributes", names, "ETag,Checksum,ObjectParts,StorageClass,ObjectSize");
    Reply some = wire.get("/bucket/key?attributes", names, "ObjectSize, ETag");

    assertThat(all.element("ETag")).isEqualTo("25f9e794323b453885f5181f1b624d0b");
    assertThat(all.element("ChecksumCRC64NVME")).isEqualTo("rosUhgp5mIg=");
    assertThat(all.element("ChecksumType")).isEqualTo("FULL_OBJECT");
    assertThat(all.element("StorageClass")).isEqualTo("STANDARD");
    assertThat(all.element("ObjectSize")).isEqualTo("9");
    assertThat(all.body()).doesNotContain("ObjectParts");
    assertThat(some.body()).doesNotContain("Checksum", "StorageClass");
    assertThat(wire.get("/bucket/key?attributes").element("Message"))
        .isEqualTo("Missing required header for this request: x-amz-object-attributes");
    assertThat(wire.get("/bucket/key?attributes", names, "Size").element("Message"))
        .isEqualTo("Invalid attribute name specified.");
  }

  @Test
  void an_error_of_a_head_has_no_body_and_the_ids_all_the_same() throws Exception {
    s3.createBucket("bucket");

    Reply reply = wire.head("/bucket/absent");

    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.bytes()).isEmpty();
    assertThat(reply.header("x-amz-request-id")).hasSize(16);
    assertThat(reply.header("x-amz-id-2")).isNotEmpty();
  }

  @Test
  void a_key_over_1024_bytes_is_refused_with_its_size() throws Exception {
    s3.createBucket("bucket");
    String longest = "k".repeat(1024);

    assertThat(wire.put("/bucket/" + longest, "x").status()).isEqualTo(200);
    Reply reply = wire.get("/bucket/" + "k".repeat(1023) + "%C3%A9");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("KeyTooLongError");
    assertThat(reply.element("Size")).isEqualTo("1025");
    assertThat(reply.element("MaxSizeAllowed")).isEqualTo("1024");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"/bucket/%", "/bucket/%2", "/bucket/%zz", "/bucket/%FF", "/bucket?prefix=%"})
  void what_is_no_percent_encoded_utf_8_is_no_address(String target) throws Exception {
    s3.createBucket("bucket");

    assertThat(wire.unsigned().get(target).element("Code")).isEqualTo("InvalidURI");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "deflate, gzip|deflate, gzip",
        "gzip,aws-chunked|gzip",
        "gzip,  aws-chunked|gzip",
        "aws-chunked, deflate, gzip|deflate, gzip",
        "deflate,AWS-chunked,gzip|deflate,gzip",
      })
  void an_encoding_comes_back_as_it_was_sent_without_that_of_the_upload(String sent, String kept)
      throws Exception {
    s3.put("bucket", "key", new byte[0], Map.of("Content-Encoding", sent));

    assertThat(wire.get("/bucket/key").header("Content-Encoding")).isEqualTo(kept);
  }

  @ParameterizedTest
  @ValueSource(strings = {"analytics", "inventory", "metrics", "intelligent-tiering"})
  void a_sub_resource_the_fake_does_not_have_is_not_implemented(String name) throws Exception {
    digits();

    Reply reply = wire.get("/bucket?" + name);

    assertThat(reply.status()).isEqualTo(501);
    assertThat(reply.element("Message")).contains("GET ?" + name);
    assertThat(wire.put("/bucket?" + name, "").element("Code")).isEqualTo("NotImplemented");
    assertThat(wire.get("/bucket/key").body()).isEqualTo("0123456789");
  }

  @Test
  void a_method_that_s3_does_not_have_is_not_allowed() throws Exception {
    digits();

    Reply reply = wire.send("PATCH", "/bucket/key", new byte[0]);

    assertThat(reply.status()).isEqualTo(405);
    assertThat(reply.element("Code")).isEqualTo("MethodNotAllowed");
    assertThat(reply.element("Method")).isEqualTo("PATCH");
    assertThat(reply.element("ResourceType")).isEqualTo("OBJECT");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
