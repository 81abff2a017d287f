package global.pixell.par.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One fake for many tests. */
@Timeout(60)
class ResetTest {

  private static final String NOTHING =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::none/*"}]}
      """;

  private static final String PUBLIC =
      """
      {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*",
        "Action": "s3:GetObject", "Resource": "arn:aws:s3:::kept/*"}]}
      """;

  private static final String TAGS =
      "<Tagging><TagSet><Tag><Key>when</Key><Value>%s</Value></Tag></TagSet></Tagging>";

  private static final String CORS =
      "<CORSConfiguration><CORSRule><AllowedOrigin>*</AllowedOrigin>"
          + "<AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>";

  @Test
  void a_reset_server_is_as_a_new_one_except_for_identities() throws IOException {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.enableVersioning("bucket");
      s3.put("bucket", "key", new byte[3]);
      s3.put("bucket", "key", new byte[4]);
      Wire wire = Wire.to(s3);
      wire.delete("/bucket/key");
      String upload = wire.post("/bucket/large?uploads", "").element("UploadId");
      s3.onAny().always().inject(Fault.slowDown());
      Identity ci = s3.identity("ci", "AKIACI", "ci-secret").policy(Policy.parse(NOTHING));
      s3.bandwidth(1);
      s3.latency(Duration.ofHours(1));
      s3.clock().advance(Duration.ofDays(400));
      s3.clock().freeze();
      s3.disconnect();

      s3.reset();

      assertThat(s3.requests()).isEmpty();
      assertThat(s3.clock().instant())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
      assertThat(wire.get("/").elements("Name")).isEmpty();
      s3.createBucket("bucket");
      assertThat(wire.get("/bucket?versions").elements("Key")).isEmpty();
      assertThat(wire.get("/bucket/large?uploadId=" + upload).status()).isEqualTo(404);
      assertThat(wire.get("/bucket?versioning").elements("Status")).isEmpty();
      assertThat(wire.as(ci).get("/bucket").status()).isEqualTo(403);
      assertThat(s3.requests()).extracting(RecordedRequest::fault).containsOnly("");
    }
  }

  @Test
  void a_reset_brings_the_baseline_back_with_versions_and_settings() throws IOException {
    try (FakeS3 s3 = FakeS3.start()) {
      Wire wire = Wire.to(s3);
      s3.enableVersioning("kept");
      s3.bucketRegion("elsewhere", "eu-west-1");
      s3.put("kept", "key", "one".getBytes(UTF_8));
      s3.put("kept", "key", "two".getBytes(UTF_8));
      s3.bucketPolicy("kept", PUBLIC);
      wire.put("/kept?tagging", TAGS.formatted("before"));
      s3.markBaseline();
      List<String> versions = wire.get("/kept?versions").elements("VersionId");

      for (int round = 0; round < 2; round++) {
        wire.put("/kept/key", "three");
        wire.delete("/kept/key?versionId=" + versions.get(0));
        wire.put("/kept/more", "more");
        wire.put("/kept?tagging", TAGS.formatted("after"));
        wire.delete("/kept?policy");
        wire.put("/kept?cors", CORS);
        s3.bucketRegion("elsewhere", "ap-south-1");
        s3.put("later", "key", new byte[1]);
        s3.bucketPolicy("later", PUBLIC.replace("kept", "later"));

        s3.reset();

        assertThat(wire.get("/").elements("Name")).containsExactly("elsewhere", "kept");
        assertThat(wire.get("/kept?versions").elements("VersionId")).isEqualTo(versions);
        assertThat(wire.get("/kept/key").body()).isEqualTo("two");
        assertThat(wire.get("/kept?tagging").element("Value")).isEqualTo("before");
        assertThat(wire.get("/kept?policy").status()).isEqualTo(200);
        assertThat(wire.get("/kept?cors").status()).isEqualTo(404);
        assertThat(wire.get("/elsewhere?location").body()).contains("eu-west-1");
        s3.createBucket("later");
        assertThat(wire.get("/later?policy").status()).isEqualTo(404);
      }
    }
  }

  @Test
  void one_object_can_join_the_baseline_or_leave_it() throws IOException {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.put("kept", "old", new byte[1]);
      s3.markBaseline();
      s3.put("kept", "new", new byte[2]);
      s3.put("kept", "of a test", new byte[3]);
      s3.put("later", "new", new byte[4]);
      s3.addToBaseline("kept", "new");
      s3.addToBaseline("later", "new");
      s3.addToBaseline("missing", "key");
      Wire wire = Wire.to(s3);
      wire.delete("/kept/old");

      s3.reset();

      assertThat(wire.get("/kept").elements("Key")).containsExactly("new", "old");
      assertThat(wire.get("/").elements("Name")).containsExactly("kept", "later");
      wire.delete("/kept/old");
      s3.addToBaseline("kept", "old");
      s3.reset();
      assertThat(wire.get("/kept").elements("Key")).containsExactly("new");
    }
  }

  @Test
  void a_reset_leaves_the_files_of_a_directory(@TempDir Path directory) throws IOException {
    Path file = Files.createDirectories(directory.resolve("bucket")).resolve("key");
    Files.writeString(file, "somebody's");
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(directory))) {
      s3.markBaseline();
      Wire.to(s3).put("/bucket/later", "later");

      s3.reset();

      assertThat(Wire.to(s3).get("/bucket/key").body()).isEqualTo("somebody's");
      assertThat(Wire.to(s3).get("/bucket/later").body()).isEqualTo("later");
    }
  }

  @Test
  void a_registry_of_springs_form_gets_the_properties_of_spring_cloud_aws() {
    var properties = new TreeMap<String, Object>();
    try (FakeS3 s3 = FakeS3.start()) {
      s3.registerProperties((name, value) -> properties.put(name, value.get()));

      assertThat(properties)
          .containsEntry("spring.cloud.aws.s3.endpoint", s3.endpoint().toString())
          .containsEntry("spring.cloud.aws.s3.path-style-access-enabled", "true")
          .containsEntry("spring.cloud.aws.region.static", "us-east-2")
          .containsEntry("spring.cloud.aws.credentials.access-key", FakeS3.ACCESS_KEY)
          .containsEntry("spring.cloud.aws.credentials.secret-key", FakeS3.SECRET_KEY);
    }
  }
}
