package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The tags of objects and of buckets. */
@Timeout(60)
class TaggingTest {

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);

  @BeforeEach
  void fill() {
    s3.put(
        "bucket", "key", "x".getBytes(StandardCharsets.US_ASCII), Map.of("x-amz-tagging", "a=1"));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void the_tags_of_an_object_are_replaced_and_deleted_and_nothing_else_of_it_changes()
      throws Exception {
    String modified = wire.head("/bucket/key").header("Last-Modified");
    s3.clock().advance(Duration.ofMinutes(5));

    Reply put = wire.put("/bucket/key?tagging", tags(tag("b c", "1+2/3"), tag("d", "")));
    Reply got = wire.get("/bucket/key?tagging");
    Reply object = wire.get("/bucket/key");
    Reply deleted = wire.delete("/bucket/key?tagging");

    assertThat(put.status()).isEqualTo(200);
    assertThat(got.elements("Key")).containsExactly("b c", "d");
    assertThat(got.elements("Value")).containsExactly("1+2/3", "");
    assertThat(object.header("x-amz-tagging-count")).isEqualTo("2");
    assertThat(object.header("Last-Modified")).isEqualTo(modified);
    assertThat(object.body()).isEqualTo("x");
    assertThat(deleted.status()).isEqualTo(204);
    assertThat(wire.get("/bucket/key?tagging").elements("Key")).isEmpty();
    assertThat(wire.head("/bucket/key").headers()).doesNotContainKey("x-amz-tagging-count");
  }

  @Test
  void each_version_has_its_own_tags() throws Exception {
    wire.put(
        "/bucket?versioning",
        "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>");
    String version = wire.put("/bucket/key", "new").header("x-amz-version-id");

    Reply put = wire.put("/bucket/key?tagging", tags(tag("new", "1")));

    assertThat(put.header("x-amz-version-id")).isEqualTo(version);
    assertThat(wire.get("/bucket/key?tagging").elements("Key")).containsExactly("new");
    assertThat(wire.get("/bucket/key?tagging&versionId=null").elements("Key")).containsExactly("a");
    assertThat(wire.get("/bucket/absent?tagging").element("Code")).isEqualTo("NoSuchKey");
    assertThat(wire.put("/bucket/absent?tagging", tags()).element("Code")).isEqualTo("NoSuchKey");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>a</Key><Value>2</Value></Tag>"
            + "|InvalidTag|Cannot provide multiple Tags with the same key",
        "<Tag><Key>aws:a</Key><Value>1</Value></Tag>"
            + "|InvalidTag|System tags cannot be added/updated by requester",
        "<Tag><Key></Key><Value>1</Value></Tag>|InvalidTag|The TagKey you have provided is invalid",
        "<Tag><Key>a</Key><Value>{}</Value></Tag>"
            + "|InvalidTag|The TagValue you have provided is invalid",
        "<Tag><Key>a</Key></Tag>|MalformedXML|The XML you provided was not well-formed or did not"
            + " validate against our published schema",
        "<Tag><Key>a</Key><Value>1</Value><Extra/></Tag>|MalformedXML|The XML you provided was not"
            + " well-formed or did not validate against our published schema",
      })
  void tags_that_s3_refuses_change_nothing(String document, String code, String message)
      throws Exception {
    Reply reply = wire.put("/bucket/key?tagging", tags(document));

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo(code);
    assertThat(reply.element("Message")).isEqualTo(message);
    assertThat(wire.get("/bucket/key?tagging").elements("Key")).containsExactly("a");
  }

  @Test
  void an_object_has_at_most_10_tags_and_a_bucket_50() throws Exception {
    assertThat(wire.put("/bucket/key?tagging", tags(many(10))).status()).isEqualTo(200);
    assertThat(wire.put("/bucket/key?tagging", tags(many(11))).element("Message"))
        .isEqualTo("Object tags cannot be greater than 10");
    assertThat(wire.put("/bucket?tagging", tags(many(50))).status()).isEqualTo(204);
    assertThat(wire.put("/bucket?tagging", tags(many(51))).element("Message"))
        .isEqualTo("Bucket tag count cannot be greater than 50");
  }

  @ParameterizedTest
  @ValueSource(strings = {"a=1&a=2", "a%=1"})
  void tags_in_a_header_are_a_query_without_duplicates(String header) throws Exception {
    Reply reply = wire.put("/bucket/new", "x", "x-amz-tagging", header);

    assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
    assertThat(reply.element("ArgumentName")).isEqualTo("x-amz-tagging");
  }

  @Test
  void a_policy_may_depend_on_the_tags_that_are_set() throws Exception {
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
                 "Action": "s3:PutObjectTagging", "Resource": "arn:aws:s3:::bucket/*",
                 "Condition": {"StringEquals": {"s3:RequestObjectTag/team": "red"}}}}
                """));

    assertThat(wire.put("/bucket/key?tagging", tags(tag("team", "red"))).status()).isEqualTo(200);
    assertThat(wire.put("/bucket/key?tagging", tags(tag("team", "blue"))).status()).isEqualTo(403);
    assertThat(wire.put("/bucket/key?tagging", "nonsense").status()).isEqualTo(403);
  }

  @Test
  void the_tags_of_a_bucket_go_with_it() throws Exception {
    Reply before = wire.get("/made?tagging");
    wire.put("/made", "");
    Reply none = wire.get("/made?tagging");
    wire.put("/made?tagging", tags(tag("b", "2"), tag("a", "1")));
    Reply got = wire.get("/made?tagging");
    wire.delete("/made");
    wire.put("/made", "");

    assertThat(before.element("Code")).isEqualTo("NoSuchBucket");
    assertThat(none.status()).isEqualTo(404);
    assertThat(none.element("Code")).isEqualTo("NoSuchTagSet");
    assertThat(none.element("BucketName")).isEqualTo("made");
    assertThat(got.elements("Key")).containsExactly("a", "b");
    assertThat(wire.get("/made?tagging").element("Code")).isEqualTo("NoSuchTagSet");
    wire.put("/made?tagging", tags(tag("b", "2")));
    assertThat(wire.delete("/made?tagging").status()).isEqualTo(204);
    assertThat(wire.get("/made?tagging").status()).isEqualTo(404);
  }

  private static String many(int count) {
    return IntStream.range(0, count).mapToObj(i -> tag("k" + i, "v")).collect(Collectors.joining());
  }

  private static String tag(String key, String value) {
    return "<Tag><Key>" + key + "</Key><Value>" + value + "</Value></Tag>";
  }

  private static String tags(String... tags) {
    return "<Tagging><TagSet>" + String.join("", tags) + "</TagSet></Tagging>";
  }
}
