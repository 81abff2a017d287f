package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.testing.Signer;
import global.pixell.par.testkit.testing.Wire;
import global.pixell.par.testkit.testing.Wire.Reply;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Pages of other origins read from a bucket and upload to it. */
@Timeout(60)
class CorsTest {

  private static final String PAGE = "https://app.example.com";
  private static final String RULE =
      """
      <CORSConfiguration><CORSRule><ID>page</ID>
        <AllowedMethod>GET</AllowedMethod><AllowedMethod>PUT</AllowedMethod>
        <AllowedOrigin>https://*.example.com</AllowedOrigin>
        <AllowedHeader>Content-Type</AllowedHeader><AllowedHeader>x-amz-meta-*</AllowedHeader>
        <MaxAgeSeconds>3000</MaxAgeSeconds><ExposeHeader>ETag</ExposeHeader>
      </CORSRule></CORSConfiguration>
      """;

  private final FakeS3 s3 = FakeS3.start();
  private final Wire wire = Wire.to(s3);
  private final Wire browser = wire.unsigned();

  @BeforeEach
  void fill() throws Exception {
    s3.put("bucket", "key", "x".getBytes(StandardCharsets.US_ASCII));
    assertThat(wire.put("/bucket?cors", RULE).status()).isEqualTo(200);
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void a_page_asks_and_then_uploads_by_a_presigned_url() throws Exception {
    URI url = Signer.ofDefaultIdentity().presign("PUT", s3.endpoint(), "/bucket/new", 60);
    String target = url.getRawPath() + "?" + url.getRawQuery();

    Reply asked =
        browser.send(
            "OPTIONS",
            target,
            new byte[0],
            "Origin",
            PAGE,
            "Access-Control-Request-Method",
            "PUT",
            "Access-Control-Request-Headers",
            "content-type, X-Amz-Meta-Agent");
    Reply put = browser.put(target, "content", "Origin", PAGE, "Content-Type", "text/plain");

    assertThat(asked.status()).isEqualTo(200);
    assertThat(asked.headers())
        .containsEntry("Access-Control-Allow-Origin", PAGE)
        .containsEntry("Access-Control-Allow-Methods", "GET, PUT")
        .containsEntry("Access-Control-Allow-Headers", "content-type, x-amz-meta-agent")
        .containsEntry("Access-Control-Expose-Headers", "ETag")
        .containsEntry("Access-Control-Max-Age", "3000")
        .containsEntry("Access-Control-Allow-Credentials", "true")
        .containsEntry(
            "Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method");
    assertThat(put.status()).isEqualTo(200);
    assertThat(put.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(wire.get("/bucket/new").body()).isEqualTo("content");
  }

  @Test
  void an_answer_tells_the_page_that_it_may_be_read_and_so_does_an_error() throws Exception {
    Reply got = wire.get("/bucket/key", "Origin", PAGE);
    Reply denied = browser.get("/bucket/key", "Origin", PAGE);
    Reply elsewhere = wire.get("/bucket/key", "Origin", "https://example.org");
    Reply plain = wire.get("/bucket/key");
    s3.onGet("key").inject(Fault.slowDown());
    Reply faulty = wire.get("/bucket/key", "Origin", PAGE);

    assertThat(got.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(denied.status()).isEqualTo(403);
    assertThat(denied.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(faulty.status()).isEqualTo(503);
    assertThat(faulty.header("Access-Control-Allow-Origin")).isEqualTo(PAGE);
    assertThat(elsewhere.body()).isEqualTo("x");
    assertThat(elsewhere.headers()).doesNotContainKeys("Access-Control-Allow-Origin", "Vary");
    assertThat(plain.headers()).doesNotContainKeys("Access-Control-Allow-Origin", "Vary");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://example.org|GET||This CORS request is not allowed.|OBJECT",
        "http://app.example.com|GET||This CORS request is not allowed.|OBJECT",
        "https://app.example.com|DELETE||This CORS request is not allowed.|OBJECT",
        "https://app.example.com|GET|x-other|This CORS request is not allowed.|OBJECT",
      })
  void what_no_rule_allows_is_forbidden(
      String origin, String method, String headers, String why, String resourceType)
      throws Exception {
    Reply reply =
        browser.send(
            "OPTIONS",
            "/bucket/key",
            new byte[0],
            "Origin",
            origin,
            "Access-Control-Request-Method",
            method,
            "Access-Control-Request-Headers",
            headers == null ? "" : headers);

    assertThat(reply.status()).isEqualTo(403);
    assertThat(reply.element("Code")).isEqualTo("AccessForbidden");
    assertThat(reply.element("Message")).startsWith("CORSResponse: " + why);
    assertThat(reply.element("Method")).isEqualTo(method);
    assertThat(reply.element("ResourceType")).isEqualTo(resourceType);
  }

  @Test
  void a_preflight_that_asks_nothing_or_for_no_rules_is_told_so() throws Exception {
    assertThat(browser.send("OPTIONS", "/bucket/key", new byte[0]).element("Message"))
        .isEqualTo("Insufficient information. Origin request header needed.");
    assertThat(
            browser.send("OPTIONS", "/bucket/key", new byte[0], "Origin", PAGE).element("Message"))
        .isEqualTo("Invalid Access-Control-Request-Method: null");
    assertThat(preflight("/absent/key").element("Message"))
        .isEqualTo("CORSResponse: Bucket not found");
    s3.createBucket("other");
    assertThat(preflight("/other/key").element("Message"))
        .isEqualTo("CORSResponse: CORS is not enabled for this bucket.");
    assertThat(preflight("/").status()).isEqualTo(403);
  }

  private Reply preflight(String target) throws Exception {
    return browser.send(
        "OPTIONS", target, new byte[0], "Origin", PAGE, "Access-Control-Request-Method", "GET");
  }

  @Test
  void a_rule_for_every_origin_says_so_and_takes_no_credentials() throws Exception {
    wire.put(
        "/bucket?cors",
        "<CORSConfiguration><CORSRule><AllowedMethod>GET</AllowedMethod>"
            + "<AllowedOrigin>*</AllowedOrigin></CORSRule></CORSConfiguration>");

    Reply reply = preflight("/bucket/key");

    assertThat(reply.header("Access-Control-Allow-Origin")).isEqualTo("*");
    assertThat(reply.headers())
        .doesNotContainKeys(
            "Access-Control-Allow-Credentials",
            "Access-Control-Allow-Headers",
            "Access-Control-Max-Age");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "<AllowedMethod>PATCH</AllowedMethod><AllowedOrigin>*</AllowedOrigin>|InvalidRequest"
            + "|Found unsupported HTTP method in CORS config. Unsupported method is PATCH",
        "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*.*</AllowedOrigin>|InvalidRequest"
            + "|AllowedOrigin \"*.*\" can not have more than one wildcard.",
        "<AllowedMethod>GET</AllowedMethod>|MalformedXML|The XML you provided",
        "<AllowedMethod>GET</AllowedMethod><AllowedOrigin>*</AllowedOrigin><Foo/>|MalformedXML"
            + "|The XML you provided",
      })
  void rules_that_s3_refuses_leave_the_old_ones(String rule, String code, String message)
      throws Exception {
    Reply reply =
        wire.put(
            "/bucket?cors",
            "<CORSConfiguration><CORSRule>" + rule + "</CORSRule></CORSConfiguration>");

    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.element("Code")).isEqualTo(code);
    assertThat(reply.element("Message")).startsWith(message);
    Reply kept = wire.get("/bucket?cors");
    assertThat(kept.element("ID")).isEqualTo("page");
    assertThat(kept.elements("AllowedHeader")).containsExactly("Content-Type", "x-amz-meta-*");
    assertThat(kept.element("MaxAgeSeconds")).isEqualTo("3000");
  }

  @Test
  void rules_are_deleted_alone_or_with_their_bucket() throws Exception {
    assertThat(wire.delete("/bucket?cors").status()).isEqualTo(204);
    assertThat(wire.get("/bucket?cors").element("Code")).isEqualTo("NoSuchCORSConfiguration");
    assertThat(preflight("/bucket/key").status()).isEqualTo(403);
  }
}
