package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Versions, delete markers and the listing of both. */
@Timeout(60)
class VersionsTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @BeforeEach
  void enable() {
    s3.enableVersioning("bucket");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void every_put_is_a_version_that_can_still_be_had() throws Exception {
    String first = wire.put("/bucket/key", "one").header("x-amz-version-id");
    String second = wire.put("/bucket/key", "two").header("x-amz-version-id");

    assertThat(first).hasSize(32).isNotEqualTo(second);
    assertThat(wire.get("/bucket/key").body()).isEqualTo("two");
    assertThat(wire.get("/bucket/key").header("x-amz-version-id")).isEqualTo(second);
    assertThat(wire.get("/bucket/key?versionId=" + first).body()).isEqualTo("one");
    assertThat(wire.head("/bucket/key?versionId=" + first).header("Content-Length")).isEqualTo("3");
  }

  @Test
  void a_delete_hides_the_object_behind_a_marker() throws Exception {
    String version = wire.put("/bucket/key", "one").header("x-amz-version-id");

    Reply deleted = wire.delete("/bucket/key");
    String marker = deleted.header("x-amz-version-id");
    Reply hidden = wire.get("/bucket/key");
    Reply asked = wire.get("/bucket/key?versionId=" + marker);

    assertThat(deleted.status()).isEqualTo(204);
    assertThat(deleted.header("x-amz-delete-marker")).isEqualTo("true");
    assertThat(hidden.status()).isEqualTo(404);
    assertThat(hidden.element("Code")).isEqualTo("NoSuchKey");
    assertThat(hidden.header("x-amz-delete-marker")).isEqualTo("true");
    assertThat(hidden.header("x-amz-version-id")).isEqualTo(marker);
    assertThat(asked.status()).isEqualTo(405);
    assertThat(asked.element("Code")).isEqualTo("MethodNotAllowed");
    assertThat(asked.element("ResourceType")).isEqualTo("DeleteMarker");
    assertThat(asked.header("Allow")).isEqualTo("DELETE");
    assertThat(asked.header("Last-Modified")).isNotEmpty();
    assertThat(wire.head("/bucket/key").header("x-amz-delete-marker")).isEqualTo("true");
    assertThat(wire.get("/bucket/key?versionId=" + version).body()).isEqualTo("one");
    assertThat(wire.get("/bucket?list-type=2").body()).doesNotContain("<Contents>");
  }

  @Test
  void deleting_the_marker_brings_the_object_back() throws Exception {
    wire.put("/bucket/key", "one");
    String marker = wire.delete("/bucket/key").header("x-amz-version-id");

    Reply undone = wire.delete("/bucket/key?versionId=" + marker);

    assertThat(undone.header("x-amz-delete-marker")).isEqualTo("true");
    assertThat(undone.header("x-amz-version-id")).isEqualTo(marker);
    assertThat(wire.get("/bucket/key").body()).isEqualTo("one");
  }

  @Test
  void a_deleted_version_is_gone_for_good() throws Exception {
    String first = wire.put("/bucket/key", "one").header("x-amz-version-id");
    wire.put("/bucket/key", "two");

    assertThat(wire.delete("/bucket/key?versionId=" + first).status()).isEqualTo(204);

    Reply gone = wire.get("/bucket/key?versionId=" + first);
    assertThat(gone.status()).isEqualTo(404);
    assertThat(gone.element("Code")).isEqualTo("NoSuchVersion");
    assertThat(gone.element("VersionId")).isEqualTo(first);
    assertThat(gone.element("Key")).isEqualTo("key");
  }

  @ParameterizedTest
  @CsvSource({
    "versionId=nonsense,Invalid version id specified",
    "versionId=,Version id cannot be the empty string",
  })
  void what_is_no_version_id_is_an_invalid_argument(String query, String message) throws Exception {
    wire.put("/bucket/key", "one");

    Reply reply = wire.get("/bucket/key?" + query);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
    assertThat(reply.element("Message")).isEqualTo(message);
  }

  @Test
  void what_was_put_before_is_the_null_version_and_stays() throws Exception {
    s3.put("early", "key", bytes("before"));
    assertThat(wire.get("/early/key").headers()).doesNotContainKey("x-amz-version-id");
    wire.put(
        "/early?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");

    wire.put("/early/key", "after");

    assertThat(wire.get("/early?versioning").element("Status")).isEqualTo("Enabled");
    assertThat(wire.get("/early/key").body()).isEqualTo("after");
    assertThat(wire.get("/early/key?versionId=null").body()).isEqualTo("before");
  }

  @Test
  void suspended_versioning_replaces_the_null_version_only() throws Exception {
    String kept = wire.put("/bucket/key", "kept").header("x-amz-version-id");
    wire.put(
        "/bucket?versioning",
        "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>");

    wire.put("/bucket/key", "one");
    Reply two = wire.put("/bucket/key", "two");
    Reply deleted = wire.delete("/bucket/key");

    assertThat(two.headers()).doesNotContainKey("x-amz-version-id");
    assertThat(deleted.header("x-amz-version-id")).isEqualTo("null");
    assertThat(wire.get("/bucket?versions").elements("VersionId")).containsExactly("null", kept);
    assertThat(wire.get("/bucket?versions").body()).contains("<DeleteMarker><Key>key</Key>");
  }

  @Test
  void the_listing_has_every_version_newest_first_in_pages_of_any_size() throws Exception {
    s3.put("bucket", "a", bytes("1"), Map.of());
    s3.put("bucket", "a", bytes("2"), Map.of());
    wire.delete("/bucket/a");
    s3.put("bucket", "b/1", bytes("3"), Map.of());
    s3.put("bucket", "b/2", bytes("4"), Map.of());
    s3.put("bucket", "c", bytes("5"), Map.of());
    List<String> whole = entries(wire.get("/bucket?versions"));

    for (int size = 1; size <= 7; size++) {
      assertThat(paged(size, "")).as("pages of " + size).isEqualTo(whole);
    }
    assertThat(whole).hasSize(6);
    assertThat(whole.get(0)).startsWith("a ").endsWith("true");
    assertThat(whole.get(1)).startsWith("a ").endsWith("false");
    assertThat(wire.get("/bucket?versions&delimiter=%2F").elements("CommonPrefixes"))
        .containsExactly("<Prefix>b/</Prefix>");
    assertThat(paged(1, "&delimiter=%2F")).hasSize(5);
  }

  @Test
  void a_version_marker_needs_a_key_marker() throws Exception {
    Reply reply = wire.get("/bucket?versions&version-id-marker=null");

    assertThat(reply.element("Message"))
        .isEqualTo("A version-id marker cannot be specified without a key marker.");
  }

  @Test
  void many_deletes_say_what_became_of_each() throws Exception {
    wire.put("/bucket/a", "1");
    String version = wire.put("/bucket/b", "2").header("x-amz-version-id");
    String document =
        "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key><VersionId>"
            + version
            + "</VersionId></Object><Object><Key>c</Key><VersionId>nonsense</VersionId></Object>"
            + "</Delete>";

    Reply reply = wire.post("/bucket?delete", document, "Content-MD5", md5(document));

    assertThat(reply.body())
        .contains("<Deleted><Key>a</Key><DeleteMarker>true</DeleteMarker><DeleteMarkerVersionId>")
        .contains("<Deleted><Key>b</Key><VersionId>" + version + "</VersionId></Deleted>")
        .contains("<Error><Key>c</Key><VersionId>nonsense</VersionId><Code>InvalidArgument</Code>");
  }

  private List<String> paged(int size, String more) throws Exception {
    var all = new ArrayList<String>();
    String marker = "";
    for (int page = 0; page < 20; page++) {
      Reply reply = wire.get("/bucket?versions&max-keys=" + size + marker + more);
      all.addAll(entries(reply));
      if (reply.element("IsTruncated").equals("false")) {
        return all;
      }
      String version = reply.element("NextVersionIdMarker");
      marker =
          "&key-marker="
              + UriEncoding.encode(reply.element("NextKeyMarker")).replace("/", "%2F")
              + (version.isEmpty() ? "" : "&version-id-marker=" + version);
    }
    throw new AssertionError("the listing does not end: " + all);
  }

  private static List<String> entries(Reply reply) {
    List<String> keys = reply.elements("Key");
    List<String> versions = reply.elements("VersionId");
    List<String> latest = reply.elements("IsLatest");
    var entries = new ArrayList<String>();
    for (int i = 0; i < keys.size(); i++) {
      entries.add(keys.get(i) + " " + versions.get(i) + " " + latest.get(i));
    }
    entries.addAll(reply.elements("CommonPrefixes"));
    return entries;
  }

  private static String md5(String text) {
    return java.util.Base64.getEncoder().encodeToString(ChecksumAlgorithm.MD5.of(bytes(text)));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
