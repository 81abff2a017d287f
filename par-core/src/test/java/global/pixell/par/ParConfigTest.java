package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParConfigTest {

  @Test
  void an_empty_environment_gives_the_defaults() {
    ParConfig config = ParConfig.fromEnvironment(Map.of());

    assertThat(config.s3().buckets()).containsExactly("pixell-agent-packages");
    assertThat(config.limits().packageBytes()).isEqualTo(250L * 1024 * 1024);
    assertThat(config.cache().directory()).isEqualTo(Path.of("/var/cache/par"));
    assertThat(config.offline()).isFalse();
  }

  @Test
  void blank_counts_as_absent_and_blanks_are_trimmed() {
    ParConfig config =
        ParConfig.fromEnvironment(
            Map.of("S3_BUCKET", " one , two ", "MAX_PACKAGE_SIZE_MB", "  ", "PAR_OFFLINE", "TRUE"));

    assertThat(config.s3().buckets()).containsExactly("one", "two");
    assertThat(config.limits().packageBytes()).isEqualTo(250L * 1024 * 1024);
    assertThat(config.offline()).isTrue();
  }

  @Test
  void the_cache_follows_xdg_unless_it_is_named() {
    assertThat(ParConfig.fromEnvironment(Map.of("XDG_CACHE_HOME", "/x")).cache().directory())
        .isEqualTo(Path.of("/x/par"));
    assertThat(
            ParConfig.fromEnvironment(Map.of("XDG_CACHE_HOME", "/x", "PAR_CACHE_DIR", "/y"))
                .cache()
                .directory())
        .isEqualTo(Path.of("/y"));
  }

  @Test
  void without_either_the_cache_is_the_systems_where_it_can_be_written_and_else_the_users(
      @TempDir Path directory) throws IOException {
    Path file = Files.createFile(directory.resolve("file"));
    Optional<Path> home = Optional.of(Path.of("/home/me"));

    assertThat(ConfigVariables.cacheDirectory(directory.resolve("var/cache/par"), home))
        .isEqualTo(directory.resolve("var/cache/par"));
    assertThat(ConfigVariables.cacheDirectory(file.resolve("cache/par"), home))
        .isEqualTo(Path.of("/home/me/.cache/par"));
    assertThat(ConfigVariables.cacheDirectory(file.resolve("cache/par"), Optional.empty()))
        .isEqualTo(file.resolve("cache/par"));
  }

  @Test
  void the_cache_is_looked_after_as_the_environment_says() {
    CacheConfig defaults = ParConfig.fromEnvironment(Map.of()).cache();
    assertThat(defaults.maxAge()).isEmpty();
    assertThat(defaults.minFreeBytes()).isEqualTo(256L * 1024 * 1024);
    assertThat(defaults.verifyDigests()).isTrue();
    assertThat(defaults.locks()).isTrue();
    assertThat(defaults.serveStale()).isFalse();
    assertThat(defaults.lockTimeout()).isEqualTo(Duration.ofMinutes(10));

    CacheConfig cache =
        ParConfig.fromEnvironment(
                Map.of(
                    "PAR_CACHE_MAX_AGE_DAYS", "30",
                    "PAR_CACHE_MIN_FREE_MB", "0",
                    "PAR_CACHE_VERIFY", "SIZE",
                    "PAR_CACHE_LOCKS", "false",
                    "PAR_CACHE_SERVE_STALE", "true"))
            .cache();

    assertThat(cache.maxAge()).contains(Duration.ofDays(30));
    assertThat(cache.minFreeBytes()).isZero();
    assertThat(cache.verifyDigests()).isFalse();
    assertThat(cache.locks()).isFalse();
    assertThat(cache.serveStale()).isTrue();
  }

  @Test
  void attempts_are_limited_by_time_unless_a_number_is_given() {
    DownloadConfig defaults = ParConfig.fromEnvironment(Map.of()).download();
    assertThat(defaults.attempts()).isEqualTo(Integer.MAX_VALUE);
    assertThat(defaults.deadline()).isEqualTo(Duration.ofMinutes(10));

    assertThat(ParConfig.fromEnvironment(Map.of("PAR_FETCH_ATTEMPTS", "3")).download().attempts())
        .isEqualTo(3);
    assertThatThrownBy(() -> ParConfig.fromEnvironment(Map.of("PAR_FETCH_ATTEMPTS", "0")))
        .hasMessageContaining("PAR_FETCH_ATTEMPTS");
  }

  @Test
  void a_setting_that_breaks_its_rule_is_refused_with_the_rule() {
    ParException e =
        catchThrowableOfType(
            ParException.class, () -> minimal().cacheMaxAge(Duration.ZERO).build());

    assertThat(e.kind()).isEqualTo(ParException.Kind.CONFIG);
    assertThat(e).hasMessageContaining("cacheMaxAge in seconds is 0");
    assertThat(e.hint()).isEqualTo("It must be at least 1.");
  }

  @Test
  void a_builder_without_directory_or_bucket_says_what_to_call() {
    assertThatThrownBy(() -> ParConfig.builder().allowBucket("one").build())
        .isInstanceOf(ParException.class)
        .hasMessageContaining("no cache directory");
    assertThatThrownBy(() -> ParConfig.builder().cacheDirectory(Path.of("x")).build())
        .isInstanceOf(ParException.class)
        .hasMessageContaining("no bucket");
  }

  @Test
  void a_time_that_no_clock_can_count_means_a_hundred_years() {
    Duration forever = ChronoUnit.FOREVER.getDuration();

    ParConfig config =
        minimal().attempts(1, forever).cacheMaxAge(forever).cacheLockTimeout(forever).build();

    assertThat(config.download().deadline()).isEqualTo(Duration.ofDays(36_500));
    assertThat(config.cache().maxAge()).contains(Duration.ofDays(36_500));
    assertThat(config.cache().lockTimeout()).isEqualTo(Duration.ofDays(36_500));
  }

  @Test
  void a_configuration_stays_as_it_was_built() {
    ParConfig.Builder builder = minimal();
    ParConfig config = builder.build();

    builder.allowBucket("two").offline(true);
    ParConfig other = config.toBuilder().region("eu-central-1").build();

    assertThat(config.s3().buckets()).containsExactly("packages");
    assertThat(config.offline()).isFalse();
    assertThat(config.s3().region()).isEmpty();
    assertThat(other.s3().region()).contains("eu-central-1");
  }

  private static ParConfig.Builder minimal() {
    return ParConfig.builder().cacheDirectory(Path.of("cache")).allowBucket("packages");
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
