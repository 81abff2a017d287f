package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import global.pixell.par.internal.testing.StubServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * S3's answers and PAR's error sentences for them, word for word, over a socket and through the
 * SDK.
 */
@Timeout(120)
class ErrorSentencesTest {

  private static final String ARN =
      "arn:aws:s3:::pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg";
  private static final String ROLE = "arn:aws:sts::123456789012:assumed-role/par-task/8f0c";
  private static final PackageRef REF =
      PackageRef.parse("s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg");

  @TempDir private Path cache;

  /** One row: the answer, and the sentence for it after "Reading s3://… failed: ". */
  record Row(Answer answer, Kind kind, int requests, String sentence, String hint) {
    @Override
    public String toString() {
      return answer.status() + " " + sentence;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row(
            Answer.s3(403, "AccessDenied", "Access Denied"),
            Kind.ACCESS_DENIED,
            1,
            "access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "Either the role may not s3:GetObject on "
                + ARN
                + ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy."),
        new Row(
            Answer.s3(
                403,
                "AccessDenied",
                "User: "
                    + ROLE
                    + " is not authorized to perform: s3:GetObject on resource: \""
                    + ARN
                    + "\" because no identity-based policy allows the s3:GetObject action"),
            Kind.ACCESS_DENIED,
            1,
            "access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "Either "
                + ROLE
                + " may not s3:GetObject on "
                + ARN
                + ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy."
                + " S3 says: it may not s3:GetObject because no identity-based policy allows the s3:GetObject action."),
        new Row(
            Answer.s3(
                403,
                "AccessDenied",
                "User: "
                    + ROLE
                    + " is not authorized to perform: s3:ListBucket on resource: \"arn:aws:s3:::pixell-agent-packages\" because no identity-based policy allows the s3:ListBucket action"),
            Kind.ACCESS_DENIED,
            1,
            "access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "S3 did not find the key; it answers 403 and not 404 because "
                + ROLE
                + " may not s3:ListBucket. Check the key; reading it needs s3:GetObject on "
                + ARN
                + "."),
        new Row(
            Answer.s3(
                400,
                "InvalidRequest",
                "The object was stored using a form of Server Side Encryption. The correct"
                    + " parameters must be provided to retrieve the object."),
            Kind.ACCESS_DENIED,
            1,
            "the object is encrypted with a key that its author supplied (SSE-C) (HTTP 400"
                + " InvalidRequest, request 4442587FB7D0A2F9).",
            "Publish it with SSE-S3 or SSE-KMS: PAR has no such key and sends none."),
        new Row(
            Answer.s3(404, "NoSuchKey", "The specified key does not exist."),
            Kind.NOT_FOUND,
            1,
            "there is no such object (HTTP 404 NoSuchKey, request 4442587FB7D0A2F9).",
            "Check the key; keys are literal and case-sensitive."),
        new Row(
            Answer.s3(
                404,
                "NoSuchKey",
                "The specified key does not exist.",
                "x-amz-delete-marker",
                "true"),
            Kind.NOT_FOUND,
            1,
            "the object was deleted (HTTP 404 NoSuchKey, request 4442587FB7D0A2F9).",
            "Publish it again, or name an older version with versionId."),
        new Row(
            Answer.s3(404, "NoSuchVersion", "The specified version does not exist."),
            Kind.NOT_FOUND,
            1,
            "the object has no such version (HTTP 404 NoSuchVersion, request 4442587FB7D0A2F9).",
            "Check versionId, or leave it out for the newest version."),
        new Row(
            Answer.s3(404, "NoSuchBucket", "The specified bucket does not exist"),
            Kind.NOT_FOUND,
            1,
            "the bucket 'pixell-agent-packages' does not exist (HTTP 404 NoSuchBucket, request 4442587FB7D0A2F9).",
            "Check the bucket's name and the account."),
        new Row(
            Answer.s3(
                301,
                "PermanentRedirect",
                "The bucket you are attempting to access must be addressed using the specified endpoint.",
                "x-amz-bucket-region",
                "eu-central-1"),
            Kind.CONFIG,
            1,
            "the bucket is in region 'eu-central-1', not in 'us-east-2' (HTTP 301 PermanentRedirect, request 4442587FB7D0A2F9).",
            "Set AWS_REGION=eu-central-1."),
        new Row(
            Answer.s3With(
                "<Region>eu-central-1</Region>",
                400,
                "AuthorizationHeaderMalformed",
                "The authorization header is malformed; the region 'us-east-2' is wrong; expecting 'eu-central-1'"),
            Kind.CONFIG,
            1,
            "the bucket is in region 'eu-central-1', not in 'us-east-2' (HTTP 400 AuthorizationHeaderMalformed, request 4442587FB7D0A2F9).",
            "Set AWS_REGION=eu-central-1."),
        new Row(
            Answer.s3(400, "ExpiredToken", "The provided token has expired."),
            Kind.ACCESS_DENIED,
            1,
            "the session token has expired (HTTP 400 ExpiredToken, request 4442587FB7D0A2F9).",
            "Renew the temporary credentials; a task role renews them by itself."),
        new Row(
            Answer.s3(400, "InvalidToken", "The provided token is malformed or otherwise invalid."),
            Kind.ACCESS_DENIED,
            1,
            "the session token is not valid (HTTP 400 InvalidToken, request 4442587FB7D0A2F9).",
            "Set AWS_SESSION_TOKEN whole, and with the key and secret it was issued with."),
        new Row(
            Answer.s3(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records."),
            Kind.ACCESS_DENIED,
            1,
            "the access key id is not known to S3 (HTTP 403 InvalidAccessKeyId, request 4442587FB7D0A2F9).",
            "Check AWS_ACCESS_KEY_ID, that it is active, and that it belongs to this partition."),
        new Row(
            Answer.s3(
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided."),
            Kind.ACCESS_DENIED,
            1,
            "the request's signature does not match (HTTP 403 SignatureDoesNotMatch, request 4442587FB7D0A2F9).",
            "Check AWS_SECRET_ACCESS_KEY and the region, now 'us-east-2'."),
        new Row(
            Answer.s3(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large."),
            Kind.ACCESS_DENIED,
            2,
            "this machine's clock differs too much from S3's (HTTP 403 RequestTimeTooSkewed, request 4442587FB7D0A2F9). Gave up after 2 attempts.",
            "Set the clock (NTP); S3 allows 15 minutes."),
        new Row(
            Answer.s3(
                403,
                "AccessDenied",
                "User: "
                    + ROLE
                    + " is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-2:123456789012:key/7c1d because no identity-based policy allows the kms:Decrypt action"),
            Kind.ACCESS_DENIED,
            1,
            "the object is encrypted with a KMS key that "
                + ROLE
                + " may not use (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "Grant "
                + ROLE
                + " kms:Decrypt on arn:aws:kms:us-east-2:123456789012:key/7c1d, in its policy and in the key's, and check that the key is enabled."),
        new Row(
            Answer.s3(400, "KMS.DisabledException", "arn:aws:kms:… is disabled."),
            Kind.ACCESS_DENIED,
            1,
            "the object is encrypted with a KMS key that the role may not use (HTTP 400 KMS.DisabledException, request 4442587FB7D0A2F9).",
            "Grant the role kms:Decrypt on that key, in its policy and in the key's, and check that the key is enabled."),
        new Row(
            Answer.s3(503, "SlowDown", "Please reduce your request rate."),
            Kind.UNAVAILABLE,
            2,
            "S3 asked to slow down (HTTP 503 SlowDown, request 4442587FB7D0A2F9). Gave up after 2 attempts.",
            "Start fewer tasks at once, or spread the packages over key prefixes."),
        new Row(
            Answer.s3(500, "InternalError", "We encountered an internal error. Please try again."),
            Kind.UNAVAILABLE,
            2,
            "S3 had a fault of its own (HTTP 500 InternalError, request 4442587FB7D0A2F9). Gave up after 2 attempts.",
            "Try again; see the AWS health page of region 'us-east-2'."),
        new Row(
            Answer.s3(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.",
                "x-amz-delete-marker",
                "true"),
            Kind.NOT_FOUND,
            1,
            "the named version is a delete marker (HTTP 405 MethodNotAllowed, request 4442587FB7D0A2F9).",
            "Name a version that has content."),
        new Row(
            Answer.s3(
                403,
                "InvalidObjectState",
                "The operation is not valid for the object's storage class"),
            Kind.ACCESS_DENIED,
            1,
            "the object is archived and cannot be read (HTTP 403 InvalidObjectState, request 4442587FB7D0A2F9).",
            "Restore it (aws s3api restore-object), or publish the package in the storage class STANDARD."),
        new Row(
            Answer.s3(400, "InvalidRequest", "The request is not valid for this object."),
            Kind.UNAVAILABLE,
            1,
            "S3 refused the request, saying 'The request is not valid for this object.' (HTTP 400 InvalidRequest, request 4442587FB7D0A2F9).",
            "See the code in S3's list of error codes."),
        new Row(
            Answer.of(403, ""),
            Kind.ACCESS_DENIED,
            1,
            "access was denied (HTTP 403).",
            "Either the role may not s3:GetObject on "
                + ARN
                + ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy."),
        webPage(403, 1, ""),
        webPage(200, 1, ""),
        webPage(502, 2, " Gave up after 2 attempts."));
  }

  /** A web page from a firewall or a transparent proxy. */
  private static Row webPage(int status, int requests, String end) {
    return new Row(
        Answer.of(status, "<html>Blocked</html>", "Content-Type", "text/html"),
        Kind.UNAVAILABLE,
        requests,
        "a web page came instead of an answer of S3 (HTTP " + status + ")." + end,
        "Check the endpoint, and the network between the task and S3 for a proxy or a firewall.");
  }

  @ParameterizedTest
  @MethodSource("rows")
  void an_answer_of_s3_is_explained(Row row) {
    try (var server = new StubServer(row.answer())) {
      ParException e = failure(server.endpoint(), REF);

      assertThat(e.kind()).isEqualTo(row.kind());
      assertThat(e).hasMessage("Reading " + REF + " failed: " + row.sentence());
      assertThat(e.hint()).isEqualTo(row.hint());
      assertThat(server.requests()).hasSize(row.requests());
    }
  }

  @Test
  void a_refused_version_names_its_own_action() {
    try (var server = new StubServer(Answer.s3(403, "AccessDenied", "Access Denied"))) {
      ParException e = failure(server.endpoint(), PackageRef.parse(REF + "?versionId=V1"));

      assertThat(e)
          .hasMessage(
              "Reading "
                  + REF
                  + "?versionId=V1 failed: access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).");
      assertThat(e.hint())
          .isEqualTo(
              "Either the role may not s3:GetObjectVersion on "
                  + ARN
                  + ", which a versionId needs, or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy, or leave out versionId.");
    }
  }

  /** Neither permanent nor transient: the download starts again, once. */
  @ParameterizedTest
  @CsvSource({
    "412,PreconditionFailed,the object changed while it was downloaded",
    "416,InvalidRange,the object is shorter than it was"
  })
  void an_object_that_changes_again_and_again_is_told(int status, String code, String what) {
    Answer half = Answer.of(200, "half", "Content-Length", "9", "ETag", "\"e1\"");
    Answer changed = Answer.s3(status, code, "…");
    try (var server = new ScriptedServer(half, changed, half, changed);
        Par par = builder(server.endpoint()).attempts(9, Duration.ofMinutes(1)).build()) {
      ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));

      assertThat(e)
          .hasMessage(
              "Reading "
                  + REF
                  + " failed: "
                  + what
                  + " (HTTP "
                  + status
                  + " "
                  + code
                  + ", request 4442587FB7D0A2F9).");
      assertThat(e.hint())
          .isEqualTo("Publish packages under a new key instead of overwriting one.");
      assertThat(server.requests())
          .extracting(r -> r.header("If-Match"))
          .containsExactly("", "\"e1\"", "", "\"e1\"");
    }
  }

  @Test
  void a_refused_listing_names_its_own_action_and_the_way_around() {
    try (var server = new StubServer(Answer.s3(403, "AccessDenied", "Access Denied"))) {
      ParException e = failure(server.endpoint(), PackageRef.parse("acme/greeter@latest"));

      assertThat(e)
          .hasMessage(
              "Listing s3://pixell-agent-packages/acme/greeter/ failed: access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).");
      assertThat(e.hint())
          .isEqualTo(
              "Either the role may not s3:ListBucket on arn:aws:s3:::pixell-agent-packages, or only under other prefixes than 'acme/greeter/'. Grant it, or name the package by its key, s3://bucket/key, which needs no listing.");
    }
  }

  @Test
  void nobody_at_the_endpoint_is_a_refused_connection() throws Exception {
    int port;
    try (var nobody = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = nobody.getLocalPort();
    }

    ParException e = failure(URI.create("http://127.0.0.1:" + port), REF);

    assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(e)
        .hasMessage(
            "Reading "
                + REF
                + " failed: the connection was refused by 127.0.0.1:"
                + port
                + ". Gave up after 2 attempts.");
    assertThat(e.hint())
        .isEqualTo("Check the endpoint, the security group and the VPC endpoint for S3.");
  }

  @Test
  void a_host_without_an_address_is_unknown() {
    // RFC 6761: the name never resolves, and no real name server gets a query for it.
    ParException e = failure(URI.create("http://s3.invalid"), REF);

    assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
    assertThat(e)
        .hasMessage(
            "Reading "
                + REF
                + " failed: the host 's3.invalid' is unknown. Gave up after 2 attempts.");
    assertThat(e.hint()).isEqualTo("Check AWS_REGION, the endpoint and DNS.");
  }

  @Test
  void plain_http_behind_https_is_told_at_once() {
    try (var server = new ScriptedServer(Answer.of(400, "no TLS here"))) {
      int port = server.endpoint().getPort();

      ParException e = failure(URI.create("https://127.0.0.1:" + port), REF);

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e)
          .hasMessage("Reading " + REF + " failed: 127.0.0.1:" + port + " does not speak TLS.");
      assertThat(e.hint()).isEqualTo("Check the endpoint's scheme and port.");
    }
  }

  @Test
  void arns_are_of_the_region_s_partition() {
    try (var server = new StubServer(Answer.s3(403, "AccessDenied", "Access Denied"))) {
      for (String region : new String[] {"cn-north-1=aws-cn", "us-gov-west-1=aws-us-gov"}) {
        try (Par par = builder(server.endpoint()).region(region.split("=", 2)[0]).build()) {
          ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));

          assertThat(e.hint())
              .contains(" on arn:" + region.split("=", 2)[1] + ":s3:::pixell-agent-packages/acme/");
        }
      }
    }
  }

  private ParException failure(URI endpoint, PackageRef ref) {
    try (Par par = builder(endpoint).build()) {
      return catchThrowableOfType(ParException.class, () -> par.fetch(ref));
    }
  }

  private Par.Builder builder(URI endpoint) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("pixell-agent-packages")
        .region("us-east-2")
        .endpoint(endpoint)
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .sleeper(delay -> {})
        .attempts(2, Duration.ofMinutes(1));
  }
}
