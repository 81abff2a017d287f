package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The settings that cannot be changed: AWS's defaults, and its errors for those without one. */
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BucketSettingsTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @BeforeAll
  void fill() {
    s3.put("bucket", "key", new byte[1]);
  }

  @AfterAll
  void close() {
    s3.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "acl|GetBucketAcl|<Permission>FULL_CONTROL</Permission>",
        "acl|GetBucketAcl|xsi:type=\"CanonicalUser\"><ID>",
        "encryption|GetBucketEncryption|<SSEAlgorithm>AES256</SSEAlgorithm>",
        "publicAccessBlock|GetPublicAccessBlock|<BlockPublicPolicy>true</BlockPublicPolicy>",
        "ownershipControls|GetBucketOwnershipControls"
            + "|<ObjectOwnership>BucketOwnerEnforced</ObjectOwnership>",
        "requestPayment|GetBucketRequestPayment|<Payer>BucketOwner</Payer>",
        "logging|GetBucketLogging|<BucketLoggingStatus xmlns=",
        "notification|GetBucketNotificationConfiguration|<NotificationConfiguration xmlns=",
        "accelerate|GetBucketAccelerateConfiguration|<AccelerateConfiguration xmlns=",
      })
  void a_setting_has_the_default_of_aws(String name, String operation, String part)
      throws Exception {
    Reply reply = wire.get("/bucket?" + name);

    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.body()).contains(part);
    assertThat(reply.header("Content-Type")).isEqualTo("application/xml");
    assertThat(s3.count(operation)).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "lifecycle, NoSuchLifecycleConfiguration",
    "website, NoSuchWebsiteConfiguration",
    "policyStatus, NoSuchBucketPolicy",
    "cors, NoSuchCORSConfiguration",
    "tagging, NoSuchTagSet",
    "replication, ReplicationConfigurationNotFoundError",
    "object-lock, ObjectLockConfigurationNotFoundError",
  })
  void a_setting_without_a_default_is_not_found(String name, String code) throws Exception {
    Reply reply = wire.get("/bucket?" + name);

    assertThat(reply.status()).isEqualTo(404);
    assertThat(reply.element("Code")).isEqualTo(code);
    assertThat(reply.element("BucketName")).isEqualTo("bucket");
    assertThat(wire.get("/absent?" + name).element("Code")).isEqualTo("NoSuchBucket");
  }

  @Test
  void the_acl_of_an_object_is_that_of_its_owner() throws Exception {
    assertThat(wire.get("/bucket/key?acl").element("Permission")).isEqualTo("FULL_CONTROL");
    assertThat(wire.get("/bucket/absent?acl").element("Code")).isEqualTo("NoSuchKey");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"*\"|{}|true",
        "{\"AWS\": \"*\"}|{\"Bool\": {\"aws:SecureTransport\": \"true\"}}|true",
        "\"*\"|{\"IpAddress\": {\"aws:SourceIp\": \"192.0.2.0/24\"}}|false",
        "{\"AWS\": \"123456789012\"}|{}|false",
      })
  void a_policy_for_everybody_is_public_and_means_that_nothing_blocks_it(
      String principal, String condition, boolean isPublic) throws Exception {
    s3.put("open", "key", new byte[1]);
    s3.bucketPolicy(
        "open",
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": %s,
         "Action": "s3:GetObject", "Resource": "arn:aws:s3:::open/*", "Condition": %s}}
        """
            .formatted(principal, condition));

    assertThat(wire.get("/open?policyStatus").element("IsPublic"))
        .isEqualTo(String.valueOf(isPublic));
    assertThat(wire.get("/open?publicAccessBlock").element("Code"))
        .isEqualTo(isPublic ? "NoSuchPublicAccessBlockConfiguration" : "");
  }
}
