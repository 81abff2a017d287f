package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.Policy;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.testing.IamFolder;
import global.pixell.par.testkit.testing.Signer;
import global.pixell.par.testkit.testing.Wire;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import org.assertj.core.groups.Tuple;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The permissions of an identity in the running fake, and its errors without them. */
@Timeout(60)
class EnforcementTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String EVERYBODY_READS =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Sid": "Read", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::open/*"}]}
      """;

  private final FakeS3 s3 = FakeS3.start();
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void fill() {
    s3.put(BUCKET, KEY, bytes("package"));
    s3.put("other-bucket", KEY, bytes("not yours"));
    s3.put("open", "key", bytes("open"));
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void the_shipped_role_reads_packages_and_lists_below_a_folder() throws Exception {
    assertThat(get("/" + BUCKET + "/" + KEY).body()).isEqualTo("package");
    assertThat(get("/" + BUCKET + "?list-type=2&prefix=acme/greeter/&delimiter=/").statusCode())
        .isEqualTo(200);
    s3.usedEqualsGranted(Policy.read(IamFolder.file("task-role-policy.json")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | /other-bucket/acme/greeter/1.2.0/greeter.apkg | s3:GetObject | arn:aws:s3:::other-bucket/acme/greeter/1.2.0/greeter.apkg",
        "GET | /pixell-agent-packages?list-type=2 | s3:ListBucket | arn:aws:s3:::pixell-agent-packages",
        "GET | /pixell-agent-packages?location | s3:GetBucketLocation | arn:aws:s3:::pixell-agent-packages",
        "GET | /pixell-agent-packages/k?versionId=v | s3:GetObjectVersion | arn:aws:s3:::pixell-agent-packages/k",
        "PUT | /pixell-agent-packages/k | s3:PutObject | arn:aws:s3:::pixell-agent-packages/k",
        "DELETE | /pixell-agent-packages/k | s3:DeleteObject | arn:aws:s3:::pixell-agent-packages/k",
        "POST | /pixell-agent-packages/k?uploads | s3:PutObject | arn:aws:s3:::pixell-agent-packages/k",
        "DELETE | /pixell-agent-packages/k?uploadId=u | s3:AbortMultipartUpload | arn:aws:s3:::pixell-agent-packages/k",
        "GET | /pixell-agent-packages/k?uploadId=u | s3:ListMultipartUploadParts | arn:aws:s3:::pixell-agent-packages/k",
        "PUT | /new-bucket | s3:CreateBucket | arn:aws:s3:::new-bucket",
        "PUT | /pixell-agent-packages?policy | s3:PutBucketPolicy | arn:aws:s3:::pixell-agent-packages"
      })
  void anything_else_is_denied_in_awss_own_sentence(
      String method, String path, String action, String resource) throws Exception {
    HttpResponse<String> answer = send(method, path, "");

    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body())
        .contains("<Code>AccessDenied</Code>")
        .contains(
            "<Message>User: "
                + s3.defaultIdentity().arn()
                + " is not authorized to perform: "
                + action
                + " on resource: &quot;"
                + resource
                + "&quot; because no identity-based policy allows the "
                + action
                + " action</Message>");
    assertThat(s3.requests().get(0).accesses())
        .extracting(RecordedRequest.Access::action, RecordedRequest.Access::allowed)
        .containsExactly(Tuple.tuple(action, false));
  }

  @Test
  void the_list_of_buckets_has_no_resource_to_name() throws Exception {
    assertThat(get("/").body())
        .contains(
            "is not authorized to perform: s3:ListAllMyBuckets because no identity-based policy"
                + " allows the s3:ListAllMyBuckets action");
  }

  @Test
  void a_missing_key_is_a_404_only_to_one_who_may_list_it() throws Exception {
    assertThat(get("/" + BUCKET + "/acme/other/1.0.0/a.apkg").statusCode()).isEqualTo(404);
    assertThat(get("/" + BUCKET + "/top.apkg").statusCode()).isEqualTo(404);

    // S3 decides with the key as the prefix, so a caller that may list only below a folder gets
    // 403.
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                Files.readString(IamFolder.file("task-role-policy.json"))
                    .replace("\"*\"", "\"?*/*\"")));
    assertThat(get("/" + BUCKET + "/acme/other/1.0.0/a.apkg").statusCode()).isEqualTo(404);
    HttpResponse<String> hidden = get("/" + BUCKET + "/top.apkg");
    assertThat(hidden.statusCode()).isEqualTo(403);
    assertThat(hidden.body())
        .contains("s3:ListBucket on resource: &quot;arn:aws:s3:::" + BUCKET + "&quot; because");
    HttpResponse<String> head = send("HEAD", "/" + BUCKET + "/top.apkg", "");
    assertThat(head.statusCode()).isEqualTo(403);
    assertThat(head.body()).isEmpty();
  }

  @Test
  void an_explicit_deny_wins_and_says_so() throws Exception {
    s3.bucketPolicy(
        BUCKET,
        """
        {"Version": "2012-10-17", "Statement": [
          {"Sid": "NoPlainHttp", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
           "Resource": "arn:aws:s3:::pixell-agent-packages/*",
           "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}
        """);

    assertThat(get("/" + BUCKET + "/" + KEY).body())
        .contains("with an explicit deny in a resource-based policy");
    assertThatThrownBy(
            () -> s3.usedEqualsGranted(Policy.read(IamFolder.file("task-role-policy.json"))))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("s3:ListBucket on arn:aws:s3:::pixell-agent-packages");
  }

  @Test
  void a_bucket_policy_lets_even_unsigned_requests_in() throws Exception {
    s3.bucketPolicy("open", EVERYBODY_READS);

    assertThat(unsigned("/open/key").body()).isEqualTo("open");
    assertThat(unsigned("/open?list-type=2").statusCode()).isEqualTo(403);
    assertThat(unsigned("/" + BUCKET + "/" + KEY).statusCode()).isEqualTo(403);
  }

  @Test
  void a_bucket_policy_is_put_got_and_deleted_over_the_wire() throws Exception {
    s3.defaultIdentity().policy(Policy.fullAccess());

    assertThat(get("/open?policy").body())
        .contains("<Code>NoSuchBucketPolicy</Code>", "<BucketName>open</BucketName>");
    assertThat(send("PUT", "/open?policy", EVERYBODY_READS).statusCode()).isEqualTo(204);
    assertThat(unsigned("/open/key").statusCode()).isEqualTo(200);
    assertThat(get("/open?policy").body()).isEqualTo(EVERYBODY_READS);
    assertThat(send("DELETE", "/open?policy", "").statusCode()).isEqualTo(204);
    assertThat(unsigned("/open/key").statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"Principal\": \"*\", | arn:aws:s3:::open/* | StringAlmost | $.Statement[0].Condition.StringAlmost",
        "\"Principal\": \"*\", | arn:aws:s3:::another/* | StringLike | has the Resource of another",
        "'' | arn:aws:s3:::open/* | StringLike | needs a Principal"
      })
  void a_bucket_policy_that_cannot_be_enforced_is_refused(
      String principal, String resource, String operator, String fault) throws Exception {
    s3.defaultIdentity().policy(Policy.fullAccess());
    String json =
        """
        {"Version": "2012-10-17", "Statement": [
          {"Effect": "Allow", %s "Action": "s3:GetObject", "Resource": "%s",
           "Condition": {"%s": {"aws:UserAgent": "x"}}}]}
        """
            .formatted(principal, resource, operator);

    HttpResponse<String> answer = send("PUT", "/open?policy", json);

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("<Code>MalformedPolicy</Code>").contains(fault);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "StringEquals | s3:prefix | a/ | ?list-type=2&prefix=a/ | ?list-type=2&prefix=b/",
        "StringEquals | s3:delimiter | / | ?list-type=2&delimiter=/ | ?list-type=2",
        "NumericLessThanEquals | s3:max-keys | 10 | ?list-type=2&max-keys=10 | ?list-type=2&max-keys=11",
        "IpAddress | aws:SourceIp | 127.0.0.0/8 | ?list-type=2 | ''",
        "Bool | aws:SecureTransport | false | ?list-type=2 | ''",
        "DateGreaterThan | aws:CurrentTime | 2020-01-01T00:00:00Z | ?list-type=2 | ''",
        "StringLike | aws:UserAgent | Java-http-client/* | ?list-type=2 | ''",
        "StringEquals | aws:username | alice | ?list-type=2 | ''",
        "ArnLike | aws:PrincipalArn | arn:aws:iam::123456789012:user/al* | ?list-type=2 | ''",
        "StringEquals | s3:ResourceAccount | 123456789012 | ?list-type=2 | ''",
        "StringEquals | aws:RequestedRegion | us-east-2 | ?list-type=2 | ''",
        "StringEquals | s3:authType | REST-HEADER | ?list-type=2 | ''",
        "StringEquals | s3:signatureversion | AWS4-HMAC-SHA256 | ?list-type=2 | ''",
        "StringEquals | s3:x-amz-content-sha256 | UNSIGNED-PAYLOAD | ?list-type=2 | ''"
      })
  void a_request_brings_its_condition_keys(
      String operator, String key, String value, String allowed, String denied) throws Exception {
    Identity alice =
        s3.identity("alice", "AKIAALICE", "secret")
            .policy(
                Policy.parse(
                    """
                    {"Version": "2012-10-17", "Statement": [
                      {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*",
                       "Condition": {"%s": {"%s": "%s"}}}]}
                    """
                        .formatted(operator, key, value)));

    assertThat(getAs(alice, "/open" + allowed).statusCode()).isEqualTo(200);
    if (!denied.isEmpty()) {
      assertThat(getAs(alice, "/open" + denied).statusCode()).isEqualTo(403);
    }
  }

  @Test
  void several_identities_are_told_apart() throws Exception {
    Identity ci = s3.identity("ci", "AKIACI", "ci-secret");

    assertThat(getAs(ci, "/other-bucket/" + KEY).statusCode()).isEqualTo(200);
    assertThat(get("/other-bucket/" + KEY).statusCode()).isEqualTo(403);
    assertThat(s3.requests())
        .extracting(RecordedRequest::principal)
        .containsExactly("arn:aws:iam::123456789012:user/ci", s3.defaultIdentity().arn());
    assertThatThrownBy(() -> s3.identity("again", "AKIACI", "x"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("already that of arn:aws:iam::123456789012:user/ci");
  }

  @Test
  void a_bucket_and_what_is_in_it_belong_to_the_identity_that_made_it() throws Exception {
    Identity ci = s3.identity("ci", "AKIACI", "ci-secret");
    HttpRequest create = HttpRequest.newBuilder(uri("/of-ci")).PUT(BodyPublishers.noBody()).build();
    client.send(Signer.of(ci).sign(create), BodyHandlers.ofString());
    s3.put("of-ci", "key", bytes("x"));

    String owner = "<Owner><ID>" + ci.canonicalId() + "</ID><DisplayName>ci</DisplayName></Owner>";
    assertThat(getAs(ci, "/").body()).contains(owner);
    assertThat(getAs(ci, "/of-ci").body()).contains(owner);
    assertThat(getAs(ci, "/of-ci?versions").body()).contains(owner);
    assertThat(getAs(ci, "/open?list-type=2&fetch-owner=true").body())
        .contains("<Owner><ID>" + s3.defaultIdentity().canonicalId() + "</ID>");
  }

  @Test
  void a_bucket_that_is_made_again_is_a_new_one() throws Exception {
    Identity ci = s3.identity("ci", "AKIACI", "ci-secret");
    s3.defaultIdentity().policy(Policy.fullAccess());
    Wire.to(s3).as(ci).put("/again", "");
    s3.bucketRegion("again", "eu-west-1");
    assertThat(Wire.to(s3).inRegion("eu-west-1").delete("/again").status()).isEqualTo(204);

    s3.createBucket("again");

    assertThat(Wire.to(s3).get("/again?list-type=2&fetch-owner=true").status()).isEqualTo(200);
    assertThat(Wire.to(s3).get("/again?versions").status()).isEqualTo(200);
    s3.put("again", "key", bytes("x"));
    assertThat(Wire.to(s3).get("/again").element("ID"))
        .isEqualTo(s3.defaultIdentity().canonicalId());
  }

  @Test
  void a_copy_needs_both_sides_and_a_deletion_of_many_each_key() throws Exception {
    s3.defaultIdentity()
        .policy(
            Policy.parse(
                """
                {"Version": "2012-10-17", "Statement": [
                  {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"],
                   "Resource": "arn:aws:s3:::open/mine/*"},
                  {"Effect": "Allow", "Action": "s3:GetObject",
                   "Resource": "arn:aws:s3:::open/*"}]}
                """));

    assertThat(copy("/open/mine/copy", "/open/key").statusCode()).isEqualTo(200);
    assertThat(copy("/open/yours", "/open/key").body()).contains("perform: s3:PutObject on");
    assertThat(copy("/open/mine/copy", "/other-bucket/" + KEY).body())
        .contains("perform: s3:GetObject on resource: &quot;arn:aws:s3:::other-bucket/" + KEY);
    String both =
        "<Delete><Object><Key>mine/copy</Key></Object><Object><Key>key</Key></Object></Delete>";
    HttpRequest delete =
        HttpRequest.newBuilder(uri("/open?delete"))
            .header("Content-MD5", md5(both))
            .POST(BodyPublishers.ofString(both))
            .build();
    HttpResponse<String> deleted =
        client.send(Signer.ofDefaultIdentity().sign(delete), BodyHandlers.ofString());
    assertThat(deleted.body())
        .contains("<Deleted><Key>mine/copy</Key></Deleted>")
        .contains("<Error><Key>key</Key><Code>AccessDenied</Code>");
  }

  private static String md5(String text) throws Exception {
    return Base64.getEncoder().encodeToString(MessageDigest.getInstance("MD5").digest(bytes(text)));
  }

  private HttpResponse<String> copy(String to, String from) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(to))
            .header("x-amz-copy-source", from)
            .PUT(BodyPublishers.noBody())
            .build();
    return client.send(Signer.ofDefaultIdentity().sign(request), BodyHandlers.ofString());
  }

  @Test
  void identities_come_from_a_file_with_policies_beside_it(@TempDir Path folder) throws Exception {
    Files.copy(IamFolder.file("task-role-policy.json"), folder.resolve("role.json"));
    Path file =
        Files.writeString(
            folder.resolve("identities.json"),
            """
            [{"access_key": "AKIAMAIN", "secret_key": "s1", "canonical_id": "c1",
              "display_name": "main user", "policy": null},
             {"access_key": "AKIAROLE", "secret_key": "s2", "canonical_id": "c2",
              "display_name": "role", "policy": "role.json"}]
            """);

    List<Identity> identities = s3.identities(file);

    assertThat(identities)
        .extracting(Identity::canonicalId, Identity::displayName, Identity::arn)
        .containsExactly(
            Tuple.tuple("c1", "main user", "arn:aws:iam::123456789012:user/main-user"),
            Tuple.tuple("c2", "role", "arn:aws:iam::123456789012:user/role"));
    assertThat(getAs(identities.get(0), "/other-bucket/" + KEY).statusCode()).isEqualTo(200);
    assertThat(getAs(identities.get(1), "/other-bucket/" + KEY).statusCode()).isEqualTo(403);
    assertThat(getAs(identities.get(1), "/" + BUCKET + "/" + KEY).statusCode()).isEqualTo(200);
  }

  @Test
  void every_fault_of_an_identities_file_is_named_at_once(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("identities.json"),
            """
            [{"access_key": "A", "secret_key": "", "polcy": null},
             {"access_key": "B", "secret_key": "s", "policy": "absent.json"},
             {"access_key": "B", "secret_key": "s"},
             {"access_key": "a/b", "secret_key": "s", "display_name": 1}, 7,
             {"access_key": "C", "secret_key": "s", "policy": ""}]
            """);

    ParException e = catchThrowableOfType(ParException.class, () -> s3.identities(file));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e.problems())
        .extracting(ParException.Problem::where)
        .containsExactly(
            "$[0].polcy",
            "$[0].secret_key",
            "$[1].policy",
            "$[2].access_key",
            "$[3].display_name",
            "$[3].access_key",
            "$[4]",
            "$[5].policy");
    assertThat(e).hasMessageContaining("policy").hasMessageContaining("absent.json");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path, "");
  }

  private HttpResponse<String> getAs(Identity identity, String path) throws Exception {
    return client.send(
        Signer.of(identity).sign(HttpRequest.newBuilder(uri(path)).build()),
        BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
            .build();
    return client.send(Signer.ofDefaultIdentity().sign(request), BodyHandlers.ofString());
  }

  private HttpResponse<String> unsigned(String path) throws Exception {
    return client.send(HttpRequest.newBuilder(uri(path)).build(), BodyHandlers.ofString());
  }

  private URI uri(String path) {
    return URI.create(s3.endpoint() + path);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
