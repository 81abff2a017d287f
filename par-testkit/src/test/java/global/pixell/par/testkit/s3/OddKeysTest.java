package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.http.UriEncoding;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys are bytes: the fake returns them unchanged, and they never lead out of a folder. */
@Timeout(120)
class OddKeysTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a b",
        "a+b",
        "a%2Bb",
        "a%20b",
        "%",
        "a//b",
        "/leading",
        "//",
        "dir/",
        ".",
        "..",
        "a/../b",
        "./a",
        "../secret",
        "a/.",
        "\u00fcn\u00ef/\u00e7\u00f8d\u00e9 \u6587\u5b57",
        "\ud83d\ude00",
        "tab\there",
        "line\nfeed",
        "\u0001",
        "a?b#c&d=e",
        "<'quotes\"&>",
        "\\",
        "c:\\windows",
        "con",
        "e\u0301",
        "\u00e9",
      })
  void a_key_comes_back_byte_for_byte(String key) throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      Wire wire = Wire.to(s3);
      s3.createBucket("bucket");
      String encoded = UriEncoding.encode(key);

      assertThat(wire.put("/bucket/" + encoded, "of " + key).status()).isEqualTo(200);

      assertThat(wire.get("/bucket/" + encoded).body()).isEqualTo("of " + key);
      assertThat(wire.asHost("bucket.localhost").get("/" + encoded).body()).isEqualTo("of " + key);
      assertThat(wire.get("/bucket?list-type=2&encoding-type=url").elements("Key"))
          .containsExactly(encoded.replace("%20", "+"));
      assertThat(s3.requests()).extracting(RecordedRequest::key).contains(key);
      assertThat(wire.delete("/bucket/" + encoded).status()).isEqualTo(204);
      assertThat(wire.head("/bucket/" + encoded).status()).isEqualTo(404);
    }
  }

  @Test
  void a_plus_in_a_path_is_a_plus_and_in_a_query_a_space() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put("bucket", "a+b", "plus".getBytes(StandardCharsets.UTF_8));
      s3.put("bucket", "a b", "space".getBytes(StandardCharsets.UTF_8));

      assertThat(Wire.to(s3).get("/bucket/a%2Bb").body()).isEqualTo("plus");
      assertThat(Wire.to(s3).get("/bucket/a%20b").body()).isEqualTo("space");
      assertThat(S3Request.parsed("prefix=a+b").get("prefix")).isEqualTo("a b");
    }
  }

  @Test
  void a_bucket_stands_in_the_path_or_in_the_host() throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put("my.bucket", "key", "content".getBytes(StandardCharsets.UTF_8));
      Wire wire = Wire.to(s3);

      assertThat(wire.get("/my.bucket/key").body()).isEqualTo("content");
      assertThat(wire.asHost("my.bucket.localhost").get("/key").body()).isEqualTo("content");
      assertThat(wire.asHost("my.bucket.s3.us-east-2.amazonaws.com").get("/key").body())
          .isEqualTo("content");
      assertThat(wire.asHost("my.bucket.s3.amazonaws.com").get("/?list-type=2").elements("Key"))
          .containsExactly("key");
      assertThat(wire.asHost("s3.us-east-2.amazonaws.com").get("/my.bucket/key").body())
          .isEqualTo("content");
      assertThat(wire.asHost("localhost").get("/my.bucket/key").body()).isEqualTo("content");
    }
  }

  @Test
  void no_key_whatever_it_is_reads_or_writes_outside_its_folder(@TempDir Path root)
      throws Exception {
    Path served = Files.createDirectories(root.resolve("served"));
    Files.createDirectories(served.resolve("bucket/dir"));
    Files.writeString(served.resolve("bucket/dir/inside"), "inside");
    Files.writeString(root.resolve("secret"), "secret");
    Files.createSymbolicLink(served.resolve("bucket/out"), root);
    Files.createSymbolicLink(served.resolve("bucket/leak"), root.resolve("secret"));
    List<Path> outside = outside(root);
    String[] pieces = {
      "..", ".", "/", "//", "dir", "out", "leak", "secret", "\\", "inside", "a", "\u0000", "%2e",
      "\u00fc", " ", "\n",
    };
    var random = new Random(1);
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(served))) {
      Wire wire = Wire.to(s3);
      for (int i = 0; i < 300; i++) {
        var key = new StringBuilder();
        for (int n = 1 + random.nextInt(5); n > 0; n--) {
          key.append(pieces[random.nextInt(pieces.length)]);
        }
        String target = "/bucket/" + UriEncoding.encode(key.toString());

        Reply got = wire.get(target);
        Reply put = wire.put(target, "written");

        assertThat(got.body()).as("GET " + key).isNotEqualTo("secret");
        if (put.status() == 200 && !target.equals("/bucket/")) {
          assertThat(wire.get(target).body()).as("GET after PUT " + key).isEqualTo("written");
          assertThat(wire.delete(target).status()).isEqualTo(204);
        } else {
          assertThat(put.status()).as("PUT " + key).isBetween(400, 409);
        }
        assertThat(outside(root)).as("after " + key).isEqualTo(outside);
        assertThat(root.resolve("secret")).hasContent("secret");
      }
      assertThat(wire.get("/bucket?list-type=2").elements("Key")).doesNotContain("leak");
    }
  }

  /** All files that are not below the served folder. */
  private static List<Path> outside(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return new ArrayList<>(
          all.filter(path -> !path.startsWith(root.resolve("served"))).sorted().toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a//b", "dir/", "a/../b", "./a", "/a", "a/b/c", "..", "a\\b", "LONG"})
  void a_key_that_is_no_file_is_refused_by_a_folder_in_a_sentence(String odd, @TempDir Path root)
      throws Exception {
    String key = odd.replace("LONG", "long/" + "n".repeat(256) + "/name");
    Files.createDirectories(root.resolve("bucket"));
    Files.writeString(root.resolve("bucket/a"), "a file, so nothing can be below it");
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(root))) {
      Reply reply = Wire.to(s3).put("/bucket/" + UriEncoding.encode(key), "x");

      assertThat(reply.status()).isEqualTo(400);
      assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
      assertThat(reply.element("Message")).startsWith("The key cannot be a file below the folder");
      assertThat(Wire.to(s3).get("/bucket/" + UriEncoding.encode(key)).status()).isEqualTo(404);
    }
  }

  @Test
  void a_folder_remembers_what_was_said_of_a_file_until_it_changes(@TempDir Path root)
      throws Exception {
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(root))) {
      Wire wire = Wire.to(s3);
      wire.put("/bucket", "");
      wire.put("/bucket/deep/er/key", "hello", "Content-Type", "text/plain");

      assertThat(root.resolve("bucket/deep/er/key")).hasContent("hello");
      assertThat(wire.get("/bucket/deep/er/key").header("Content-Type")).isEqualTo("text/plain");
      Files.writeString(root.resolve("bucket/deep/er/key"), "changed by hand");
      Reply changed = wire.get("/bucket/deep/er/key", "x-amz-checksum-mode", "ENABLED");
      assertThat(changed.body()).isEqualTo("changed by hand");
      assertThat(changed.header("Content-Type")).isEqualTo("binary/octet-stream");
      assertThat(changed.header("x-amz-checksum-crc64nvme"))
          .isEqualTo(
              java.util.Base64.getEncoder()
                  .encodeToString(ChecksumAlgorithm.CRC64NVME.of(changed.bytes())));
      assertThat(wire.delete("/bucket").element("Code")).isEqualTo("BucketNotEmpty");
      wire.delete("/bucket/deep/er/key");
      assertThat(root.resolve("bucket")).isEmptyDirectory();
      assertThat(wire.delete("/bucket").status()).isEqualTo(204);
      assertThat(wire.put("/bucket?versioning", "<VersioningConfiguration/>").status())
          .isEqualTo(404);
    }
    assertThat(root).isEmptyDirectory();
  }
}
