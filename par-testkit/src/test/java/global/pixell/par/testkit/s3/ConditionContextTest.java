package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Condition keys that depend on more than the address of a request: tags, ACLs, regions. */
@Timeout(60)
class ConditionContextTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  ConditionContextTest() {
    s3.put("bucket", "open", "x".getBytes(StandardCharsets.UTF_8));
    s3.put(
        "bucket",
        "secret",
        "x".getBytes(StandardCharsets.UTF_8),
        Map.of("x-amz-tagging", "level=secret&team=a"));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /bucket/secret, 403",
    "HEAD, /bucket/secret, 403",
    "GET, /bucket/secret?tagging, 403",
    "GET, /bucket/open, 200",
    "GET, /bucket/absent, 404"
  })
  void a_denial_by_the_tags_of_an_object_holds(String method, String target, int status)
      throws Exception {
    allAnd(
        "\"Effect\": \"Deny\", \"Action\": \"s3:Get*\"",
        "\"StringEquals\": {\"s3:ExistingObjectTag/level\": \"secret\"}");

    assertThat(wire.send(method, target, new byte[0]).status()).isEqualTo(status);
  }

  @Test
  void the_source_of_a_copy_is_denied_by_its_own_tags() throws Exception {
    allAnd(
        "\"Effect\": \"Deny\", \"Action\": \"s3:GetObject\"",
        "\"StringEquals\": {\"s3:ExistingObjectTag/level\": \"secret\"}");

    assertThat(copy("/bucket/secret").status()).isEqualTo(403);
    assertThat(copy("/bucket/open").status()).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"StringEquals\": {\"s3:RequestObjectTag/level\": \"secret\"} | level=secret | 403",
        "\"StringEquals\": {\"s3:RequestObjectTag/level\": \"secret\"} | level=open | 200",
        "\"ForAnyValue:StringEquals\": {\"s3:RequestObjectTagKeys\": \"level\"} | a=b&level=x | 403",
        "\"ForAnyValue:StringEquals\": {\"s3:RequestObjectTagKeys\": \"level\"} | a=b | 200"
      })
  void a_denial_by_the_tags_of_an_upload_holds(String condition, String tags, int status)
      throws Exception {
    allAnd("\"Effect\": \"Deny\", \"Action\": \"s3:PutObject\"", condition);

    assertThat(wire.put("/bucket/new", "x", "x-amz-tagging", tags).status()).isEqualTo(status);
    assertThat(wire.post("/bucket/new?uploads", "", "x-amz-tagging", tags).status())
        .isEqualTo(status);
  }

  @ParameterizedTest
  @CsvSource({
    "x-amz-tagging, a=b, s3:PutObjectTagging",
    "x-amz-acl, public-read, s3:PutObjectAcl",
    "x-amz-grant-read, uri=all, s3:PutObjectAcl",
    "x-amz-object-lock-mode, GOVERNANCE, s3:PutObjectRetention",
    "x-amz-object-lock-legal-hold, ON, s3:PutObjectLegalHold"
  })
  void an_upload_with_more_than_bytes_needs_more_than_put_object(
      String header, String value, String action) throws Exception {
    only("\"Effect\": \"Allow\", \"Action\": \"s3:PutObject\", \"Resource\": \"*\"");

    Reply reply = wire.put("/bucket/new", "x", header, value);

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.element("Message")).contains("perform: " + action + " on resource");
    assertThat(wire.put("/bucket/new", "x").status()).isEqualTo(200);
  }

  @Test
  void a_copy_that_takes_the_tags_along_reads_and_writes_them() throws Exception {
    only(
        "\"Effect\": \"Allow\", \"Action\": [\"s3:GetObject\", \"s3:PutObject\"],"
            + " \"Resource\": \"*\"");

    assertThat(copy("/bucket/open").status()).isEqualTo(200);
    assertThat(copy("/bucket/secret").element("Message")).contains("perform: s3:GetObjectTagging");
    assertThat(
            wire.put(
                    "/bucket/new",
                    "",
                    "x-amz-copy-source",
                    "/bucket/secret",
                    "x-amz-tagging-directive",
                    "REPLACE")
                .status())
        .isEqualTo(200);
  }

  @Test
  void tags_that_cannot_be_read_are_refused() throws Exception {
    Reply reply = wire.put("/bucket/new", "x", "x-amz-tagging", "a=%zz");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("ArgumentName")).isEqualTo("x-amz-tagging");
  }

  @ParameterizedTest
  @CsvSource({
    "11, t, v, BadRequest",
    "1, KEY, v, InvalidTag",
    "1, t, VALUE, InvalidTag",
  })
  void tags_beyond_the_limits_of_s3_are_refused(int count, String key, String value, String code)
      throws Exception {
    String tags =
        IntStream.range(0, count)
            .mapToObj(i -> key.replace("KEY", "k".repeat(128)) + i + "=" + value)
            .collect(Collectors.joining("&"))
            .replace("VALUE", "v".repeat(257));

    Reply reply = wire.put("/bucket/new", "x", "x-amz-tagging", tags);

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo(code);
    assertThat(wire.post("/bucket/new?uploads", "", "x-amz-tagging", tags).status()).isEqualTo(400);
    assertThat(wire.head("/bucket/new").status()).isEqualTo(404);
  }

  @Test
  void a_bucket_may_be_made_only_where_its_policy_says() throws Exception {
    only(
        "\"Effect\": \"Allow\", \"Action\": \"s3:CreateBucket\", \"Resource\": \"*\", \"Condition\":"
            + " {\"StringEquals\": {\"s3:LocationConstraint\": \"eu-west-1\"}}");
    String here =
        "<CreateBucketConfiguration><LocationConstraint>%s</LocationConstraint>"
            + "</CreateBucketConfiguration>";

    assertThat(wire.put("/there", here.formatted("us-west-1")).status()).isEqualTo(403);
    assertThat(wire.put("/there", "").status()).isEqualTo(403);
    assertThat(wire.put("/there", here.formatted("eu-west-1")).status()).isEqualTo(200);
  }

  @Test
  void what_makes_an_object_is_told_from_what_leads_to_one() throws Exception {
    allAnd(
        "\"Effect\": \"Deny\", \"Action\": \"s3:PutObject\"",
        "\"Bool\": {\"s3:ObjectCreationOperation\": \"true\"}");

    assertThat(wire.put("/bucket/new", "x").status()).isEqualTo(403);
    assertThat(wire.post("/bucket/new?uploads", "").status()).isEqualTo(200);
  }

  @Test
  void sessions_older_than_a_moment_may_be_revoked() throws Exception {
    String revoked = "\"DateLessThan\": {\"aws:TokenIssueTime\": \"%s\"}";
    allAnd(
        "\"Effect\": \"Deny\", \"Action\": \"*\"",
        revoked.formatted(Instant.now().plusSeconds(60)));
    assertThat(wire.get("/bucket/open").status()).isEqualTo(403);

    allAnd(
        "\"Effect\": \"Deny\", \"Action\": \"*\"",
        revoked.formatted(Instant.now().minusSeconds(3600)));
    assertThat(wire.get("/bucket/open").status()).isEqualTo(200);
  }

  private Reply copy(String from) throws Exception {
    return wire.put("/bucket/copy", "", "x-amz-copy-source", from);
  }

  private void allAnd(String statement, String condition) {
    only(
        "\"Effect\": \"Allow\", \"Action\": \"s3:*\", \"Resource\": \"*\"}, {"
            + statement
            + ", \"Resource\": \"*\", \"Condition\": {"
            + condition
            + "}");
  }

  private void only(String statement) {
    s3.defaultIdentity()
        .policy(
            Policy.parse("{\"Version\": \"2012-10-17\", \"Statement\": [{" + statement + "}]}"));
  }
}
