package global.pixell.par.internal.cache;

import static global.pixell.par.internal.cache.CacheFixture.archive;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.EvictionResult;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EvictionTest {

  private static final int SIZE = 10_000;

  @TempDir Path root;
  private CacheFixture fixture;

  @BeforeEach
  void start() {
    fixture = new CacheFixture(root);
  }

  @AfterEach
  void makeDeletable() throws IOException {
    AtomicFiles.deleteTree(root.resolve("v1"));
  }

  /** Puts a package as another process that then ends. */
  private Digest put(String name) throws IOException {
    return put(name, List.of());
  }

  private Digest put(String name, List<String> addresses) throws IOException {
    fixture.now = fixture.now.plusSeconds(60);
    try (PackageCache cache = fixture.open()) {
      Digest digest = CacheFixture.put(cache, archive(name, SIZE));
      assertThat(cache.blob(digest)).isPresent();
      for (String address : addresses) {
        cache.rememberRef(
            address, new PackageCache.Ref(digest, Optional.empty(), Optional.empty()));
      }
      return digest;
    }
  }

  private static List<EvictionResult> evict(PackageCache cache) {
    return cache.maintain(CacheMaintenance::evict);
  }

  private boolean isThere(Digest digest) {
    boolean blob = Files.exists(fixture.layout.blob(digest));
    assertThat(Files.exists(fixture.layout.tree(digest))).isEqualTo(blob);
    assertThat(Files.exists(fixture.layout.fingerprint(digest))).isEqualTo(blob);
    return blob;
  }

  @Test
  void by_size_the_longest_unused_go_first_and_a_use_counts() throws IOException {
    Digest first = put("a");
    Digest second = put("b");
    Digest third = put("c");
    fixture.now = fixture.now.plusSeconds(60);
    try (PackageCache cache = fixture.open()) {
      assertThat(cache.blob(first)).isPresent();
    }

    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 3 * SIZE)) {
      Digest fourth = CacheFixture.put(cache, archive("d", SIZE));

      assertThat(isThere(second)).isFalse();
      assertThat(isThere(third)).isFalse();
      assertThat(isThere(first)).isTrue();
      assertThat(isThere(fourth)).isTrue();
    }
    assertThat(fixture.below(fixture.layout.temporaryFiles())).isEmpty();
  }

  @Test
  void by_age_what_was_not_used_for_long_goes() throws IOException {
    Digest old = put("a");
    fixture.now = fixture.now.plus(Duration.ofDays(8));
    Digest young = put("b");

    try (PackageCache cache =
        fixture.open(
            CacheFixture.policy(Optional.of(Duration.ofDays(7)), 0, true), Long.MAX_VALUE)) {
      assertThat(evict(cache))
          .extracting(EvictionResult::reason)
          .containsExactly("not used for 7 days", "");
    }
    assertThat(isThere(old)).isFalse();
    assertThat(isThere(young)).isTrue();
  }

  @Test
  void below_the_floor_of_free_space_everything_goes_that_may() throws IOException {
    Digest a = put("a");
    Digest b = put("b", List.of("s3://b/acme/x/1.0.0/x.apkg"));
    fixture.freeBytes = 50;

    try (PackageCache cache =
        fixture.open(CacheFixture.policy(Optional.empty(), 100, true), Long.MAX_VALUE)) {
      assertThat(evict(cache))
          .extracting(EvictionResult::reason)
          .containsExactly(
              "less than 100 bytes are free on the disk", "the last good version of s3://b/acme/x");
    }
    assertThat(isThere(a)).isFalse();
    assertThat(isThere(b)).isTrue();
  }

  @Test
  void room_is_made_for_what_is_about_to_be_written_and_the_error_counts_what_may_not_go()
      throws IOException {
    Digest evictable = put("a");
    Digest kept = put("b", List.of("s3://b/acme/x/1.0.0/x.apkg"));
    fixture.freeBytes = 50;

    try (PackageCache cache = fixture.open()) {
      ParException e =
          catchThrowableOfType(ParException.class, () -> cache.requireSpace("Unpacking p", 51));

      assertThat(e)
          .hasMessageMatching(
              "Unpacking p needs 51 bytes and the disk of .* has 50 free; the cache has \\d+ bytes that are in use or the last good version of a package.");
    }
    assertThat(isThere(evictable)).isFalse();
    assertThat(isThere(kept)).isTrue();
  }

  @Test
  void the_last_good_version_of_a_package_is_the_one_used_last() throws IOException {
    Digest one = put("1", List.of("s3://b/acme/x/1.0.0/x.apkg", "acme/x@latest"));
    Digest two = put("2", List.of("s3://b/acme/x/1.1.0/x.apkg", "acme/x@latest"));
    Digest other = put("3", List.of("s3://b/other.apkg"));
    fixture.now = fixture.now.plusSeconds(60);
    try (PackageCache cache = fixture.open()) {
      assertThat(cache.blob(one)).isPresent(); // A rollback.
    }

    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
      evict(cache);
    }

    // 1.1.0 is still the last version that the name resolved to; 1.0.0 is the last one of the
    // address.
    assertThat(isThere(one)).isTrue();
    assertThat(isThere(two)).isTrue();
    assertThat(isThere(other)).isTrue();

    put("4", List.of("acme/x@latest"));
    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
      evict(cache);
      assertThat(cache.ref("s3://b/acme/x/1.1.0/x.apkg")).isEmpty();
    }
    assertThat(isThere(two)).isFalse();
    assertThat(isThere(one)).isTrue();
  }

  @Test
  void a_tree_whose_archive_is_gone_is_no_good_version() throws IOException {
    Digest one = put("1", List.of("s3://b/acme/x/1.0.0/x.apkg"));
    Digest two = put("2", List.of("s3://b/acme/x/1.1.0/x.apkg"));
    Files.delete(fixture.layout.blob(two));

    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
      evict(cache);
    }

    assertThat(isThere(one)).isTrue();
    assertThat(isThere(two)).isFalse();
  }

  @Test
  void what_cannot_be_read_at_the_moment_is_not_forgotten() throws IOException {
    put("1");
    Path strange = Files.createDirectories(fixture.layout.ref("s3://b/k"));

    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
      assertThat(evict(cache)).extracting(EvictionResult::evicted).containsExactly(true);
    }

    assertThat(strange).exists();
  }

  @Test
  void the_package_of_an_address_is_the_address_without_its_version() {
    assertThat(CacheRefs.packageOf("s3://b/acme/x/1.2.3/x.apkg?versionId=v"))
        .isEqualTo("s3://b/acme/x");
    assertThat(CacheRefs.packageOf("s3://b/acme/x/x.apkg?versionId=v"))
        .isEqualTo("s3://b/acme/x/x.apkg");
    assertThat(CacheRefs.packageOf("s3://b/1.0/x.apkg")).isEqualTo("s3://b");
    assertThat(CacheRefs.packageOf("s3://b/x.apkg")).isEqualTo("s3://b/x.apkg");
    assertThat(CacheRefs.packageOf("https://h/1.0.0/x.apkg")).isEqualTo("https://h");
    assertThat(CacheRefs.packageOf("acme/x@^1.2")).isEqualTo("acme/x");
  }

  @Test
  void what_is_in_use_stays_and_the_user_is_named() throws IOException {
    Digest digest = put("a");
    try (PackageCache user = fixture.open()) {
      assertThat(user.blob(digest)).isPresent();

      try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
        assertThat(evict(cache))
            .extracting(EvictionResult::reason)
            .singleElement()
            .asString()
            .startsWith("in use by process " + ProcessHandle.current().pid() + " on ");
      }
      assertThat(isThere(digest)).isTrue();
    }
    try (PackageCache cache = fixture.open(CacheFixture.NO_FLOOR, 1)) {
      evict(cache);
    }
    assertThat(isThere(digest)).isFalse();
  }

  @Test
  void bad_packages_are_kept_four_at_most_a_week_and_while_there_is_room() throws IOException {
    for (int i = 0; i < 6; i++) {
      Digest digest = put("x" + i);
      CacheFixture.overwrite(fixture.layout.blob(digest), "rotten");
      try (PackageCache cache = fixture.open()) {
        assertThat(cache.blob(digest)).isEmpty();
        evict(cache);
      }
    }
    assertThat(fixture.below(fixture.layout.quarantine())).hasSize(4);

    fixture.freeBytes = 10;
    try (PackageCache cache =
        fixture.open(CacheFixture.policy(Optional.empty(), 100, true), Long.MAX_VALUE)) {
      evict(cache);
    }
    assertThat(fixture.below(fixture.layout.quarantine())).isEmpty();
  }

  @Test
  void a_week_in_quarantine_begins_when_the_package_was_found_bad() throws IOException {
    Digest digest = put("x");
    fixture.now = fixture.now.plus(Duration.ofDays(8));
    CacheFixture.overwrite(fixture.layout.blob(digest), "rotten");
    Files.setLastModifiedTime(
        fixture.layout.blob(digest), FileTime.from(fixture.now.minus(Duration.ofDays(8))));

    try (PackageCache cache = fixture.open()) {
      assertThat(cache.blob(digest)).isEmpty();
      evict(cache);
    }

    assertThat(fixture.below(fixture.layout.quarantine())).hasSize(1);
  }

  @Test
  void quarantine_is_empty_after_a_week() throws IOException {
    Digest digest = put("x");
    CacheFixture.overwrite(fixture.layout.blob(digest), "rotten");
    try (PackageCache cache = fixture.open()) {
      assertThat(cache.blob(digest)).isEmpty();
      fixture.now = fixture.now.plus(Duration.ofDays(8));
      evict(cache);
    }

    assertThat(fixture.below(fixture.layout.quarantine())).isEmpty();
  }
}
