package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Identity;
import global.pixell.par.testkit.RecordedRequest;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.auth.SigV4Parameters;
import global.pixell.par.testkit.testing.Signer;
import global.pixell.par.testkit.testing.Wire;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which requests S3 accepts, and its errors for the others. */
@Timeout(60)
class AuthenticationTest {

  private static final String PATH = "/bucket/key";

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
  private final FakeS3 s3 = FakeS3.start();
  private final HttpClient client = HttpClient.newHttpClient();
  private final Signer signer = Signer.ofDefaultIdentity().at(now);

  @BeforeEach
  void fill() {
    s3.put("bucket", "key", "content".getBytes(StandardCharsets.UTF_8));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_signed_request_is_answered_and_the_record_says_who_asked() throws Exception {
    assertThat(get(signer).body()).isEqualTo("content");

    assertThat(s3.requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.principal()).isEqualTo(s3.defaultIdentity().arn());
              assertThat(request.accesses())
                  .containsExactly(
                      new RecordedRequest.Access(
                          "s3:GetObject",
                          "arn:aws:s3:::bucket/key",
                          true,
                          "allowed by full access"));
            });
  }

  @Test
  void a_request_without_a_body_may_leave_its_hash_out_and_one_with_a_body_may_not()
      throws Exception {
    assertThat(withoutHash("GET", "").status()).isEqualTo(200);
    assertThat(withoutHash("PUT", "").status()).isEqualTo(200);

    Wire.Reply put = withoutHash("PUT", "content");

    assertThat(put.status()).isEqualTo(400);
    assertThat(put.element("Message"))
        .isEqualTo("Missing required header for this request: x-amz-content-sha256");
  }

  private Wire.Reply withoutHash(String method, String body) throws Exception {
    var head = new StringBuilder(method + " " + PATH + " HTTP/1.1\r\n");
    signer
        .sign(method, s3.endpoint().getRawAuthority(), PATH, Map.of(), SigV4.hash(body))
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("Connection: close\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);
    try (var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.US_ASCII));
      return Wire.read(socket.getInputStream());
    }
  }

  @Test
  void nobody_in_particular_gets_nothing_from_a_private_bucket() throws Exception {
    refused(
        client.send(HttpRequest.newBuilder(uri(PATH)).build(), BodyHandlers.ofString()),
        403,
        "AccessDenied",
        "<Message>Access Denied</Message>");
    assertThat(s3.requests().get(0).principal()).isEqualTo("anonymous");
    assertThat(s3.requests().get(0).accesses().get(0).reason())
        .isEqualTo(
            "User: anonymous is not authorized to perform: s3:GetObject on resource:"
                + " \"arn:aws:s3:::bucket/key\" because no resource-based policy allows the"
                + " s3:GetObject action");
  }

  @Test
  void an_access_key_that_nobody_has_is_named() throws Exception {
    refused(
        get(new Signer("AKIANOBODY", "secret", "us-east-2", "s3", now)),
        403,
        "InvalidAccessKeyId",
        "The AWS Access Key Id you provided does not exist in our records.",
        "<AWSAccessKeyId>AKIANOBODY</AWSAccessKeyId>");
  }

  @Test
  void a_signature_with_another_secret_is_told_what_should_have_been_signed() throws Exception {
    refused(
        get(new Signer(FakeS3.ACCESS_KEY, "another", "us-east-2", "s3", now)),
        403,
        "SignatureDoesNotMatch",
        "The request signature we calculated does not match the signature you provided. Check your"
            + " key and signing method.",
        "<StringToSign>AWS4-HMAC-SHA256\n" + SigV4Parameters.longDate(now) + "\n",
        "<StringToSignBytes>41 57 53 34 2d",
        "<CanonicalRequest>GET\n/bucket/key\n\nhost:127.0.0.1:",
        "<CanonicalRequestBytes>47 45 54 0a");
  }

  @ParameterizedTest
  @CsvSource({"-901, 403", "-899, 200", "899, 200", "902, 403"})
  void a_clock_may_differ_by_a_quarter_of_an_hour(int seconds, int status) throws Exception {
    s3.clock().freeze();

    HttpResponse<String> answer = get(signer.at(s3.clock().instant().plusSeconds(seconds)));

    assertThat(answer.statusCode()).isEqualTo(status);
    if (status == 403) {
      refused(
          answer,
          403,
          "RequestTimeTooSkewed",
          "The difference between the request time and the current time is too large.",
          "<RequestTime>" + SigV4Parameters.longDate(now).substring(0, 4),
          "<ServerTime>",
          "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>");
      assertThat(answer.headers().firstValue("Date")).isPresent();
    }
  }

  @Test
  void a_wrong_region_is_told_the_right_one() throws Exception {
    HttpResponse<String> answer = get(signer.inRegion("eu-west-1"));

    refused(
        answer,
        400,
        "AuthorizationHeaderMalformed",
        "The authorization header is malformed; the region 'eu-west-1' is wrong; expecting"
            + " 'us-east-2'",
        "<Region>us-east-2</Region>");
    assertThat(answer.headers().firstValue("x-amz-bucket-region")).contains("us-east-2");
  }

  @Test
  void a_wrong_service_is_told_the_right_one() throws Exception {
    refused(
        get(signer.forService("s4")),
        400,
        "AuthorizationHeaderMalformed",
        "incorrect service &quot;s4&quot;. This endpoint belongs to &quot;s3&quot;.");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "AWS4-HMAC-SHA256 Credential=a | 400 | AuthorizationHeaderMalformed | requires three components",
        "AWS4-HMAC-SHA256 Credential=a/b,SignedHeaders=host,Signature=0 | 400 | AuthorizationHeaderMalformed | the Credential is mal-formed",
        "AWS4-HMAC-SHA256 Credential=a/TODAY/us-east-2/s3/aws5,SignedHeaders=host,Signature=0 | 400 | AuthorizationHeaderMalformed | incorrect terminal",
        "AWS4-HMAC-SHA256 Credential=a/2026/us-east-2/s3/aws4_request,SignedHeaders=host,Signature=0 | 400 | AuthorizationHeaderMalformed | incorrect date format",
        "AWS4-HMAC-SHA256 Credential=a/20130524/us-east-2/s3/aws4_request,SignedHeaders=host,Signature=0 | 400 | AuthorizationHeaderMalformed | Invalid credential date",
        "AWS AKIA:signature | 400 | InvalidRequest | Please use AWS4-HMAC-SHA256.",
        "AWS4-ECDSA-P256-SHA256 Credential=a | 400 | InvalidRequest | SigV4A signs for several regions",
        "Basic YTpi | 400 | InvalidArgument | Unsupported Authorization Type"
      })
  void an_authorization_that_cannot_be_read_says_where(
      String header, int status, String code, String part) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri(PATH))
            .header("x-amz-date", SigV4Parameters.longDate(now))
            .header("x-amz-content-sha256", SigV4.UNSIGNED_PAYLOAD)
            .header(
                "Authorization",
                header.replace("TODAY", SigV4Parameters.longDate(now).substring(0, 8)))
            .build();

    refused(client.send(request, BodyHandlers.ofString()), status, code, part);
  }

  @Test
  void what_a_signature_has_to_be_made_over_is_asked_for() throws Exception {
    var headers = new TreeMap<String, String>(signer.sign("GET", host(), PATH, Map.of()));
    headers.put("x-amz-meta-late", "1");
    refused(
        send("GET", PATH, headers),
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
        "<HeadersNotSigned>x-amz-meta-late</HeadersNotSigned>");
    headers.remove("x-amz-meta-late");
    headers.remove("x-amz-date");
    refused(
        send("GET", PATH, headers),
        403,
        "AccessDenied",
        "AWS authentication requires a valid Date or x-amz-date header");
  }

  @Test
  void a_body_without_a_named_hash_is_refused_and_no_body_needs_none() throws Exception {
    Map<String, String> headers =
        new TreeMap<>(
            signer.sign("GET", host(), PATH, Map.of("x-amz-content-sha256", SigV4.EMPTY_SHA256)));
    headers.remove("x-amz-content-sha256");
    headers.compute("Authorization", (name, value) -> value.replace("x-amz-content-sha256;", ""));
    HttpRequest upload =
        HttpRequest.newBuilder(uri(PATH))
            .header("x-amz-date", headers.get("x-amz-date"))
            .header("Authorization", headers.get("Authorization"))
            .PUT(BodyPublishers.ofString("x"))
            .build();

    refused(
        client.send(upload, BodyHandlers.ofString()),
        400,
        "InvalidRequest",
        "Missing required header for this request: x-amz-content-sha256");
    // curl signs without this header, which gives another signature.
    refused(send("GET", PATH, headers), 403, "SignatureDoesNotMatch");
  }

  @Test
  void two_ways_to_sign_at_once_are_one_too_many() throws Exception {
    URI presigned = signer.presign(s3.endpoint(), PATH, 60);
    refused(
        client.send(
            HttpRequest.newBuilder(presigned).header("Authorization", "AWS a:b").build(),
            BodyHandlers.ofString()),
        400,
        "InvalidArgument",
        "Only one auth mechanism allowed");
  }

  @Test
  void a_presigned_url_opens_one_object_until_it_expires() throws Exception {
    assertThat(getUrl(signer.presign(s3.endpoint(), PATH, 604_800)).body()).isEqualTo("content");
    refused(
        getUrl(signer.at(now.minusSeconds(120)).presign(s3.endpoint(), PATH, 60)),
        403,
        "AccessDenied",
        "<Message>Request has expired</Message>",
        "<X-Amz-Expires>60</X-Amz-Expires>",
        "<Expires>" + now.minusSeconds(60) + "</Expires>",
        "<ServerTime>");
    refused(
        getUrl(signer.at(now.plusSeconds(1200)).presign(s3.endpoint(), PATH, 60)),
        403,
        "AccessDenied",
        "<Message>Request is not yet valid</Message>");
    URI url = signer.presign(s3.endpoint(), PATH, 60);
    refused(
        getUrl(URI.create(url.toString().replace("/key?", "/other?"))),
        403,
        "SignatureDoesNotMatch");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "X-Amz-Expires=60 | X-Amz-Expires=604801 | must be less than a week (in seconds)",
        "X-Amz-Expires=60 | X-Amz-Expires=-1 | X-Amz-Expires must be non-negative",
        "X-Amz-Expires=60 | X-Amz-Expires=soon | X-Amz-Expires should be a number",
        "X-Amz-Expires=60& | '' | requires the X-Amz-Algorithm, X-Amz-Credential",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256& | '' | requires the X-Amz-Algorithm, X-Amz-Credential",
        "X-Amz-Algorithm=AWS4-HMAC-SHA256& | X-Amz-Algorithm=AWS4& | X-Amz-Algorithm only supports",
        "X-Amz-Date=20 | X-Amz-Date=x20 | must be in the ISO8601 Long Format",
        "%2Fs3%2F | %2Fs4%2F | Error parsing the X-Amz-Credential parameter; incorrect service",
        "us-east-2 | us-east-1 | the region 'us-east-1' is wrong; expecting 'us-east-2'"
      })
  void a_presigned_url_that_cannot_be_read_says_why(String good, String bad, String message)
      throws Exception {
    String url = signer.presign(s3.endpoint(), PATH, 60).toString();

    refused(
        getUrl(URI.create(url.replace(good, bad))),
        400,
        "AuthorizationQueryParametersError",
        message);
  }

  @Test
  void a_signature_of_version_2_in_the_query_is_refused() throws Exception {
    refused(
        getUrl(uri(PATH + "?AWSAccessKeyId=a&Signature=b&Expires=1")),
        400,
        "InvalidRequest",
        "Please use AWS4-HMAC-SHA256.",
        "use s3v4");
  }

  @Test
  void a_presigned_upload_has_its_metadata_in_the_query() throws Exception {
    URI url =
        signer.presign(
            "PUT",
            s3.endpoint(),
            "/bucket/presigned",
            60,
            "x-amz-meta-agent=greeter",
            "X-Amz-Meta-Both=query",
            "x-amz-storage-class=STANDARD_IA",
            "x-amz-tagging=ignored%3D1",
            "x-amz-checksum-crc32=AAAAAA%3D%3D",
            "x-amz-sdk-checksum-algorithm=CRC32");

    HttpResponse<String> put =
        client.send(
            HttpRequest.newBuilder(url).PUT(BodyPublishers.ofString("content")).build(),
            BodyHandlers.ofString());
    var headers = Wire.to(s3).get("/bucket/presigned").headers();

    assertThat(put.statusCode()).isEqualTo(200);
    assertThat(headers)
        .containsEntry("x-amz-meta-agent", "greeter")
        .containsEntry("x-amz-meta-both", "query")
        .containsEntry("x-amz-storage-class", "STANDARD_IA")
        .doesNotContainKey("x-amz-tagging-count");
  }

  @Test
  void what_a_presigned_upload_asks_for_in_the_query_needs_its_permission_and_is_covered()
      throws Exception {
    URI acl = signer.presign("PUT", s3.endpoint(), "/bucket/new", 60, "x-amz-acl=public-read");
    URI changed =
        URI.create(
            signer
                .presign("PUT", s3.endpoint(), "/bucket/new", 60, "x-amz-meta-a=1")
                .toString()
                .replace("x-amz-meta-a=1", "x-amz-meta-a=2"));

    assertThat(putUrl(acl).body()).contains("<Code>AccessControlListNotSupported</Code>");
    assertThat(putUrl(changed).body()).contains("<Code>SignatureDoesNotMatch</Code>");
    assertThat(s3.requests().get(0).accesses())
        .extracting(RecordedRequest.Access::action)
        .containsExactly("s3:PutObject", "s3:PutObjectAcl");
  }

  private HttpResponse<String> putUrl(URI url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(url).PUT(BodyPublishers.ofString("x")).build(),
        BodyHandlers.ofString());
  }

  @Test
  void temporary_credentials_need_their_token_and_end() throws Exception {
    Identity task = s3.identity("task", "ASIATASK", "secret").session("the-token", null);
    Signer asTask = Signer.of(task);

    assertThat(getWith(asTask, "x-amz-security-token", "the-token").statusCode()).isEqualTo(200);
    refused(get(asTask), 403, "InvalidAccessKeyId");
    refused(
        getWith(asTask, "x-amz-security-token", "another"),
        400,
        "InvalidToken",
        "The provided token is malformed or otherwise invalid.",
        "<Token-0>another</Token-0>");
    task.session("the-token", Instant.now());
    refused(
        getWith(asTask, "x-amz-security-token", "the-token"),
        400,
        "ExpiredToken",
        "The provided token has expired.");
    refused(getWith(signer, "x-amz-security-token", "made-up"), 400, "InvalidToken");
  }

  @Test
  void a_body_has_to_have_the_hash_that_was_signed_and_is_not_kept_otherwise() throws Exception {
    HttpRequest right = put("new", "content", SigV4.hash("content"));
    HttpRequest wrong = put("wrong", "content", SigV4.hash("another"));
    HttpRequest nothing = put("nothing", "", SigV4.hash("another"));

    assertThat(client.send(right, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
    refused(
        client.send(wrong, BodyHandlers.ofString()),
        400,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        "<ClientComputedContentSHA256>" + SigV4.hash("another"),
        "<S3ComputedContentSHA256>" + SigV4.hash("content"));
    refused(client.send(nothing, BodyHandlers.ofString()), 400, "XAmzContentSHA256Mismatch");
    refused(
        client.send(put("odd", "content", "abc"), BodyHandlers.ofString()),
        400,
        "InvalidArgument",
        "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER");
    assertThat(get("/bucket/wrong").statusCode()).isEqualTo(404);
    assertThat(get("/bucket/nothing").statusCode()).isEqualTo(404);
  }

  /** The server refuses every request that changes after it has been signed. */
  @Test
  void no_signed_part_can_be_changed() throws Exception {
    var random = new Random(20260101);
    for (int i = 0; i < 200; i++) {
      String target = "/bucket/key?versions=a" + i + "&x=" + random.nextInt(10);
      Map<String, String> headers =
          signer.sign("GET", host(), target, Map.of("x-amz-meta-a", "v" + random.nextInt(10)));
      var changed = new TreeMap<>(headers);
      String sent = target;
      String what =
          List.of("target", "x-amz-date", "x-amz-meta-a", "x-amz-content-sha256", "Authorization")
              .get(i % 5);
      if (what.equals("target")) {
        sent = flipped(target, random, target.indexOf("key"));
      } else {
        changed.compute(what, (name, value) -> flipped(value, random, 0));
      }

      HttpResponse<String> answer = send("GET", sent, changed);

      assertThat(answer.statusCode()).as("%s: %s %s", what, sent, changed).isIn(400, 403);
    }
  }

  /** Replaces a letter or digit somewhere after a position. */
  private static String flipped(String text, Random random, int from) {
    List<Integer> places = new ArrayList<>();
    for (int i = from; i < text.length(); i++) {
      if (Character.isLetterOrDigit(text.charAt(i))) {
        places.add(i);
      }
    }
    int at = places.get(random.nextInt(places.size()));
    char other = text.charAt(at) == '7' ? '8' : '7';
    return text.substring(0, at) + other + text.substring(at + 1);
  }

  private static void refused(
      HttpResponse<String> answer, int status, String code, String... parts) {
    assertThat(answer.body()).contains("<Error><Code>" + code + "</Code>");
    for (String part : parts) {
      assertThat(answer.body()).contains(part);
    }
    assertThat(answer.statusCode()).isEqualTo(status);
  }

  private HttpRequest put(String key, String content, String sha256) {
    return signer.sign(
        HttpRequest.newBuilder(uri("/bucket/" + key))
            .header("x-amz-content-sha256", sha256)
            .PUT(BodyPublishers.ofString(content))
            .build());
  }

  private HttpResponse<String> get(Signer as) throws Exception {
    return getWith(as);
  }

  private HttpResponse<String> getWith(Signer as, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(PATH));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return client.send(as.sign(request.build()), BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(
        signer.sign(HttpRequest.newBuilder(uri(path)).build()), BodyHandlers.ofString());
  }

  private HttpResponse<String> getUrl(URI url) throws Exception {
    return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.ofString());
  }

  private HttpResponse<String> send(String method, String target, Map<String, String> headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(target)).method(method, BodyPublishers.noBody());
    headers.forEach(
        (name, value) -> {
          if (!name.equals("Host")) {
            request.header(name, value);
          }
        });
    return client.send(request.build(), BodyHandlers.ofString());
  }

  private String host() {
    return s3.endpoint().getRawAuthority();
  }

  private URI uri(String path) {
    return URI.create(s3.endpoint() + path);
  }
}
