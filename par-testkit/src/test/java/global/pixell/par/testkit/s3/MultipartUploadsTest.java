package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Uploads in parts. */
@Timeout(120)
class MultipartUploadsTest {

  private static final byte[] FIRST = filled(5 << 20, 'a');
  private static final byte[] TAIL = "tail".getBytes(StandardCharsets.US_ASCII);

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
  void the_parts_become_one_object_with_a_tag_of_tags() throws Exception {
    String id = begin("x-amz-meta-a", "1", "Content-Type", "text/plain");
    Reply whole = complete(id, part(id, 1, FIRST), part(id, 2, TAIL));

    assertThat(whole.status()).isEqualTo(200);
    assertThat(whole.element("ETag")).isEqualTo('"' + tagOfTags() + '"');
    assertThat(whole.element("ChecksumType")).isEqualTo("FULL_OBJECT");
    assertThat(whole.element("ChecksumCRC64NVME"))
        .isEqualTo(base64(ChecksumAlgorithm.CRC64NVME.of(concat(FIRST, TAIL))));
    Reply get = wire.get("/bucket/key");
    assertThat(get.bytes()).isEqualTo(concat(FIRST, TAIL));
    assertThat(get.headers())
        .containsEntry("x-amz-meta-a", "1")
        .containsEntry("Content-Type", "text/plain");
    assertThat(wire.get("/bucket/key?uploadId=" + id).element("Code")).isEqualTo("NoSuchUpload");
  }

  @Test
  void a_part_can_be_had_by_its_number_and_a_range_may_span_parts() throws Exception {
    String id = begin();
    complete(id, part(id, 3, FIRST), part(id, 7, TAIL));

    Reply second = wire.get("/bucket/key?partNumber=2");
    Reply head = wire.head("/bucket/key?partNumber=1");
    Reply across = wire.get("/bucket/key", "Range", "bytes=5242878-5242881");

    assertThat(second.status()).isEqualTo(206);
    assertThat(second.body()).isEqualTo("tail");
    assertThat(second.header("Content-Range")).isEqualTo("bytes 5242880-5242883/5242884");
    assertThat(second.header("x-amz-mp-parts-count")).isEqualTo("2");
    assertThat(head.status()).isEqualTo(206);
    assertThat(head.header("Content-Length")).isEqualTo("5242880");
    assertThat(across.body()).isEqualTo("aata");
    assertThat(wire.get("/bucket/key?partNumber=3").element("ActualPartCount")).isEqualTo("2");
  }

  @Test
  void a_composite_checksum_is_one_of_checksums_and_the_parts_are_listed() throws Exception {
    String id = begin("x-amz-checksum-algorithm", "SHA256");
    complete(id, part(id, 1, FIRST), part(id, 2, TAIL));
    String expected =
        base64(
                ChecksumAlgorithm.SHA256.of(
                    concat(ChecksumAlgorithm.SHA256.of(FIRST), ChecksumAlgorithm.SHA256.of(TAIL))))
            + "-2";

    Reply head = wire.head("/bucket/key", "x-amz-checksum-mode", "ENABLED");
    Reply attributes =
        wire.get(
            "/bucket/key?attributes",
            "x-amz-object-attributes",
            "ObjectParts",
            "x-amz-max-parts",
            "1");

    assertThat(head.header("x-amz-checksum-sha256")).isEqualTo(expected);
    assertThat(head.header("x-amz-checksum-type")).isEqualTo("COMPOSITE");
    assertThat(attributes.element("PartsCount")).isEqualTo("2");
    assertThat(attributes.element("IsTruncated")).isEqualTo("true");
    assertThat(attributes.element("NextPartNumberMarker")).isEqualTo("1");
    assertThat(attributes.elements("ChecksumSHA256"))
        .containsExactly(base64(ChecksumAlgorithm.SHA256.of(FIRST)));
  }

  @Test
  void a_full_object_checksum_that_is_claimed_is_proved() throws Exception {
    String id = begin("x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", "FULL_OBJECT");
    String list = list(part(id, 1, TAIL));

    Reply wrong = wire.post("/bucket/key?uploadId=" + id, list, "x-amz-checksum-crc32", "AAAAAA==");
    Reply right =
        wire.post(
            "/bucket/key?uploadId=" + id,
            list,
            "x-amz-checksum-crc32",
            base64(ChecksumAlgorithm.CRC32.of(TAIL)));

    assertThat(wrong.element("Code")).isEqualTo("BadDigest");
    assertThat(right.element("ChecksumType")).isEqualTo("FULL_OBJECT");
  }

  @Test
  void a_small_part_is_only_the_last() throws Exception {
    String id = begin();
    Reply reply = complete(id, part(id, 1, TAIL), part(id, 2, TAIL));

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("EntityTooSmall");
    assertThat(reply.element("ProposedSize")).isEqualTo("4");
    assertThat(reply.element("MinSizeAllowed")).isEqualTo("5242880");
    assertThat(reply.element("PartNumber")).isEqualTo("1");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
  }

  @Test
  void a_list_that_is_not_what_came_completes_nothing() throws Exception {
    String id = begin();
    String one = part(id, 1, TAIL);
    String two = part(id, 2, TAIL);

    assertThat(complete(id, two, one).element("Code")).isEqualTo("InvalidPartOrder");
    assertThat(complete(id, one.replace("<PartNumber>1", "<PartNumber>9")).element("Code"))
        .isEqualTo("InvalidPart");
    assertThat(complete(id, one.replaceAll("<ETag>.*</ETag>", "<ETag>x</ETag>")).element("Code"))
        .isEqualTo("InvalidPart");
    assertThat(complete(id).element("Code")).isEqualTo("MalformedXML");
    assertThat(complete("no-such", one).element("Code")).isEqualTo("NoSuchUpload");
    assertThat(wire.get("/bucket/key").status()).isEqualTo(404);
    assertThat(complete(id, one).status()).isEqualTo(200);
  }

  @Test
  void a_part_may_be_copied_from_another_object() throws Exception {
    s3.put("bucket", "source", concat(FIRST, TAIL));
    String id = begin();
    Reply first = copyPart(id, 1, "bytes=0-5242879");
    Reply second = copyPart(id, 2, "bytes=5242880-5242883");

    Reply whole = complete(id, entry(1, first.element("ETag")), entry(2, second.element("ETag")));

    assertThat(whole.element("ETag")).isEqualTo('"' + tagOfTags() + '"');
    assertThat(wire.get("/bucket/key").bytes()).isEqualTo(concat(FIRST, TAIL));
    assertThat(copyPart(id, 1, "bytes=0-1").element("Code")).isEqualTo("NoSuchUpload");
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-4,Range specified is not valid for source object of size: 4",
    "bytes=-1,The x-amz-copy-source-range value must be of the form bytes=first-last",
  })
  void a_part_of_a_source_must_lie_within_it(String range, String message) throws Exception {
    s3.put("bucket", "source", TAIL);
    String id = begin();

    Reply reply = copyPart(id, 1, range);

    assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
    assertThat(reply.element("Message")).startsWith(message);
  }

  private Reply copyPart(String id, int number, String range) throws IOException {
    return wire.put(
        "/bucket/key?partNumber=" + number + "&uploadId=" + id,
        "",
        "x-amz-copy-source",
        "bucket/source",
        "x-amz-copy-source-range",
        range);
  }

  @Test
  void a_completion_that_is_repeated_has_the_same_answer() throws Exception {
    wire.put(
        "/bucket?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    String id = begin();
    String one = part(id, 1, TAIL);

    Reply first = complete(id, one);
    Reply again = complete(id, one);
    Reply other = complete(id, entry(2, "\"0123456789abcdef0123456789abcdef\""));
    Reply elsewhere = wire.post("/bucket/other?uploadId=" + id, list(one));

    assertThat(again.status()).isEqualTo(200);
    assertThat(again.body()).isEqualTo(first.body());
    assertThat(again.header("x-amz-version-id"))
        .isNotEmpty()
        .isEqualTo(first.header("x-amz-version-id"));
    assertThat(wire.get("/bucket?versions").elements("VersionId")).hasSize(1);
    assertThat(other.element("Code")).isEqualTo("NoSuchUpload");
    assertThat(elsewhere.element("Code")).isEqualTo("NoSuchUpload");
    assertThat(wire.delete("/bucket/key?uploadId=" + id).element("Code")).isEqualTo("NoSuchUpload");
  }

  @Test
  void completions_at_the_same_time_make_one_object() throws Exception {
    s3.enableVersioning("bucket");
    String id = begin();
    String one = part(id, 1, TAIL);

    List<CompletableFuture<Integer>> all =
        IntStream.range(0, 4)
            .mapToObj(i -> CompletableFuture.supplyAsync(() -> statusOf(id, one)))
            .toList();

    assertThat(all).allSatisfy(each -> assertThat(each.get(60, TimeUnit.SECONDS)).isEqualTo(200));
    assertThat(wire.get("/bucket?versions").elements("VersionId")).hasSize(1);
  }

  private int statusOf(String id, String part) {
    try {
      return complete(id, part).status();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void a_checksum_that_is_listed_for_a_part_is_checked_whatever_its_algorithm() throws Exception {
    String id = begin();
    String one = part(id, 1, TAIL);
    String sha256 = base64(ChecksumAlgorithm.SHA256.of(TAIL));
    String wrong = base64(ChecksumAlgorithm.SHA256.of(FIRST));

    assertThat(complete(id, withElement(one, "ChecksumSHA256", wrong)).element("Code"))
        .isEqualTo("InvalidPart");
    assertThat(complete(id, withElement(one, "ChecksumFOO", sha256)).element("Code"))
        .isEqualTo("MalformedXML");
    assertThat(complete(id, withElement(one, "ChecksumSHA256", sha256)).status()).isEqualTo(200);
  }

  private static String withElement(String part, String name, String text) {
    return part.replace("</Part>", "<" + name + ">" + text + "</" + name + "></Part>");
  }

  @Test
  void the_uploads_of_a_bucket_go_with_it() throws Exception {
    String id = begin();
    String one = part(id, 1, TAIL);

    wire.delete("/bucket");
    s3.createBucket("bucket");

    assertThat(complete(id, one).element("Code")).isEqualTo("NoSuchUpload");
  }

  @Test
  void a_part_has_its_own_checksum_only_if_that_of_the_whole_is_made_of_them() throws Exception {
    String composite = begin("x-amz-checksum-algorithm", "SHA256");
    complete(composite, part(composite, 1, FIRST), part(composite, 2, TAIL));
    Reply second = wire.get("/bucket/key?partNumber=2", "x-amz-checksum-mode", "ENABLED");
    Reply head = wire.head("/bucket/key?partNumber=1", "x-amz-checksum-mode", "ENABLED");
    Reply range = wire.get("/bucket/key", "x-amz-checksum-mode", "ENABLED", "Range", "bytes=0-1");
    Reply notAsked = wire.get("/bucket/key?partNumber=2");
    String full = begin("x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", "FULL_OBJECT");
    complete(full, part(full, 1, FIRST), part(full, 2, TAIL));
    Reply none = wire.get("/bucket/key?partNumber=2", "x-amz-checksum-mode", "ENABLED");
    String single =
        begin("x-amz-checksum-algorithm", "CRC32", "x-amz-checksum-type", "FULL_OBJECT");
    complete(single, part(single, 1, TAIL));
    Reply only = wire.get("/bucket/key?partNumber=1", "x-amz-checksum-mode", "ENABLED");

    assertThat(second.header("x-amz-checksum-sha256"))
        .isEqualTo(base64(ChecksumAlgorithm.SHA256.of(TAIL)));
    assertThat(second.header("x-amz-checksum-type")).isEqualTo("COMPOSITE");
    assertThat(head.header("x-amz-checksum-sha256"))
        .isEqualTo(base64(ChecksumAlgorithm.SHA256.of(FIRST)));
    assertThat(range.headers()).doesNotContainKey("x-amz-checksum-sha256");
    assertThat(notAsked.headers()).doesNotContainKey("x-amz-checksum-sha256");
    assertThat(none.headers()).doesNotContainKey("x-amz-checksum-crc32");
    assertThat(only.header("x-amz-checksum-crc32"))
        .isEqualTo(base64(ChecksumAlgorithm.CRC32.of(TAIL)));
  }

  @Test
  void an_aborted_upload_is_gone() throws Exception {
    String id = begin();
    part(id, 1, TAIL);

    assertThat(wire.delete("/bucket/key?uploadId=" + id).status()).isEqualTo(204);
    assertThat(wire.delete("/bucket/key?uploadId=" + id).element("Code")).isEqualTo("NoSuchUpload");
    assertThat(wire.get("/bucket?uploads").elements("UploadId")).isEmpty();
  }

  @Test
  void uploads_and_their_parts_are_listed_in_pages() throws Exception {
    String id = begin();
    for (int number : List.of(2, 5, 9)) {
      part(id, number, TAIL);
    }
    wire.post("/bucket/other?uploads", "");

    Reply page = wire.get("/bucket/key?uploadId=" + id + "&max-parts=2");
    Reply rest = wire.get("/bucket/key?uploadId=" + id + "&part-number-marker=5");
    Reply uploads = wire.get("/bucket?uploads&max-uploads=1");
    Reply next =
        wire.get(
            "/bucket?uploads&key-marker="
                + uploads.element("NextKeyMarker")
                + "&upload-id-marker="
                + uploads.element("NextUploadIdMarker"));

    assertThat(page.elements("PartNumber")).containsExactly("2", "5");
    assertThat(page.element("NextPartNumberMarker")).isEqualTo("5");
    assertThat(page.element("IsTruncated")).isEqualTo("true");
    assertThat(rest.elements("PartNumber")).containsExactly("9");
    assertThat(uploads.elements("Key")).containsExactly("key");
    assertThat(uploads.element("IsTruncated")).isEqualTo("true");
    assertThat(next.elements("Key")).containsExactly("other");
  }

  @Test
  void uploads_are_folded_into_folders_that_count_as_one() throws Exception {
    for (String key : List.of("a/1", "a/2", "b", "b", "c/1")) {
      wire.post("/bucket/" + key + "?uploads", "");
    }
    var found = new ArrayList<String>();
    String from = "";
    Reply page;
    do {
      page = wire.get("/bucket?uploads&delimiter=%2F&max-uploads=1" + from);
      found.addAll(page.elements("Key"));
      found.addAll(page.elements("CommonPrefixes"));
      from =
          "&key-marker="
              + page.element("NextKeyMarker").replace("/", "%2F")
              + "&upload-id-marker="
              + page.element("NextUploadIdMarker");
    } while (page.element("IsTruncated").equals("true"));

    assertThat(found).containsExactly("<Prefix>a/</Prefix>", "b", "b", "<Prefix>c/</Prefix>");
  }

  @ParameterizedTest
  @CsvSource({"0", "10001", "x", "-1"})
  void a_part_number_is_1_to_10000(String number) throws Exception {
    String id = begin();

    Reply reply = wire.put("/bucket/key?partNumber=" + number + "&uploadId=" + id, "x");

    assertThat(reply.element("Message"))
        .isEqualTo("Part number must be an integer between 1 and 10000, inclusive");
  }

  private String begin(String... headers) throws IOException {
    return wire.send("POST", "/bucket/key?uploads", new byte[0], headers).element("UploadId");
  }

  private String part(String id, int number, byte[] content) throws IOException {
    Reply reply = wire.put("/bucket/key?partNumber=" + number + "&uploadId=" + id, content);
    assertThat(reply.status()).isEqualTo(200);
    return entry(number, reply.header("ETag"));
  }

  private static String entry(int number, String tag) {
    return "<Part><PartNumber>" + number + "</PartNumber><ETag>" + tag + "</ETag></Part>";
  }

  private Reply complete(String id, String... parts) throws IOException {
    return wire.post("/bucket/key?uploadId=" + id, list(parts));
  }

  private static String list(String... parts) {
    return "<CompleteMultipartUpload>" + String.join("", parts) + "</CompleteMultipartUpload>";
  }

  private static String tagOfTags() {
    return HexFormat.of()
            .formatHex(
                ChecksumAlgorithm.MD5.of(
                    concat(ChecksumAlgorithm.MD5.of(FIRST), ChecksumAlgorithm.MD5.of(TAIL))))
        + "-2";
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] concat(byte[]... all) {
    var out = new ByteArrayOutputStream();
    new ArrayList<>(Arrays.asList(all)).forEach(out::writeBytes);
    return out.toByteArray();
  }

  private static byte[] filled(int size, char with) {
    byte[] bytes = new byte[size];
    Arrays.fill(bytes, (byte) with);
    return bytes;
  }
}
