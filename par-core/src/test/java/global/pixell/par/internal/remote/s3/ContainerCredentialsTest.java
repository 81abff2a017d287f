package global.pixell.par.internal.remote.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.ParConfig;
import global.pixell.par.internal.remote.AbortableRequests;
import global.pixell.par.internal.remote.s3.ContainerCredentials.Refused;
import global.pixell.par.internal.testing.ScriptedServer;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import global.pixell.par.internal.testing.StubServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests to a container's credentials endpoint, and their times. */
@Timeout(60)
class ContainerCredentialsTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Instant now = START;
  private final Clock clock =
      new Clock() {
        @Override
        public ZoneId getZone() {
          return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
          return this;
        }

        @Override
        public Instant instant() {
          return now;
        }
      };

  @Test
  void they_are_kept_and_renewed_a_quarter_of_an_hour_before_they_expire() {
    Instant end = START.plus(Duration.ofMinutes(45));
    try (var server = new StubServer(issued("K1", end), issued("K2", end.plusSeconds(9999)))) {
      ContainerCredentials credentials = at(server.endpoint());

      assertThat(credentials.get(new AbortableRequests()))
          .isEqualTo(new ParConfig.Credentials("K1", "secret", Optional.of("session")));
      now = START.plus(Duration.ofMinutes(29));
      assertThat(credentials.get(new AbortableRequests()).accessKeyId()).isEqualTo("K1");
      assertThat(server.requests()).hasSize(1);
      now = START.plus(Duration.ofMinutes(31));
      assertThat(credentials.get(new AbortableRequests()).accessKeyId()).isEqualTo("K2");
      assertThat(server.requests()).hasSize(2);
    }
  }

  @Test
  void those_at_hand_serve_until_they_expire_when_no_new_ones_are_given() {
    Instant end = START.plus(Duration.ofMinutes(45));
    try (var server = new StubServer(issued("K1", end), Answer.of(500, ""))) {
      ContainerCredentials credentials = at(server.endpoint());
      credentials.get(new AbortableRequests());

      now = START.plus(Duration.ofMinutes(40));
      assertThat(credentials.get(new AbortableRequests()).accessKeyId()).isEqualTo("K1");
      assertThat(credentials.get(new AbortableRequests()).accessKeyId()).isEqualTo("K1");
      assertThat(server.requests()).hasSize(2);
      now = end;
      assertThat(refused(credentials)).hasMessage("HTTP 500");
      assertThat(server.requests()).hasSize(3);
    }
  }

  @Test
  void the_token_is_read_anew_from_its_file_and_said_there(@TempDir Path work) throws Exception {
    Path file = Files.writeString(work.resolve("token"), "first\n");
    try (var server = new StubServer(issued("K1", START.plusSeconds(90)))) {
      var credentials =
          new ContainerCredentials(
              server.endpoint() + "/v1/credentials",
              Optional.of("unused"),
              Optional.of(file),
              clock);

      credentials.get(new AbortableRequests());
      Files.writeString(file, "second");
      now = START.plusSeconds(60);
      credentials.get(new AbortableRequests());

      assertThat(server.requests())
          .extracting(r -> r.header("Authorization"))
          .containsExactly("first", "second");
    }
  }

  @Test
  void an_answer_that_may_be_another_one_next_time_is_passing_and_any_other_is_not() {
    assertThat(refusal(Answer.of(500, "")).isTransient()).isTrue();
    assertThat(refusal(Answer.of(429, "")).isTransient()).isTrue();
    assertThat(refusal(Answer.of(200, "{\"AccessKeyId\": \"K1\", \"Secre")).isTransient()).isTrue();
    assertThat(refusal(issued("K1", START)).isTransient()).isTrue();
    Refused lasting = refusal(Answer.of(404, "{\"message\": \"No role.\"}"));
    assertThat(lasting.isTransient()).isFalse();
    assertThat(lasting).hasMessage("HTTP 404: No role.");
    assertThat(refusal(Answer.of(302, "", "Location", "/other")).isTransient()).isFalse();
  }

  @Test
  void an_answer_that_is_cut_off_is_not_repeated_in_the_error() {
    assertThat(refusal(Answer.of(200, "{\"SecretAccessKey\": CANARY")))
        .hasMessage("its response is not a JSON object");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://192.0.2.1/credentials",
        "http://169.254.169.254/latest",
        "ftp://127.0.0.1/",
        "no address"
      })
  void only_https_and_this_machine_are_asked(String uri) {
    Refused e =
        refused(new ContainerCredentials(uri, Optional.of("token"), Optional.empty(), clock));

    assertThat(e.isTransient()).isFalse();
    assertThat(e).hasMessageStartingWith("its address is ");
  }

  @Test
  void the_wait_for_them_can_be_ended() throws Exception {
    var thread = Executors.newSingleThreadExecutor();
    try (var server = new ScriptedServer(Answer.of(-1, ""))) {
      var waiting = new AbortableRequests();
      Future<Refused> refused =
          thread.submit(
              () -> catchThrowableOfType(Refused.class, () -> at(server.endpoint()).get(waiting)));
      while (server.requests().isEmpty()) {
        Thread.onSpinWait();
      }

      waiting.abort();

      assertThat(refused.get().isTransient()).isTrue();
      assertThat(server.requests()).hasSizeLessThan(3);
    } finally {
      thread.shutdownNow();
    }
  }

  private Refused refusal(Answer answer) {
    try (var server = new StubServer(answer)) {
      Refused refused = refused(at(server.endpoint()));
      assertThat(server.requests()).hasSize(1);
      return refused;
    }
  }

  private static Refused refused(ContainerCredentials credentials) {
    return catchThrowableOfType(Refused.class, () -> credentials.get(new AbortableRequests()));
  }

  private ContainerCredentials at(URI endpoint) {
    return new ContainerCredentials(
        endpoint + "/v2/credentials", Optional.empty(), Optional.empty(), clock);
  }

  private static Answer issued(String key, Instant end) {
    return Answer.of(
        200,
        "{\"AccessKeyId\": \"%s\", \"SecretAccessKey\": \"secret\", \"Token\": \"session\", \"Expiration\": \"%s\"}"
            .formatted(key, end));
  }
}
