package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The fake refuses unsupported headers, but first refuses a caller without permission for them. */
@Timeout(60)
class UnsupportedHeadersTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  UnsupportedHeadersTest() {
    s3.put("bucket", "key", "x".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /bucket/new, x-amz-write-offset-bytes, 1, 501, NotImplemented",
    "PUT, /bucket/new, x-amz-object-lock-mode, GOVERNANCE, 501, NotImplemented",
    "PUT, /bucket/new, x-amz-server-side-encryption, aws:kms, 501, NotImplemented",
    "PUT, /bucket/new, x-amz-server-side-encryption-customer-algorithm, AES256, 501, NotImplemented",
    "PUT, /bucket/new, x-amz-acl, public-read, 400, AccessControlListNotSupported",
    "PUT, /bucket/new, x-amz-grant-read, uri=all, 400, AccessControlListNotSupported",
    "PUT, /made, x-amz-acl, public-read, 400, InvalidBucketAclWithObjectOwnership",
    "PUT, /made, x-amz-bucket-object-lock-enabled, true, 501, NotImplemented",
    "PUT, /made, x-amz-object-ownership, ObjectWriter, 501, NotImplemented",
    "DELETE, /bucket/key, x-amz-mfa, 1 2, 501, NotImplemented",
    "DELETE, /bucket/key, x-amz-bypass-governance-retention, true, 400, InvalidArgument",
    "GET, /bucket/key, x-amz-server-side-encryption-customer-algorithm, AES256, 400, InvalidRequest",
    "GET, /bucket/key, x-amz-expected-bucket-owner, 999999999999, 403, AccessDenied",
    "GET, /bucket/key, x-amz-expected-bucket-owner, me, 400, InvalidBucketOwnerAWSAccountID",
    "GET, /bucket?list-type=2, x-amz-expected-bucket-owner, 999999999999, 403, AccessDenied"
  })
  void a_header_that_would_be_left_out_is_refused(
      String method, String target, String header, String value, int status, String code)
      throws Exception {
    byte[] body = method.equals("PUT") && target.endsWith("new") ? new byte[1] : new byte[0];

    Reply reply = wire.send(method, target, body, header, value);

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.element("Code")).isEqualTo(code);
    if (status == 501) {
      assertThat(reply.element("Message")).contains(header);
    }
    assertThat(wire.head("/bucket/new").status()).isEqualTo(404);
    assertThat(wire.head("/made").status()).isEqualTo(404);
    assertThat(wire.head("/bucket/key").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /bucket/new, x-amz-acl, bucket-owner-full-control",
    "PUT, /bucket/new, x-amz-server-side-encryption, AES256",
    "PUT, /made, x-amz-acl, private",
    "PUT, /made, x-amz-object-ownership, BucketOwnerEnforced",
    "GET, /bucket/key, x-amz-expected-bucket-owner, 123456789012",
    "GET, /bucket/key, x-amz-request-payer, requester"
  })
  void a_header_that_says_what_is_so_anyway_is_taken(
      String method, String target, String header, String value) throws Exception {
    assertThat(wire.send(method, target, new byte[0], header, value).status()).isEqualTo(200);
  }

  @Test
  void a_fixture_is_refused_what_an_upload_is_refused() {
    assertThatThrownBy(
            () -> s3.put("bucket", "new", new byte[0], Map.of("x-amz-acl", "public-read")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("AccessControlListNotSupported");
  }

  @Test
  void tags_of_a_bucket_are_not_there() throws Exception {
    Reply reply =
        wire.put(
            "/made",
            "<CreateBucketConfiguration><Tags><Tag><Key>a</Key><Value>b</Value></Tag></Tags>"
                + "</CreateBucketConfiguration>");

    assertThat(reply.status()).isEqualTo(501);
    assertThat(wire.head("/made").status()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource({
    "PUT, /bucket?acl, s3:PutBucketAcl",
    "GET, /bucket?analytics, s3:GetAnalyticsConfiguration",
    "PUT, /bucket?lifecycle, s3:PutLifecycleConfiguration",
    "DELETE, /bucket?website, s3:DeleteBucketWebsite",
    "PUT, /bucket?publicAccessBlock, s3:PutBucketPublicAccessBlock",
    "POST, /bucket?metadataTable, s3:CreateBucketMetadataTableConfiguration",
    "PUT, /bucket/key?acl, s3:PutObjectAcl",
    "PUT, /bucket/key?acl&versionId=null, s3:PutObjectVersionAcl",
    "PUT, /bucket/key?retention, s3:PutObjectRetention",
    "POST, /bucket/key?restore, s3:RestoreObject",
    "POST, /bucket/key?select&select-type=2, s3:GetObject"
  })
  void what_is_not_there_is_denied_first_to_who_may_not(String method, String target, String action)
      throws Exception {
    assertThat(wire.send(method, target, new byte[0]).status()).isEqualTo(501);

    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                  "Action": "s3:ListBucket", "Resource": "*"}]}
                """));
    Reply denied = wire.send(method, target, new byte[0]);

    assertThat(denied.status()).isEqualTo(403);
    assertThat(denied.element("Message")).contains("perform: " + action + " on resource");
  }
}
