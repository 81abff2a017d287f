package global.pixell.par.testkit.internal.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.testing.Signer;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The examples of the S3 API reference ("Authenticating Requests: Using the Authorization Header",
 * "… Query Parameters", "… Signature Calculation: Transfer Payload in Multiple Chunks"), with AWS's
 * keys, dates and signatures.
 */
class SigV4Test {

  private static final String ACCESS = "AKIAIOSFODNN7EXAMPLE";
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  private static final String SCOPE = ACCESS + "/20130524/us-east-1/s3/aws4_request";
  private static final String HOST = "examplebucket.s3.amazonaws.com";
  private static final Clock THEN =
      Clock.fixed(Instant.parse("2013-05-24T00:00:00Z"), ZoneOffset.UTC);

  private final CredentialStore identities = new CredentialStore();
  private final Authenticator authenticator = new Authenticator(identities, THEN);

  SigV4Test() {
    identities.add(Credentials.user("example", ACCESS, SECRET, ""));
  }

  /** "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)". */
  @Test
  void the_form_of_the_reference_is_proved() throws Exception {
    String policy =
        """
        { "expiration": "2015-12-30T12:00:00.000Z",
          "conditions": [
            {"bucket": "sigv4examplebucket"},
            ["starts-with", "$key", "user/user1/"],
            {"acl": "public-read"},
            {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
            ["starts-with", "$Content-Type", "image/"],
            {"x-amz-meta-uuid": "14365123651274"},
            {"x-amz-server-side-encryption": "AES256"},
            ["starts-with", "$x-amz-meta-tag", ""],

            {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
            {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
            {"x-amz-date": "20151229T000000Z" }
          ]
        }"""
            .replace("\n", "\r\n");
    var fields = new TreeMap<String, String>();
    fields.put(
        "policy", Base64.getEncoder().encodeToString(policy.getBytes(StandardCharsets.US_ASCII)));
    fields.put("key", "user/user1/a.jpg");
    fields.put("acl", "public-read");
    fields.put(
        "success_action_redirect",
        "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html");
    fields.put("content-type", "image/jpeg");
    fields.put("x-amz-meta-uuid", "14365123651274");
    fields.put("x-amz-meta-tag", "");
    fields.put("x-amz-server-side-encryption", "AES256");
    fields.put("x-amz-credential", ACCESS + "/20151229/us-east-1/s3/aws4_request");
    fields.put("x-amz-algorithm", "AWS4-HMAC-SHA256");
    fields.put("x-amz-date", "20151229T000000Z");
    fields.put(
        "x-amz-signature", "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");

    assertThat(authenticator.verifyForm(fields, "us-east-1")).isPresent();
    assertThatCode(
            () ->
                PostPolicy.parse(fields.get("policy"))
                    .check(fields, "sigv4examplebucket", Instant.parse("2015-12-29T00:00:00Z")))
        .doesNotThrowAnyException();
  }

  @Test
  void a_get_with_a_range_is_proved() throws Exception {
    prove(
        "GET",
        "/test.txt",
        "host;range;x-amz-content-sha256;x-amz-date",
        "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        "Range",
        "bytes=0-9");
  }

  @Test
  void a_put_whose_key_has_a_dollar_is_proved() throws Exception {
    prove(
        "PUT",
        "/test$file.text",
        "date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
        "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        "Date",
        "Fri, 24 May 2013 00:00:00 GMT",
        "x-amz-storage-class",
        "REDUCED_REDUNDANCY",
        "x-amz-content-sha256",
        "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  }

  @ParameterizedTest
  @CsvSource({
    "/?lifecycle, fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
    "/?max-keys=2&prefix=J, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
  })
  void a_query_is_proved_with_and_without_values(String target, String signature) throws Exception {
    prove("GET", target, "host;x-amz-content-sha256;x-amz-date", signature);
  }

  @Test
  void a_presigned_url_is_proved_for_as_long_as_it_lives() throws Exception {
    String target =
        "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
            + SCOPE.replace("/", "%2F")
            + "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";

    assertThat(proved("GET", target, Map.of("host", HOST)).credentials().accessKey())
        .isEqualTo(ACCESS);
  }

  @Test
  void a_body_in_signed_chunks_is_proved_chunk_by_chunk() throws Exception {
    Authenticator.VerifiedSignature signed = chunkedUpload();
    byte[] a = new byte[65_536];
    Arrays.fill(a, (byte) 'a');
    ChunkVerifier proof = ChunkSignatureVerifier.of(signed);

    assertThatCode(
            () -> {
              proof.chunk(
                  "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648", sha256(a));
              proof.chunk(
                  "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
                  sha256(Arrays.copyOf(a, 1024)));
              proof.chunk(
                  "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
                  sha256(new byte[0]));
              proof.trailers("", "");
            })
        .doesNotThrowAnyException();
  }

  @Test
  void a_chunk_out_of_its_place_is_refused() throws Exception {
    ChunkVerifier proof = ChunkSignatureVerifier.of(chunkedUpload());

    S3ErrorException failure =
        catchThrowableOfType(
            S3ErrorException.class,
            () ->
                proof.chunk(
                    "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9",
                    sha256(new byte[0])));

    assertThat(failure.code()).isEqualTo("SignatureDoesNotMatch");
    assertThat(String.valueOf(failure.details().get("StringToSign")))
        .startsWith("AWS4-HMAC-SHA256-PAYLOAD\n2013");
  }

  @Test
  void trailers_that_were_promised_signed_are_proved_and_cannot_be_left_out() throws Exception {
    Signer signer =
        new Signer(ACCESS, SECRET, "us-east-1", "s3", Instant.parse("2013-05-24T00:00:00Z"));
    Map<String, String> headers =
        signer.sign(
            "PUT",
            HOST,
            "/k",
            Map.of("x-amz-content-sha256", ChunkSignatureVerifier.PAYLOAD_AND_TRAILER));
    Authenticator.VerifiedSignature signed = proved("PUT", "/k", headers);
    String lines = "x-amz-checksum-crc32c:sOO8/Q==\n";
    String text =
        "AWS4-HMAC-SHA256-TRAILER\n20130524T000000Z\n"
            + signer.scope()
            + "\n"
            + signed.parameters().signature()
            + "\n"
            + SigV4.hash(lines);
    String signature = SigV4.sign(signer.key(), text);

    ChunkSignatureVerifier.of(signed).trailers(signature, lines);

    for (String[] wrong :
        new String[][] {{"", ""}, {"", lines}, {signature, ""}, {signature, lines + "a:b\n"}}) {
      assertThat(
              catchThrowableOfType(
                  S3ErrorException.class,
                  () -> ChunkSignatureVerifier.of(signed).trailers(wrong[0], wrong[1])))
          .as("%s over %s", wrong[0], wrong[1])
          .isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/a//b/../c/. | true | /a//b/../c/.",
        "/a//b/../c/. | false | /a/c",
        "/a b+c%2B%2f | true | /a%20b%2Bc%2B/",
        "/a%20b | false | /a%2520b",
        "/%C3%BC~_-.* | true | /%C3%BC~_-.%2A"
      })
  void a_path_is_spelt_as_the_service_spells_it(String path, boolean forS3, String expected)
      throws Exception {
    assertThat(canonical(path, Map.of(), forS3).split("\n", -1)[1]).isEqualTo(expected);
  }

  @Test
  void a_query_is_sorted_by_its_encoded_names_and_values() throws Exception {
    assertThat(
            canonical("/?b=2&a=%20+&a=&B&%C3%A4=1&a-b=/&X-Amz-Signature=s", Map.of(), true)
                .split("\n", -1)[2])
        .isEqualTo("%C3%A4=1&B=&a=&a=%20%20&a-b=%2F&b=2");
  }

  @Test
  void headers_lose_what_blanks_they_have_too_many_and_keep_their_bytes() throws Exception {
    String bytesOfAnUmlaut =
        new String("ü".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);

    assertThat(canonical("/", Map.of("x-amz-meta-a", "  b \t  c  " + bytesOfAnUmlaut), true))
        .contains("\nx-amz-meta-a:b c " + bytesOfAnUmlaut + "\n\n");
  }

  private static String canonical(String target, Map<String, String> headers, boolean forS3)
      throws Exception {
    var request = new HttpRequest("GET", target, headers, InputStream.nullInputStream());
    return CanonicalRequest.of(request, List.copyOf(headers.keySet()), "", forS3);
  }

  private Authenticator.VerifiedSignature chunkedUpload() throws S3ErrorException {
    return prove(
        "PUT",
        "/examplebucket/chunkObject.txt",
        "content-encoding;content-length;host;x-amz-content-sha256;x-amz-date;"
            + "x-amz-decoded-content-length;x-amz-storage-class",
        "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
        "Host",
        "s3.amazonaws.com",
        "x-amz-storage-class",
        "REDUCED_REDUNDANCY",
        "Content-Encoding",
        "aws-chunked",
        "x-amz-decoded-content-length",
        "66560",
        "Content-Length",
        "66824",
        "x-amz-content-sha256",
        ChunkSignatureVerifier.PAYLOAD);
  }

  private Authenticator.VerifiedSignature prove(
      String method, String target, String signedHeaders, String signature, String... headers)
      throws S3ErrorException {
    var all = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    all.put("Host", HOST);
    all.put("x-amz-date", "20130524T000000Z");
    all.put("x-amz-content-sha256", SigV4.EMPTY_SHA256);
    for (int i = 0; i < headers.length; i += 2) {
      all.put(headers[i], headers[i + 1]);
    }
    all.put(
        "Authorization",
        "AWS4-HMAC-SHA256 Credential="
            + SCOPE
            + ",SignedHeaders="
            + signedHeaders
            + ",Signature="
            + signature);
    return proved(method, target, all);
  }

  private Authenticator.VerifiedSignature proved(
      String method, String target, Map<String, String> headers) throws S3ErrorException {
    var request = new HttpRequest(method, target, headers, InputStream.nullInputStream());
    return authenticator
        .verifyS3(request, S3Request.of(request).query(), "us-east-1")
        .orElseThrow();
  }

  private static byte[] sha256(byte[] bytes) throws Exception {
    return MessageDigest.getInstance("SHA-256").digest(bytes);
  }
}
