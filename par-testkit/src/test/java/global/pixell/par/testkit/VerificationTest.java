package global.pixell.par.testkit;

import static global.pixell.par.testkit.Times.atLeast;
import static global.pixell.par.testkit.Times.atMost;
import static global.pixell.par.testkit.Times.never;
import static global.pixell.par.testkit.Times.times;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Questions about the requests that the fake has received. */
@Timeout(60)
class VerificationTest {

  private static final String NOTHING =
      """
      {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::none/*"}]}
      """;

  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  private final FakeS3 s3 = FakeS3.start();

  @BeforeEach
  void send() throws IOException {
    s3.put("packages", KEY, new byte[10]);
    s3.put("other", KEY, new byte[10]);
    s3.onGet(KEY).inject(Fault.slowDown());
    Wire wire = Wire.to(s3);
    wire.get("/packages?list-type=2&prefix=acme/");
    wire.get("/packages/" + KEY, "Range", "bytes=0-3");
    wire.get("/packages/" + KEY);
    wire.get("/other/" + KEY);
    wire.put("/packages/new", "content");
    wire.head("/packages/new");
    wire.delete("/packages/new");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  static Stream<Consumer<FakeS3>> whatHolds() {
    return Stream.of(
        s3 -> s3.verify(3).getObject(KEY),
        s3 -> s3.verify(times(3)).getObject("acme/*"),
        s3 -> s3.verify(1).inBucket("other").getObject("*.apkg"),
        s3 -> s3.verify(atLeast(1)).getObject(KEY),
        s3 -> s3.verify(atMost(3)).getObject(KEY),
        s3 -> s3.verify(never()).getObject("acme"),
        s3 -> s3.verify(1).listObjects("acme/"),
        s3 -> s3.verify(1).listObjects("a*"),
        s3 -> s3.verify(never()).listObjects(""),
        s3 -> s3.verify(1).putObject("new"),
        s3 -> s3.verify(1).headObject("new"),
        s3 -> s3.verify(1).deleteObject("n?w"),
        s3 -> s3.verify(never()).copyObject("*"),
        s3 -> s3.verify(never()).operation("HeadBucket"),
        s3 -> s3.verify(1).operation("PutObject", "new"),
        s3 -> s3.verify(7).anyRequest(),
        s3 -> s3.verify(6).inBucket("packages").anyRequest());
  }

  @ParameterizedTest
  @MethodSource("whatHolds")
  void a_verification_that_holds_says_nothing(Consumer<FakeS3> verification) {
    assertThatCode(() -> verification.accept(s3)).doesNotThrowAnyException();
  }

  @Test
  void a_failure_shows_every_request_with_its_fault_and_its_verdict() throws IOException {
    s3.defaultIdentity().policy(Policy.parse(NOTHING));
    Wire.to(s3).get("/packages/" + KEY);

    assertThatThrownBy(() -> s3.verify(2).inBucket("packages").getObject(KEY))
        .isInstanceOf(AssertionError.class)
        .extracting(failure -> failure.toString().replaceAll("\\d{3} B", "XML"), STRING)
        .startsWith(
            """
            java.lang.AssertionError: GetObject acme/greeter/1.2.0/greeter.apkg in packages: expected exactly 2 requests, but there were 3
            All requests:
               ListObjectsV2 packages prefix acme/: 200, XML, allowed
            -> GetObject packages/acme/greeter/1.2.0/greeter.apkg bytes=0-3: 503, XML, fault slowDown, allowed
            -> GetObject packages/acme/greeter/1.2.0/greeter.apkg: 200, 10 B, allowed
               GetObject other/acme/greeter/1.2.0/greeter.apkg: 200, 10 B, allowed
               PutObject packages/new: 200, 0 B, allowed
               HeadObject packages/new: 200, 0 B, allowed
               DeleteObject packages/new: 204, 0 B, allowed
            -> GetObject packages/acme/greeter/1.2.0/greeter.apkg: 403,""")
        .contains("denied: User: arn:aws:sts::")
        .contains("no identity-based policy allows the s3:GetObject action");
  }

  @Test
  void a_failure_names_the_key_that_was_meant() {
    assertThatThrownBy(() -> s3.verify(1).getObject("acme/greter/1.2.0/greeter.apkg"))
        .hasMessageContaining(
            "expected exactly 1 request, but there were 0; did you mean"
                + " \"acme/greeter/1.2.0/greeter.apkg\"?");
    assertThatThrownBy(() -> s3.verify(never()).getObject(KEY))
        .hasMessageContaining("expected no request, but there were 3");
    assertThatThrownBy(() -> s3.verify(atLeast(4)).getObject(KEY))
        .hasMessageContaining("expected at least 4 requests");
    assertThatThrownBy(() -> s3.verify(atMost(2)).getObject(KEY))
        .hasMessageContaining("expected at most 2 requests");
  }

  @Test
  void an_operation_that_does_not_exist_is_an_error_also_when_it_is_expected_never() {
    assertThatThrownBy(() -> s3.verify(never()).operation("GetObjekt"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no operation 'GetObjekt'; did you mean \"GetObject\"?");
    assertThatThrownBy(() -> s3.verify(-1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void the_requests_can_be_narrowed() {
    assertThat(s3.requests()).hasSize(7);
    assertThat(s3.requests().operation("GetObject").inBucket("packages")).hasSize(2);
    assertThat(s3.requests().key("*.apkg").withFault())
        .singleElement()
        .extracting(RecordedRequest::status)
        .isEqualTo(503);
    assertThat(s3.requests().prefix("acme*"))
        .singleElement()
        .extracting(RecordedRequest::operation)
        .isEqualTo("ListObjectsV2");
    assertThat(s3.requests().denied()).isEmpty();
  }

  @Test
  void requests_that_were_forgotten_count_no_more() throws IOException {
    s3.resetRequests();

    s3.verify(never()).anyRequest();
    Wire.to(s3).get("/packages/" + KEY);
    s3.verify(1).anyRequest();
  }
}
