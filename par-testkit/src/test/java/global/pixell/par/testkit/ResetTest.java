package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
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

  @Test
  void a_reset_server_is_as_a_new_one_except_for_buckets_identities_and_policies()
      throws IOException {
    try (FakeS3 s3 = FakeS3.start()) {
      s3.enableVersioning("bucket");
      s3.put("bucket", "key", new byte[3]);
      s3.put("bucket", "key", new byte[4]);
      Wire wire = Wire.to(s3);
      wire.delete("/bucket/key");
      String upload = wire.post("/bucket/large?uploads", "").element("UploadId");
      s3.onAny().always().inject(Fault.slowDown());
      s3.identity("ci", "AKIACI", "ci-secret").policy(Policy.parse(NOTHING));
      s3.bandwidth(1);
      s3.latency(Duration.ofHours(1));
      s3.clock().advance(Duration.ofDays(400));
      s3.clock().freeze();
      s3.disconnect();

      s3.reset();

      assertThat(s3.requests()).isEmpty();
      assertThat(s3.clock().instant())
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(60));
      assertThat(wire.get("/bucket?versions").elements("Key")).isEmpty();
      assertThat(wire.get("/bucket/large?uploadId=" + upload).status()).isEqualTo(404);
      assertThat(wire.get("/bucket?versioning").element("Status")).isEqualTo("Enabled");
      assertThat(wire.as(s3.identity("other", "AKIAOTHER", "s")).get("/bucket").status())
          .isEqualTo(200);
      assertThat(s3.requests()).extracting(RecordedRequest::fault).containsOnly("");
    }
  }

  @Test
  void a_reset_leaves_the_files_of_a_directory(@TempDir Path directory) throws IOException {
    Path file = Files.createDirectories(directory.resolve("bucket")).resolve("key");
    Files.writeString(file, "somebody's");
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().directory(directory))) {
      s3.reset();

      assertThat(Wire.to(s3).get("/bucket/key").body()).isEqualTo("somebody's");
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
