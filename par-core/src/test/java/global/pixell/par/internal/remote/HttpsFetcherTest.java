package global.pixell.par.internal.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import global.pixell.par.internal.testing.StubServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Presigned URLs: the meaning of their answers, their permitted targets, and the parts that PAR
 * never shows.
 */
@Timeout(60)
class HttpsFetcherTest {

  private static final String QUERY =
      "X-Amz-Credential=CANARYKEYID%2F20260101&X-Amz-Security-Token=CANARYTOKEN&X-Amz-Signature=CANARYSIGNATURE";

  /** An answer to an S3 address, and PAR's error for it. */
  record Row(Answer answer, Kind kind, String sentence, String hint) {
    @Override
    public String toString() {
      return answer.status() + " " + sentence;
    }
  }

  static Stream<Row> rows() {
    return Stream.of(
        new Row(
            Answer.s3With(
                "<Expires>2026-01-01T00:00:00Z</Expires><ServerTime>2026-01-02T00:00:00Z</ServerTime>",
                403,
                "AccessDenied",
                "Request has expired"),
            Kind.ACCESS_DENIED,
            "the presigned address has expired (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "Make a new one; it lives 7 days at most, and no longer than the credentials that signed it."),
        new Row(
            Answer.s3With(
                "<AWSAccessKeyId>CANARYKEYID</AWSAccessKeyId><StringToSign>AWS4-HMAC-SHA256 CANARYTOKEN</StringToSign><SignatureProvided>CANARYSIGNATURE</SignatureProvided>",
                403,
                "SignatureDoesNotMatch",
                "The request signature we calculated does not match the signature you provided."),
            Kind.ACCESS_DENIED,
            "the request's signature does not match (HTTP 403 SignatureDoesNotMatch, request 4442587FB7D0A2F9).",
            "Paste the presigned address exactly as it was made: every character of it is signed."),
        new Row(
            Answer.s3(404, "NoSuchKey", "The specified key does not exist."),
            Kind.NOT_FOUND,
            "there is no such object (HTTP 404 NoSuchKey, request 4442587FB7D0A2F9).",
            "Check the key; keys are literal and case-sensitive."),
        new Row(
            Answer.s3(400, "ExpiredToken", "The provided token has expired."),
            Kind.ACCESS_DENIED,
            "the credentials that signed the address have expired (HTTP 400 ExpiredToken, request 4442587FB7D0A2F9).",
            "Make a new presigned address; none outlives the credentials that signed it."),
        new Row(
            Answer.s3(
                403,
                "InvalidAccessKeyId",
                "The AWS Access Key Id you provided does not exist in our records."),
            Kind.ACCESS_DENIED,
            "the access key id is not known to S3 (HTTP 403 InvalidAccessKeyId, request 4442587FB7D0A2F9).",
            "Make a new presigned address; the key that signed this one is gone."),
        new Row(
            Answer.s3(
                400,
                "AuthorizationQueryParametersError",
                "X-Amz-Expires must be less than a week (in seconds)"),
            Kind.ACCESS_DENIED,
            "the address is not presigned as S3 requires (HTTP 400 AuthorizationQueryParametersError, request 4442587FB7D0A2F9).",
            "Make a new presigned address, valid for 7 days at most."),
        new Row(
            Answer.s3(403, "AccessDenied", "Access Denied"),
            Kind.ACCESS_DENIED,
            "access was denied (HTTP 403 AccessDenied, request 4442587FB7D0A2F9).",
            "Either whoever signed the address may not s3:GetObject on arn:aws:s3:::packages/a b.apkg, or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy."),
        new Row(
            Answer.s3(301, "PermanentRedirect", "…", "x-amz-bucket-region", "eu-central-1"),
            Kind.CONFIG,
            "the bucket is in region 'eu-central-1' (HTTP 301 PermanentRedirect, request 4442587FB7D0A2F9).",
            "Make a new presigned address for the bucket's own region."));
  }

  /**
   * The test queries the error table with the S3 address that would send the answer, because
   * loopback serves no such name.
   */
  @ParameterizedTest
  @MethodSource("rows")
  void an_answer_to_a_presigned_address_is_explained(Row row) {
    URI uri = URI.create("https://packages.s3.us-east-2.amazonaws.com/a%20b.apkg?" + QUERY);
    var asked = new HttpsFetcher(uri, any -> true).context(uri);
    var headers = row.answer().headers();

    FetchFailure failure =
        S3ErrorClassifier.failure(
            asked,
            ErrorResponse.of(
                row.answer().status(),
                name -> Optional.ofNullable(headers.get(name)),
                row.answer().body().getBytes(java.nio.charset.StandardCharsets.UTF_8),
                java.time.Instant.EPOCH));

    assertThat(failure.error().kind()).isEqualTo(row.kind());
    assertThat(failure.error())
        .hasMessage(
            "Reading https://packages.s3.us-east-2.amazonaws.com/a%20b.apkg failed: "
                + row.sentence());
    assertThat(failure.error().hint()).isEqualTo(row.hint());
    assertThat(failure.isRetryable()).isFalse();
  }

  @Test
  void an_address_without_a_signature_is_told_so() {
    URI uri = URI.create("https://s3.us-east-2.amazonaws.com/packages/a.apkg");

    FetchFailure failure =
        S3ErrorClassifier.failure(
            new HttpsFetcher(uri, any -> true).context(uri),
            new ErrorResponse(
                403,
                ErrorResponse.Author.S3,
                "AccessDenied",
                "Access Denied",
                Optional.empty(),
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty()));

    assertThat(failure.error().hint())
        .isEqualTo(
            "The address carries no signature, and the object is not public: presign it, or write s3://packages/…, which uses the task role.");
  }

  @Test
  void a_version_asks_for_the_action_of_versions() {
    URI uri = URI.create("https://packages.s3.amazonaws.com/a?versionId=V&" + QUERY);

    assertThat(new HttpsFetcher(uri, any -> true).context(uri).action().permission())
        .isEqualTo("s3:GetObjectVersion");
  }

  @Test
  void an_error_body_is_read_from_the_wire() {
    try (var server = new StubServer(Answer.s3(404, "NoSuchKey", "…"))) {
      FetchFailure failure = failure(server.endpoint(), any -> true);

      assertThat(failure.error().getMessage())
          .endsWith(
              "failed: there is nothing at this address (HTTP 404 NoSuchKey, request 4442587FB7D0A2F9).");
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void throttling_of_any_host_is_throttling_with_its_wish() {
    try (var server = new StubServer(Answer.of(429, "", "Retry-After", "7"))) {
      FetchFailure failure = failure(server.endpoint(), any -> true);

      assertThat(failure.retryability()).isEqualTo(FetchFailure.Retryability.THROTTLED);
      assertThat(failure.retryAfter()).contains(Duration.ofSeconds(7));
    }
  }

  @Test
  void a_redirect_inside_the_rule_is_followed_and_carries_nothing_along() throws Exception {
    try (var target = new StubServer(Answer.of(200, "content", "ETag", "\"e\""));
        var first =
            new StubServer(Answer.of(307, "", "Location", target.endpoint() + "/b?own=1"))) {
      ObjectSource.Response response =
          source(first.endpoint(), any -> true).get(RangeRequest.whole(Optional.empty()));

      assertThat(
              new String(response.body().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8))
          .isEqualTo("content");
      assertThat(target.requests())
          .singleElement()
          .satisfies(
              r -> {
                assertThat(r.target()).isEqualTo("/b?own=1");
                assertThat(r.headers().toString()).doesNotContain("CANARY");
              });
    }
  }

  @Test
  void a_redirect_out_of_the_rule_is_not_followed_and_shows_no_signature() {
    for (String location :
        List.of(
            "https://evil.example/b?X-Amz-Signature=CANARYTWO",
            "https://CANARYTWO@evil.example/b",
            "http://evil.example/b",
            "//evil.example/b#CANARYTWO",
            "file:///etc/passwd?CANARYTWO",
            "not an address, CANARYTWO")) {
      try (var server = new StubServer(Answer.of(302, "", "Location", location))) {
        FetchFailure failure =
            failure(server.endpoint(), uri -> String.valueOf(uri.getHost()).equals("127.0.0.1"));

        assertThat(failure.error().kind()).isEqualTo(Kind.CONFIG);
        assertThat(failure.isRetryable()).isFalse();
        assertThat(printed(failure)).doesNotContain("CANARY").contains("it redirects to ");
        assertThat(server.requests()).hasSize(1);
      }
    }
  }

  @Test
  void redirects_in_a_circle_end() {
    try (var server = new StubServer(Answer.of(302, "", "Location", "/again"))) {
      FetchFailure failure = failure(server.endpoint(), any -> true);

      assertThat(failure.error().getMessage()).endsWith("/again, the 6th redirect.");
      assertThat(server.requests()).hasSize(6);
    }
  }

  @Test
  void a_weak_tag_is_no_tag() throws Exception {
    try (var server = new StubServer(Answer.of(200, "content", "ETag", "W/\"e\""))) {
      assertThat(
              source(server.endpoint(), any -> true)
                  .get(RangeRequest.whole(Optional.empty()))
                  .eTag())
          .isEmpty();
    }
  }

  @Test
  void a_broken_connection_shows_no_signature() {
    try (var server = new ScriptedServer(Answer.of(0, ""))) {
      FetchFailure failure = failure(server.endpoint(), any -> true);

      assertThat(failure.retryability()).isEqualTo(FetchFailure.Retryability.TRANSIENT);
      assertThat(printed(failure)).doesNotContain("CANARY");
    }
  }

  @Test
  void a_hostile_error_body_is_bounded_and_harmless() {
    var bodies = new ArrayList<String>();
    bodies.add("<Error><Code>" + "A".repeat(100_000) + "</Code></Error>");
    bodies.add(
        "<!DOCTYPE Error [<!ENTITY a SYSTEM \"file:///etc/passwd\"><!ENTITY b \"&a;&a;\">]><Error><Code>&b;</Code><Message>&a;</Message></Error>");
    bodies.add("<Error>" + "<a>".repeat(3000));
    bodies.add("<Error><Code>Denied\"><script></Code>");
    bodies.add("<Error><Message>" + QUERY + "</Message><Code>Unheard</Code></Error>");
    bodies.add("\u0000\u0001\u0002<Error/>");
    for (String body : bodies) {
      try (var server = new StubServer(Answer.of(418, body))) {
        FetchFailure failure = failure(server.endpoint(), any -> true);

        assertThat(failure.error().getMessage())
            .doesNotContain("root:")
            .doesNotContain("CANARY")
            .doesNotContain("<script")
            .hasSizeLessThan(600);
      }
    }
  }

  private static FetchFailure failure(URI endpoint, java.util.function.Predicate<URI> allowed) {
    return catchThrowableOfType(
        FetchFailure.class,
        () -> source(endpoint, allowed).get(RangeRequest.whole(Optional.empty())));
  }

  private static HttpsFetcher source(URI endpoint, java.util.function.Predicate<URI> allowed) {
    return new HttpsFetcher(URI.create(endpoint + "/a.apkg?" + QUERY), allowed);
  }

  private static String printed(Throwable e) {
    var text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    return text.toString();
  }
}
