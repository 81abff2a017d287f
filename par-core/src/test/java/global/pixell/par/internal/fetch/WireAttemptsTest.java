package global.pixell.par.internal.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How many requests each class of failure costs, counted at the server. */
@Timeout(120)
class WireAttemptsTest {

  private static final PackageRef REF = PackageRef.parse("s3://packages/a.apkg");

  @TempDir private Path cache;
  private final List<ParEvent.Detail> events = new ArrayList<>();

  /**
   * Clears the SDK's own settings. Each of them would multiply the attempts if the SDK's retry were
   * on.
   */
  @AfterEach
  void clear() {
    System.clearProperty("aws.newRetries2026");
    System.clearProperty("aws.retryMode");
    System.clearProperty("aws.maxAttempts");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "aws.newRetries2026=true", "aws.retryMode=adaptive", "aws.maxAttempts=7"})
  void no_switch_of_the_sdk_multiplies_attempts(String property) {
    if (!property.isEmpty()) {
      System.setProperty(property.split("=", 2)[0], property.split("=", 2)[1]);
    }

    assertThat(requests(Answer.s3(500, "InternalError", "…"))).isEqualTo(3);
    assertThat(requests(Answer.s3(503, "ServiceUnavailable", "…"))).isEqualTo(3);
    assertThat(requests(Answer.s3(400, "RequestTimeout", "…"))).isEqualTo(3);
    assertThat(requests(Answer.s3(403, "AccessDenied", "…"))).isEqualTo(1);
    assertThat(requests(Answer.s3(400, "ExpiredToken", "…"))).isEqualTo(1);
    assertThat(requests(Answer.s3(403, "RequestTimeTooSkewed", "…"))).isEqualTo(2);
  }

  @Test
  void every_passing_answer_costs_one_request_an_attempt() {
    for (int status : new int[] {408, 409, 429, 500, 502, 503, 504}) {
      assertThat(requests(Answer.of(status, "", "Retry-After", "0")))
          .as("HTTP " + status)
          .isEqualTo(3);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "<?xml version=\"1.0\"?><ListBucketResult><Name>packages</Name><CommonPrefixes><Prefix>acme/gre",
        "<html><body>Welcome to the hotel</body></html>",
        "please log in",
        ""
      })
  void a_listing_that_is_cut_off_or_none_is_asked_for_again(String body) {
    try (var server = new ScriptedServer(Answer.of(200, body, "Content-Type", "application/xml"))) {
      ParException e =
          failure(server, PackageRef.parse("acme/greeter@latest"), 3, Duration.ofMinutes(1));

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e)
          .hasMessage(
              "Listing s3://packages/acme/greeter/ failed: the response of 127.0.0.1:"
                  + server.endpoint().getPort()
                  + " is not a complete listing. Gave up after 3 attempts.");
      assertThat(server.requests()).hasSize(3);
    }
  }

  @Test
  void every_lasting_answer_costs_one_request() {
    for (int status : new int[] {400, 401, 403, 404, 405, 411, 501}) {
      assertThat(requests(Answer.s3(status, "Whatever", "…"))).as("HTTP " + status).isEqualTo(1);
    }
  }

  /**
   * The one case that PAR cannot control: Java's HttpURLConnection sends a GET a second time when
   * its connection ends before any byte of an answer, and no setting prevents that.
   */
  @Test
  void a_connection_cut_before_its_answer_costs_at_most_two_requests_an_attempt() {
    assertThat(requests(Answer.of(0, ""))).isBetween(3, 6);
  }

  @Test
  void a_listing_has_the_same_owner_of_retries() {
    try (var server = new ScriptedServer(Answer.s3(500, "InternalError", "…"))) {
      failure(server, PackageRef.parse("acme/greeter@latest"), 3, Duration.ofMinutes(1));

      assertThat(server.requests()).hasSize(3);
      assertThat(events).hasSize(2).allMatch(ParEvent.Retried.class::isInstance);
    }
  }

  @Test
  void a_wish_of_the_server_in_milliseconds_seconds_or_as_a_date_is_waited_for() {
    Instant serverTime = Instant.now().minusSeconds(86_400);
    try (var server =
        new ScriptedServer(
            Answer.s3(503, "ServiceUnavailable", "…", "x-amz-retry-after", "300"),
            Answer.s3(503, "ServiceUnavailable", "…", "Retry-After", "1"),
            // A day behind: only the difference from the server's own Date counts.
            Answer.s3(
                503,
                "ServiceUnavailable",
                "…",
                "Date",
                ScriptedServer.date(serverTime),
                "Retry-After",
                ScriptedServer.date(serverTime.plusSeconds(1))),
            Answer.s3(404, "NoSuchKey", "…"))) {
      failure(server, REF, 5, Duration.ofMinutes(1));

      assertThat(delays().get(0)).isBetween(Duration.ofMillis(300), Duration.ofMillis(400));
      assertThat(delays().get(1)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(4));
      assertThat(delays().get(2)).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(7));
    }
  }

  @Test
  void a_wish_beyond_the_deadline_ends_the_fetch_at_once_and_is_told() {
    try (var server = new ScriptedServer(Answer.s3(503, "SlowDown", "…", "Retry-After", "3600"))) {
      ParException e = failure(server, REF, 5, Duration.ofMinutes(1));

      assertThat(e)
          .hasMessageEndingWith(
              " Gave up after 1 attempt: the server asked to wait 3600 s, and all attempts together may take 60 s.");
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void a_server_that_never_answers_is_left_at_the_deadline() {
    try (var server = new ScriptedServer(Answer.of(-1, ""))) {
      long before = System.nanoTime();

      ParException e = failure(server, REF, 5, Duration.ofMillis(500));

      assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE);
      assertThat(e)
          .hasMessageEndingWith(" Gave up after 1 attempt: all attempts together may take 500 ms.");
      // The socket alone would wait 20 s.
      assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(15));
      assertThat(server.requests()).hasSize(1);
    }
  }

  @Test
  void a_wrong_clock_is_set_by_the_server_and_the_request_signed_anew() {
    Instant serverTime = Instant.now().plusSeconds(3 * 3600);
    try (var server =
        new ScriptedServer(
            Answer.s3(403, "RequestTimeTooSkewed", "…", "Date", ScriptedServer.date(serverTime)),
            Answer.s3(404, "NoSuchKey", "…"))) {
      failure(server, REF, 5, Duration.ofMinutes(1));

      assertThat(server.requests()).hasSize(2);
      assertThat(signed(server.requests().get(0)))
          .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
      assertThat(signed(server.requests().get(1)))
          .isBetween(serverTime.minusSeconds(60), serverTime.plusSeconds(60));
      assertThat(delays()).containsExactly(Duration.ZERO);
    }
  }

  @Test
  void a_refusal_that_only_the_server_s_time_explains_is_one_of_the_clock_too() {
    Instant serverTime = Instant.now().minusSeconds(3 * 3600);
    for (String code : List.of("SignatureDoesNotMatch", "AccessDenied")) {
      try (var server =
          new ScriptedServer(
              Answer.s3(403, code, "…", "Date", ScriptedServer.date(serverTime)),
              Answer.s3(403, code, "…", "Date", ScriptedServer.date(serverTime)))) {
        ParException e = failure(server, REF, 5, Duration.ofMinutes(1));

        // The second time the clocks agree, so the refusal is genuine.
        assertThat(server.requests()).hasSize(2);
        assertThat(signed(server.requests().get(1)))
            .isBetween(serverTime.minusSeconds(60), serverTime.plusSeconds(60));
        assertThat(e).hasMessageContaining(code);
      }
    }
  }

  @Test
  void the_correction_is_kept_for_this_par_and_leaves_the_jvm_alone() {
    Instant serverTime = Instant.now().plusSeconds(3 * 3600);
    Answer skewed =
        Answer.s3(403, "RequestTimeTooSkewed", "…", "Date", ScriptedServer.date(serverTime));
    try (var server = new ScriptedServer(skewed, Answer.s3(404, "NoSuchKey", "…"));
        Par par = par(server, 5, Duration.ofMinutes(1))) {
      assertThatThrownBy(() -> par.fetch(REF)).isInstanceOf(ParException.class);
      assertThatThrownBy(() -> par.fetch(REF)).isInstanceOf(ParException.class);

      assertThat(signed(server.requests().get(2))).isAfter(serverTime.minusSeconds(60));
    }
    try (var server = new ScriptedServer(Answer.s3(404, "NoSuchKey", "…"))) {
      failure(server, REF, 5, Duration.ofMinutes(1));

      assertThat(signed(server.requests().get(0))).isBefore(Instant.now().plusSeconds(60));
    }
  }

  private static Instant signed(ScriptedServer.Request request) {
    return LocalDateTime.parse(
            request.header("x-amz-date"), DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'"))
        .toInstant(ZoneOffset.UTC);
  }

  private List<Duration> delays() {
    return events.stream()
        .filter(ParEvent.Retried.class::isInstance)
        .map(e -> ((ParEvent.Retried) e).delay())
        .toList();
  }

  private int requests(Answer answer) {
    try (var server = new ScriptedServer(answer)) {
      failure(server, REF, 3, Duration.ofMinutes(1));
      return server.requests().size();
    }
  }

  private ParException failure(
      ScriptedServer server, PackageRef ref, int attempts, Duration deadline) {
    try (Par par = par(server, attempts, deadline)) {
      return catchThrowableOfType(ParException.class, () -> par.fetch(ref));
    }
  }

  private Par par(ScriptedServer server, int attempts, Duration deadline) {
    return Par.builder()
        .cacheDirectory(cache)
        .allowBucket("packages")
        .region("us-east-2")
        .endpoint(server.endpoint())
        .credentials(
            new ParConfig.Credentials("PARTESTKITEXAMPLE000", "not-a-secret", Optional.empty()))
        .attempts(attempts, deadline)
        .onEvent(event -> events.add(event.detail()))
        .sleeper(delay -> {})
        .build();
  }
}
