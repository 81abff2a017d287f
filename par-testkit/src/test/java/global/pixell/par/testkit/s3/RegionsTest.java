package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.IamFolder;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A bucket is in one region, and S3 names it to a client that asks another region. */
@Timeout(60)
class RegionsTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @BeforeEach
  void buckets() {
    s3.put("near", "key", "near".getBytes(StandardCharsets.UTF_8));
    s3.bucketRegion("far", "eu-west-1");
    s3.put("far", "key", "far".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_bucket_elsewhere_is_a_permanent_redirect_that_names_its_region() throws Exception {
    Reply get = wire.get("/far/key");
    Reply head = wire.head("/far");

    assertThat(get.status()).isEqualTo(301);
    assertThat(get.element("Code")).isEqualTo("PermanentRedirect");
    assertThat(get.element("Bucket")).isEqualTo("far");
    assertThat(get.element("Endpoint")).isEqualTo("far.s3.eu-west-1.amazonaws.com");
    assertThat(get.header("x-amz-bucket-region")).isEqualTo("eu-west-1");
    assertThat(head.status()).isEqualTo(301);
    assertThat(head.header("x-amz-bucket-region")).isEqualTo("eu-west-1");
    assertThat(head.bytes()).isEmpty();
  }

  @Test
  void who_signs_for_its_region_is_served() throws Exception {
    Wire there = wire.inRegion("eu-west-1");

    assertThat(there.get("/far/key").body()).isEqualTo("far");
    assertThat(there.head("/far").header("x-amz-bucket-region")).isEqualTo("eu-west-1");
  }

  @Test
  void a_signature_for_the_wrong_region_is_malformed_and_told_the_right_one() throws Exception {
    Reply reply = wire.inRegion("eu-west-1").get("/near/key");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("AuthorizationHeaderMalformed");
    assertThat(reply.element("Region")).isEqualTo("us-east-2");
  }

  @Test
  void a_signature_for_a_third_region_is_told_where_the_bucket_is() throws Exception {
    Reply reply = wire.inRegion("us-west-1").get("/far/key");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Region")).isEqualTo("eu-west-1");
    assertThat(reply.header("x-amz-bucket-region")).isEqualTo("eu-west-1");
  }

  @Test
  void where_a_bucket_is_is_told_also_to_who_may_not_look_into_it() throws Exception {
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));

    Reply near = wire.head("/near");
    Reply absent = wire.head("/absent");

    assertThat(near.status()).isEqualTo(403);
    assertThat(near.header("x-amz-bucket-region")).isEqualTo("us-east-2");
    assertThat(absent.status()).isEqualTo(403);
    assertThat(absent.headers()).doesNotContainKey("x-amz-bucket-region");
  }

  @Test
  void everybody_is_told_where_a_bucket_is() throws Exception {
    s3.bucketRegion("oldest", "us-east-1");

    assertThat(wire.get("/near?location").element("LocationConstraint")).isEmpty();
    assertThat(wire.get("/near?location").body()).contains(">us-east-2</LocationConstraint>");
    assertThat(wire.get("/far?location").body()).contains(">eu-west-1</LocationConstraint>");
    assertThat(wire.get("/oldest?location").body()).endsWith("/\"/>");
  }

  @Test
  void a_bucket_is_made_where_its_constraint_says() throws Exception {
    Wire there = wire.inRegion("ap-south-1");
    String configuration =
        "<CreateBucketConfiguration><LocationConstraint>ap-south-1</LocationConstraint>"
            + "</CreateBucketConfiguration>";

    assertThat(there.put("/indian", configuration).status()).isEqualTo(200);

    assertThat(there.head("/indian").header("x-amz-bucket-region")).isEqualTo("ap-south-1");
    assertThat(wire.get("/indian?list-type=2").status()).isEqualTo(301);
  }

  @Test
  void a_bucket_that_is_made_in_us_east_1_without_a_constraint_is_there() throws Exception {
    Wire oldest = wire.inRegion("us-east-1");

    assertThat(oldest.put("/virginian", "").status()).isEqualTo(200);

    assertThat(oldest.head("/virginian").header("x-amz-bucket-region")).isEqualTo("us-east-1");
    assertThat(oldest.get("/virginian?location").element("LocationConstraint")).isEmpty();
    assertThat(wire.get("/virginian?list-type=2").status()).isEqualTo(301);
  }
}
