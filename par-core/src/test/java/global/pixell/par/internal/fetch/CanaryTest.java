package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.remote.ErrorResponse;
import global.pixell.par.internal.remote.HttpsFetcher;
import global.pixell.par.internal.resolve.AddressRule;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import global.pixell.par.internal.testing.StubServer;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every secret in the input contains the word CANARY, and no output contains it: no event, no
 * exception with its causes, no printed value.
 */
@Timeout(120)
class CanaryTest {

  private static final String TOKEN = "CANARYtokenCANARYtokenCANARYtokenCANARYtoken=";
  private static final String QUERY =
      "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=CANARYID%2F20260101&X-Amz-Security-Token="
          + TOKEN
          + "&X-Amz-Signature=CANARYSIGNATURE";
  private static final ParConfig.Credentials CREDENTIALS =
      new ParConfig.Credentials("ASIACANARYCANARYCANA", "CANARY/secret", Optional.of(TOKEN));

  @TempDir private Path cache;
  private final List<String> said = new ArrayList<>();
  private int attempts = 1;

  @Test
  void no_answer_of_a_server_brings_a_secret_back() {
    String echo =
        "<AWSAccessKeyId>ASIACANARYCANARYCANA</AWSAccessKeyId><Token-0>"
            + TOKEN
            + "</Token-0><StringToSign>AWS4-HMAC-SHA256\nCANARY</StringToSign><SignatureProvided>CANARY</SignatureProvided><CanonicalRequest>GET /?"
            + QUERY.replace("&", "&amp;")
            + "</CanonicalRequest>";
    String[] codes = {
      "SignatureDoesNotMatch",
      "InvalidAccessKeyId",
      "InvalidToken",
      "ExpiredToken",
      "AccessDenied",
      "RequestTimeTooSkewed",
      "AuthorizationHeaderMalformed",
      "Unheard"
    };
    for (String code : codes) {
      for (int status : new int[] {301, 400, 403}) {
        fetch(
            Answer.s3With(
                echo,
                status,
                code,
                "Signature=CANARY of https://h/?" + QUERY + " Authorization: CANARY " + TOKEN,
                "Location",
                "https://evil.example/?" + QUERY,
                "x-amz-meta-secret",
                "CANARY",
                "x-amz-bucket-region",
                "CANARY"));
      }
    }
    attempts = 2;
    fetch(Answer.s3With(echo, 503, "SlowDown", TOKEN));
    fetch(Answer.s3With(echo, 500, "InternalError", TOKEN));
    fetch(Answer.of(403, "<html>" + QUERY));
    fetchBroken(Answer.of(0, ""));
    fetchBroken(Answer.of(200, "no package", "ETag", "\"e\"", "Content-Length", "99999"));
    fetch(Answer.of(200, "no package", "ETag", "\"e\""));

    assertThat(said).hasSizeGreaterThan(50).allSatisfy(s -> assertThat(s).doesNotContain("CANARY"));
  }

  @Test
  void nothing_that_holds_a_secret_prints_it() {
    URI signed = URI.create("https://packages.s3.us-east-2.amazonaws.com/a.apkg?" + QUERY);
    PackageRef ref = PackageRef.parse(signed.toString());
    var source = new HttpsFetcher(signed, any -> true);
    said.addAll(
        List.of(
            ref.toString(),
            ref.address().toString(),
            CREDENTIALS.toString(),
            config().toString(),
            new AddressRule(config()).toString(),
            source.toString(),
            source.context(signed).toString(),
            ErrorResponse.of(
                    403,
                    name -> Optional.of("CANARY"),
                    ("<Error><Code>A</Code><Message>" + TOKEN + "</Message></Error>")
                        .getBytes(StandardCharsets.UTF_8),
                    Instant.EPOCH)
                .toString()));

    assertThat(said).allSatisfy(s -> assertThat(s).doesNotContain("CANARY"));
  }

  @Test
  void no_reference_configuration_or_variable_is_refused_with_its_secret() {
    for (String ref :
        new String[] {
          "http://h/k?" + QUERY,
          "ftp://user:CANARY@h/k",
          "https://user:CANARY@h/k?" + QUERY,
          "https://h/k y?" + QUERY,
          "https://h?" + QUERY,
          "https://h/k?" + QUERY + "#CANARY",
          "https://h/k?" + QUERY + "#sha256=CANARY",
          "https://others.s3.amazonaws.com/k?" + QUERY,
          "https://evil.example/k?" + QUERY,
          "s3://packages/k?" + QUERY,
          "s3://Packages?" + QUERY,
          "greeter@1?" + QUERY,
          "&" + QUERY
        }) {
      say(
          catchThrowable(
              () -> {
                try (Par par = builder("http://127.0.0.1:1").build()) {
                  par.fetch(PackageRef.parse(ref));
                }
              }));
    }
    say(catchThrowable(() -> builder("http://user:CANARY@127.0.0.1:1").build()));
    say(catchThrowable(() -> builder("http://127.0.0.1:1/?token=CANARY").build()));
    say(
        catchThrowable(
            () ->
                ParConfig.fromEnvironment(
                    Map.of(
                        "AWS_ENDPOINT_URL", "http://user:CANARY@h",
                        "AWS_ENDPOINT_URL_S3", "ftp://h/?X-Amz-Signature=CANARY",
                        "AWS_SECRET_ACCESS_KEY", "CANARY"))));

    assertThat(said).hasSize(16).allSatisfy(s -> assertThat(s).doesNotContain("CANARY"));
  }

  private void fetch(Answer answer) {
    try (var server = new StubServer(answer)) {
      fetch(server.endpoint());
    }
  }

  /** An answer that no correct server gives. */
  private void fetchBroken(Answer answer) {
    try (var server = new ScriptedServer(answer)) {
      fetch(server.endpoint());
    }
  }

  private void fetch(URI endpoint) {
    try (Par par = builder(endpoint.toString()).build()) {
      say(catchThrowable(() -> par.fetch(PackageRef.parse("s3://packages/a.apkg"))));
      say(catchThrowable(() -> par.fetch(PackageRef.parse("greeter@latest"))));
    }
  }

  private ParConfig config() {
    return ParConfig.builder()
        .cacheDirectory(cache)
        .allowBucket("packages")
        .endpoint(URI.create("http://127.0.0.1:1"))
        .credentials(CREDENTIALS)
        .build();
  }

  private Par.Builder builder(String endpoint) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("packages")
        .region("us-east-2")
        .endpoint(URI.create(endpoint))
        .credentials(CREDENTIALS)
        .sleeper(delay -> {})
        .attempts(attempts, Duration.ofSeconds(30))
        .onEvent(event -> said.add(event.toString()));
  }

  private void say(Throwable e) {
    assertThat(e).isInstanceOf(ParException.class);
    var text = new StringWriter();
    e.printStackTrace(new PrintWriter(text));
    said.add(text + ((ParException) e).hint() + ((ParException) e).problems());
  }
}
