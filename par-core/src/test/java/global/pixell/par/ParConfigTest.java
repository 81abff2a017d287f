package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ParConfigTest {

  @Test
  void an_empty_environment_gives_the_defaults() {
    ParConfig config = ParConfig.fromEnvironment(Map.of());

    assertThat(config.buckets()).containsExactly("pixell-agent-packages");
    assertThat(config.maxPackageBytes()).isEqualTo(250L * 1024 * 1024);
    assertThat(config.cacheDirectory()).isEqualTo(Path.of("/var/cache/par"));
    assertThat(config.offline()).isFalse();
  }

  @Test
  void blank_counts_as_absent_and_blanks_are_trimmed() {
    ParConfig config =
        ParConfig.fromEnvironment(
            Map.of("S3_BUCKET", " one , two ", "MAX_PACKAGE_SIZE_MB", "  ", "PAR_OFFLINE", "TRUE"));

    assertThat(config.buckets()).containsExactly("one", "two");
    assertThat(config.maxPackageBytes()).isEqualTo(250L * 1024 * 1024);
    assertThat(config.offline()).isTrue();
  }

  @Test
  void the_cache_follows_xdg_unless_it_is_named() {
    assertThat(ParConfig.fromEnvironment(Map.of("XDG_CACHE_HOME", "/x")).cacheDirectory())
        .isEqualTo(Path.of("/x/par"));
    assertThat(
            ParConfig.fromEnvironment(Map.of("XDG_CACHE_HOME", "/x", "PAR_CACHE_DIR", "/y"))
                .cacheDirectory())
        .isEqualTo(Path.of("/y"));
  }

  @Test
  void the_cache_is_looked_after_as_the_environment_says() {
    assertThat(ParConfig.fromEnvironment(Map.of()).cachePolicy())
        .isEqualTo(ParConfig.CachePolicy.DEFAULT);

    ParConfig.CachePolicy policy =
        ParConfig.fromEnvironment(
                Map.of(
                    "PAR_CACHE_MAX_AGE_DAYS", "30",
                    "PAR_CACHE_MIN_FREE_MB", "0",
                    "PAR_CACHE_VERIFY", "SIZE",
                    "PAR_CACHE_LOCKS", "false",
                    "PAR_CACHE_SERVE_STALE", "true"))
            .cachePolicy();

    assertThat(policy)
        .isEqualTo(
            new ParConfig.CachePolicy(
                Optional.of(Duration.ofDays(30)), 0, false, false, Duration.ofMinutes(10), true));
  }

  @Test
  void a_policy_that_cannot_be_is_refused_with_its_rule() {
    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                new ParConfig.CachePolicy(
                    Optional.of(Duration.ZERO), 0, true, true, Duration.ZERO, false));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e).hasMessageContaining("maxAge in seconds is 0");
    assertThat(e.hint()).isEqualTo("It must be at least 1.");
  }

  @Test
  void every_fault_is_reported_at_once() {
    ParException e =
        catchThrowableOfType(
            ParException.class,
            () ->
                ParConfig.fromEnvironment(
                    Map.of(
                        "S3_BUCKET", "Not_A_Bucket",
                        "MAX_PACKAGE_SIZE_MB", "0",
                        "PAR_OFFLINE", "maybe",
                        "AWS_ENDPOINT_URL", "ftp://x",
                        "AWS_ACCESS_KEY_ID", "AKIAEXAMPLEEXAMPLE00")));

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e.problems())
        .extracting(ParException.Problem::where)
        .containsExactlyInAnyOrder(
            "S3_BUCKET",
            "MAX_PACKAGE_SIZE_MB",
            "PAR_OFFLINE",
            "AWS_ENDPOINT_URL",
            "AWS_SECRET_ACCESS_KEY");
  }

  @Test
  void credentials_never_print() {
    ParConfig config =
        ParConfig.fromEnvironment(
            Map.of("AWS_ACCESS_KEY_ID", "AKIACANARY", "AWS_SECRET_ACCESS_KEY", "canary-secret"));

    assertThat(config.toString()).doesNotContain("canary-secret").doesNotContain("AKIACANARY");
  }

  @Test
  void an_unknown_variable_is_met_with_the_name_that_was_meant() {
    var reader = new EnvironmentReader(Map.of("PAR_OFLINE", "true"));

    reader.refuseUnknown("PAR_", java.util.List.of("PAR_OFFLINE", "PAR_CACHE_DIR"));

    assertThat(reader.problems())
        .singleElement()
        .satisfies(p -> assertThat(p.hint()).isEqualTo("Did you mean PAR_OFFLINE?"));
  }
}
