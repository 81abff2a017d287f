package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.auth.SigV4Parameters;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.testing.Signer;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Forms that a page sends with a signed policy. */
@Timeout(60)
class PostObjectTest {

  private static final String BOUNDARY = "----boundary7MA4YWxk";

  private final FakeS3 s3 = FakeS3.start();
  private final Wire page = Wire.to(s3).unsigned();
  private final Wire wire = Wire.to(s3);
  private Signer signer = Signer.ofDefaultIdentity();

  @BeforeEach
  void bucket() {
    s3.createBucket("bucket");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_form_uploads_a_file_with_what_its_fields_say() throws Exception {
    var fields =
        signed(
            "{\"x-amz-meta-agent\": \"greeter\"}, [\"starts-with\", \"$Content-Type\", \"text/\"],"
                + " [\"eq\", \"$tagging\", \""
                + tagging().replace("\"", "\\\"")
                + "\"]");
    fields.put("x-amz-meta-agent", "greeter");
    fields.put("Content-Type", "text/plain");
    fields.put("tagging", tagging());

    Reply reply = post(fields, "file.txt", "some\r\n--content\r\n");
    Reply got = wire.get("/bucket/up/file.txt");

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.header("ETag")).isEqualTo(got.header("ETag"));
    assertThat(reply.header("Location")).isEqualTo(s3.endpoint() + "/bucket/up%2Ffile.txt");
    assertThat(reply.headers()).containsKey("x-amz-checksum-crc64nvme");
    assertThat(got.body()).isEqualTo("some\r\n--content\r\n");
    assertThat(got.headers())
        .containsEntry("x-amz-meta-agent", "greeter")
        .containsEntry("Content-Type", "text/plain")
        .containsEntry("x-amz-tagging-count", "1");
    assertThat(s3.requests())
        .filteredOn(request -> request.operation().equals("PostObject"))
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.key()).isEqualTo("up/file.txt");
              assertThat(request.principal()).contains("pixell-agent-runtime-task-role");
              assertThat(request.accesses())
                  .extracting(RecordedRequest.Access::action)
                  .containsExactly("s3:PutObject", "s3:PutObjectTagging");
            });
  }

  private static String tagging() {
    return "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
  }

  @Test
  void a_large_file_comes_through_whole_whatever_its_bytes() throws Exception {
    byte[] content = new byte[3 << 20];
    // Content that contains the beginning of a delimiter everywhere.
    byte[] almost = ("\r\n--" + BOUNDARY.substring(0, 5)).getBytes(StandardCharsets.US_ASCII);
    for (int i = 0; i + almost.length <= content.length; i += almost.length + i % 3) {
      System.arraycopy(almost, 0, content, i, almost.length);
    }

    Reply reply = post(page, "/bucket", form(signed(""), "large", content));

    assertThat(reply.status()).isEqualTo(204);
    assertThat(Arrays.equals(wire.get("/bucket/up/large").bytes(), content)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({"200, 200", "201, 201", "204, 204", "404, 204", "x, 204"})
  void the_status_of_success_is_chosen(String wanted, int status) throws Exception {
    var fields = signed("[\"eq\", \"$success_action_status\", \"" + wanted + "\"]");
    fields.put("success_action_status", wanted);

    Reply reply = post(fields, "a b.txt", "x");

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.body().isEmpty()).isEqualTo(status != 201);
    if (status == 201) {
      assertThat(reply.body()).contains("<PostResponse><Location>");
      assertThat(reply.element("Location")).isEqualTo(s3.endpoint() + "/bucket/up%2Fa%20b.txt");
      assertThat(reply.element("Key")).isEqualTo("up/a b.txt");
      assertThat(reply.element("ETag")).isEqualTo(reply.header("ETag"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "http://localhost/done, 303, http://localhost/done?",
    "https://app.example.com/?a=b, 303, https://app.example.com/?a=b&",
    "/relative, 204, http://",
  })
  void success_may_lead_to_another_page(String target, int status, String begin) throws Exception {
    var fields = signed("[\"starts-with\", \"$success_action_redirect\", \"\"]");
    fields.put("success_action_redirect", target);

    Reply reply = post(fields, "a b.txt", "x");

    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.header("Location")).startsWith(begin);
    if (status == 303) {
      assertThat(reply.header("Location"))
          .endsWith("bucket=bucket&key=up%2Fa+b.txt&etag=%229dd4e461268c8034f5c8564e155c67a6%22");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "C:\\dir\\file.txt, up/file.txt",
    "dir/file.txt, up/file.txt",
    "'', up/",
    "grüße.txt, up/grüße.txt",
  })
  void the_name_of_the_file_is_the_last_of_its_path(String name, String key) throws Exception {
    post(signed(""), name, "x");

    assertThat(wire.get("/bucket?list-type=2").elements("Key")).containsExactly(key);
  }

  @Test
  void fields_after_the_file_are_ignored_and_so_is_the_case_of_names() throws Exception {
    var fields = new LinkedHashMap<String, String>();
    signed("").forEach((name, value) -> fields.put(name.toUpperCase(Locale.ROOT), value));
    String form =
        new String(
            form(fields, "f", "x".getBytes(StandardCharsets.US_ASCII)), StandardCharsets.UTF_8);
    String more =
        form.replace(
            "\r\n--" + BOUNDARY + "--",
            "\r\n--"
                + BOUNDARY
                + "\r\nContent-Disposition: form-data; name=\"submit\"\r\n\r\nUpload\r\n--"
                + BOUNDARY
                + "--");

    assertThat(post(page, "/bucket", more.getBytes(StandardCharsets.UTF_8)).status())
        .isEqualTo(204);
    assertThat(wire.get("/bucket/up/f").body()).isEqualTo("x");
  }

  @Test
  void a_form_may_go_to_the_address_of_the_bucket() throws Exception {
    Wire host = page.asHost("bucket.localhost");

    Reply reply = post(host, "/", form(signed(""), "f", "x".getBytes(StandardCharsets.US_ASCII)));

    assertThat(reply.status()).isEqualTo(204);
    assertThat(reply.header("Location"))
        .isEqualTo("http://bucket.localhost:" + s3.endpoint().getPort() + "/up%2Ff");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[\"eq\", \"$key\", \"other\"]|",
        "[\"starts-with\", \"$key\", \"down/\"]|",
        "[\"starts-with\", \"$x-amz-meta-a\", \"\"]|",
        "[\"eq\", \"key\", \"up/f\"]|",
        "[\"StArTs-WiTh\", \"$KEY\", \"Up/\"]|[\"starts-with\", \"$KEY\", \"Up/\"]",
        "{\"bucket\": \"other\"}|[\"eq\", \"$bucket\", \"other\"]",
        "[\"content-length-range\", \"few\", 10]|[\"content-length-range\", \"few\", \"10\"]",
      })
  void a_condition_that_does_not_hold_is_shown(String condition, String shown) throws Exception {
    Reply reply = post(signed(condition), "f", "x");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.element("Code")).isEqualTo("AccessDenied");
    assertThat(reply.element("Message"))
        .isEqualTo(
            "Invalid according to Policy: Policy Condition failed: "
                + (shown == null ? condition : shown));
    assertThat(wire.get("/bucket/up/f").status()).isEqualTo(404);
  }

  @Test
  void a_field_without_a_condition_is_too_much_unless_it_is_to_be_ignored() throws Exception {
    var fields = signed("");
    fields.put("x-ignore-this", "1");
    assertThat(post(fields, "f", "x").status()).isEqualTo(204);

    fields.put("x-amz-meta-a", "1");
    assertThat(post(fields, "g", "x").element("Message"))
        .isEqualTo("Invalid according to Policy: Extra input fields: x-amz-meta-a");
  }

  @ParameterizedTest
  @CsvSource({
    "1, EntityTooSmall, MinSizeAllowed, 5",
    "5, '', '', ''",
    "10, '', '', ''",
    "12, EntityTooLarge, MaxSizeAllowed, 10",
    "300000, EntityTooLarge, MaxSizeAllowed, 10",
  })
  void the_size_of_the_file_is_limited(int size, String code, String limit, String value)
      throws Exception {
    var fields = signed("[\"content-length-range\", 5, 10]");

    Reply reply = post(page, "/bucket", form(fields, "f", new byte[size]));

    assertThat(reply.element("Code")).isEqualTo(code);
    assertThat(reply.status()).isEqualTo(code.isEmpty() ? 204 : 400);
    if (!code.isEmpty()) {
      assertThat(reply.element("ProposedSize")).isEqualTo(String.valueOf(size));
      assertThat(reply.element(limit)).isEqualTo(value);
    }
    assertThat(wire.get("/bucket/up/f").status()).isEqualTo(code.isEmpty() ? 200 : 404);
  }

  @Test
  void a_policy_ends() throws Exception {
    var fields = signed("");
    s3.clock().advance(Duration.ofMinutes(11));

    Reply reply = post(fields, "f", "x");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.element("Message")).isEqualTo("Invalid according to Policy: Policy expired.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{|Invalid JSON.",
        "{\"conditions\": []}|Policy missing expiration.",
        "{\"expiration\": \"2999-01-01T00:00:00Z\"}|Policy missing conditions.",
        "{\"expiration\": \"2999-01-01 00:00:00\", \"conditions\": []}"
            + "|Invalid 'expiration' value: '2999-01-01 00:00:00'",
        "{\"expiration\": \"2999-01-01T00:00:00+02:00\", \"conditions\": []}"
            + "|Invalid 'expiration' value: '2999-01-01T00:00:00+02:00'",
        "{\"Statement\": []}|Unexpected: 'statement'",
        "{\"expiration\": \"2999-01-01T00:00:00Z\", \"conditions\": [{}]}"
            + "|Invalid Simple-Condition: Simple-Conditions must have exactly one property"
            + " specified.",
        "{\"expiration\": \"2999-01-01T00:00:00Z\", \"conditions\": [{\"key\": 1}]}"
            + "|Invalid Simple-Condition: value must be a string.",
        "{\"expiration\": \"2999-01-01T00:00:00Z\", \"conditions\": [[\"ends-with\", \"$key\","
            + " \"x\"]]}|Invalid Condition: unknown operation 'ends-with'.",
        "{\"expiration\": \"2999-01-01T00:00:00Z\", \"conditions\": [[\"content-length-range\","
            + " 0]]}|Invalid content-length-range: wrong number of arguments.",
      })
  void a_policy_that_cannot_be_read_says_why(String policy, String why) throws Exception {
    Reply reply = post(signedPolicy(policy), "f", "x");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("InvalidPolicyDocument");
    assertThat(reply.element("Message")).isEqualTo("Invalid Policy: " + why);
  }

  @Test
  void a_changed_policy_is_not_the_one_that_was_signed() throws Exception {
    var fields = signed("");
    fields.computeIfPresent("policy", (name, value) -> value.substring(0, value.length() - 4));

    Reply reply = post(fields, "f", "x");

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.element("Code")).isEqualTo("SignatureDoesNotMatch");
    assertThat(reply.element("StringToSign")).isEqualTo(fields.get("policy"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "key",
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-signature",
        "x-amz-date",
        "policy"
      })
  void a_field_that_is_missing_is_named(String name) throws Exception {
    var fields = signed("");
    fields.remove(name);

    Reply reply = post(fields, "f", "x");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo("InvalidArgument");
    assertThat(reply.element("ArgumentName")).isEqualToIgnoringCase(name);
    assertThat(reply.element("Message")).startsWith("Bucket POST must contain a field named '");
  }

  @Test
  void nobody_in_particular_may_upload_only_where_a_policy_lets_everybody() throws Exception {
    var fields = new LinkedHashMap<>(Map.of("key", "up/${filename}"));

    Reply denied = post(fields, "f", "x");
    s3.bucketPolicy(
        "bucket",
        """
        {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Principal": "*",
         "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/*"}}
        """);
    Reply allowed = post(fields, "f", "x");

    assertThat(denied.status()).isEqualTo(403);
    assertThat(denied.element("Message")).isEqualTo("Access Denied");
    assertThat(allowed.status()).isEqualTo(204);
  }

  @Test
  void the_signer_needs_the_permission() throws Exception {
    Identity reader = s3.identity("reader", "AKIAREADER", "secret");
    reader.policy(
        Policy.parse(
            """
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow",
             "Action": "s3:PutObject", "Resource": "arn:aws:s3:::bucket/mine/*",
             "Condition": {"StringEquals": {"s3:authType": "POST"}}}}
            """));
    signer = Signer.of(reader);
    var fields = signed("");
    Reply denied = post(fields, "f", "x");
    fields.put("key", "mine/f");

    assertThat(denied.element("Message"))
        .contains("user/reader is not authorized to perform: s3:PutObject");
    assertThat(post(fields, "f", "x").status()).isEqualTo(403);
    var mine = signedPolicy(policy("[\"starts-with\", \"$key\", \"mine/\"]"));
    mine.put("key", "mine/f");
    assertThat(post(mine, "f", "x").status()).isEqualTo(204);
  }

  @Test
  void a_form_that_is_signed_otherwise_is_refused_by_name() throws Exception {
    var old =
        new LinkedHashMap<>(
            Map.of("key", "k", "AWSAccessKeyId", "AKIA", "policy", "e30=", "signature", "abc="));
    signer = signer.inRegion("eu-west-1");
    Reply region = post(signed(""), "f", "x");

    assertThat(post(old, "f", "x").element("Message")).contains("use s3v4");
    assertThat(region.element("Message"))
        .isEqualTo("the region 'eu-west-1' is wrong; expecting 'us-east-2'");
    assertThat(region.element("ArgumentName")).isEqualTo("X-Amz-Credential");
    assertThat(region.element("Region")).isEqualTo("us-east-2");
  }

  @Test
  void a_checksum_in_a_field_is_checked() throws Exception {
    var fields = signed("[\"starts-with\", \"$x-amz-checksum-crc32\", \"\"]");
    fields.put(
        "x-amz-checksum-crc32",
        Base64.getEncoder()
            .encodeToString(
                ChecksumAlgorithm.CRC32.of("other".getBytes(StandardCharsets.US_ASCII))));

    assertThat(post(fields, "f", "x").element("Code")).isEqualTo("BadDigest");
    assertThat(wire.get("/bucket/up/f").status()).isEqualTo(404);
  }

  @Test
  void a_body_that_is_no_form_is_refused() throws Exception {
    String form = new String(form(signed(""), "f", new byte[1]), StandardCharsets.UTF_8);

    Reply other = page.post("/bucket", "x", "Content-Type", "text/plain");
    Reply noBoundary = page.post("/bucket", form, "Content-Type", "multipart/form-data");
    Reply cut =
        post(
            page, "/bucket", form.substring(0, form.length() - 9).getBytes(StandardCharsets.UTF_8));
    Reply noFile =
        post(page, "/bucket", ("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
    var large = signed("");
    large.put("x-ignore", "x".repeat(20_481));

    assertThat(other.status()).isEqualTo(412);
    assertThat(other.element("Condition"))
        .isEqualTo("Bucket POST must be of the enclosure-type multipart/form-data");
    assertThat(noBoundary.element("Code")).isEqualTo("MalformedPOSTRequest");
    assertThat(cut.element("Code")).isEqualTo("MalformedPOSTRequest");
    assertThat(noFile.element("Message"))
        .isEqualTo("POST requires exactly one file upload per request.");
    assertThat(post(large, "f", "x").element("Code")).isEqualTo("MaxPostPreDataLengthExceeded");
    assertThat(wire.get("/bucket?list-type=2").elements("Key")).isEmpty();
  }

  /** Fields for a key below {@code up/}, with these conditions in addition to the usual ones. */
  private Map<String, String> signed(String conditions) {
    return signedPolicy(
        policy(
            "[\"starts-with\", \"$key\", \"up/\"]"
                + (conditions.isEmpty() ? "" : ", " + conditions)));
  }

  private String policy(String conditions) {
    return """
        {"expiration": "%s", "conditions": [{"bucket": "bucket"}, %s,
         {"x-amz-algorithm": "AWS4-HMAC-SHA256"}, {"x-amz-credential": "%s"}, {"x-amz-date": "%s"}]}
        """
        .formatted(
            Instant.now().plus(Duration.ofMinutes(10)),
            conditions,
            credential(),
            SigV4Parameters.longDate(signer.time()));
  }

  private Map<String, String> signedPolicy(String json) {
    String policy = Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
    var fields = new LinkedHashMap<String, String>();
    fields.put("key", "up/${filename}");
    fields.put("x-amz-algorithm", "AWS4-HMAC-SHA256");
    fields.put("x-amz-credential", credential());
    fields.put("x-amz-date", SigV4Parameters.longDate(signer.time()));
    fields.put("policy", policy);
    fields.put("x-amz-signature", SigV4.sign(signer.key(), policy));
    return fields;
  }

  private String credential() {
    return signer.accessKey() + "/" + signer.scope();
  }

  private Reply post(Map<String, String> fields, String fileName, String content)
      throws IOException {
    return post(page, "/bucket", form(fields, fileName, content.getBytes(StandardCharsets.UTF_8)));
  }

  private static Reply post(Wire sender, String target, byte[] form) throws IOException {
    return sender.send(
        "POST", target, form, "Content-Type", "multipart/form-data; boundary=" + BOUNDARY);
  }

  private static byte[] form(Map<String, String> fields, String fileName, byte[] content) {
    var head = new StringBuilder();
    fields.forEach(
        (name, value) ->
            head.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"")
                .append(name)
                .append("\"\r\n\r\n")
                .append(value)
                .append("\r\n"));
    head.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"")
        .append(fileName)
        .append("\"\r\nContent-Type: application/octet-stream\r\n\r\n");
    byte[] begin = head.toString().getBytes(StandardCharsets.UTF_8);
    byte[] end = ("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8);
    byte[] form = Arrays.copyOf(begin, begin.length + content.length + end.length);
    System.arraycopy(content, 0, form, begin.length, content.length);
    System.arraycopy(end, 0, form, begin.length + content.length, end.length);
    return form;
  }
}
