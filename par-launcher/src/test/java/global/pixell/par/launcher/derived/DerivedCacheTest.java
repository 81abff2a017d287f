package global.pixell.par.launcher.derived;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.Digest;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DerivedCacheTest {

  private static final Digest KEY = DerivedCache.key(List.of("a key"));

  private final AtomicInteger made = new AtomicInteger();
  private final List<String> warnings = new ArrayList<>();
  private Path root;

  @BeforeEach
  void prepare() throws IOException {
    root = Files.createTempDirectory("par-derived-");
  }

  @AfterEach
  void delete() throws IOException {
    AtomicFiles.deleteTree(root);
  }

  @Test
  void a_directory_is_made_once_and_only_read_afterwards() throws Exception {
    DerivedCache.Made first = get(KEY);
    DerivedCache.Made second = get(KEY);

    assertThat(first.reused()).isFalse();
    assertThat(second.reused()).isTrue();
    assertThat(second.facts()).containsEntry("source", "requirements.txt");
    assertThat(second.path().resolve("lib/module.py")).hasContent("one");
    try (Stream<Path> files = Files.walk(second.path())) {
      assertThat(files.filter(f -> !Files.isSymbolicLink(f)))
          .allSatisfy(
              file ->
                  assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                      .doesNotContain("w"));
    }
    assertThat(warnings).isEmpty();
  }

  @Test
  void what_an_agent_plants_or_changes_is_never_run() throws Exception {
    interface Change {
      void in(Path directory) throws IOException;
    }
    List<Change> changes =
        List.of(
            d -> Files.writeString(d.resolve("lib/planted.pyc"), "x"),
            d -> {
              // The same size and modification time: only the change time differs.
              Path file = d.resolve("lib/module.py");
              FileTime before = Files.getLastModifiedTime(file);
              Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
              Files.writeString(file, "two");
              Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));
              Files.setLastModifiedTime(file, before);
            },
            d -> Files.delete(d.resolve("lib/module.py")),
            d -> {
              Files.delete(d.resolve("link"));
              Files.createSymbolicLink(d.resolve("link"), Path.of("/etc/passwd"));
            });
    for (Change change : changes) {
      Path directory = get(KEY).path();
      AtomicFiles.setOwnerWritable(directory);
      AtomicFiles.setOwnerWritable(directory.resolve("lib"));
      change.in(directory);
      warnings.clear();

      DerivedCache.Made renewed = get(KEY);

      assertThat(renewed.reused()).isFalse();
      assertThat(renewed.path().resolve("lib/module.py")).hasContent("one");
      assertThat(renewed.path().resolve("lib/planted.pyc")).doesNotExist();
      assertThat(warnings).first().asString().contains("was changed after it was made: '");
    }
    assertThat(made).hasValue(1 + changes.size());
  }

  @Test
  void a_copied_cache_is_proved_by_its_content() throws Exception {
    Path directory = get(KEY).path();
    Path link = root.resolve("another-link");
    // A new link updates the change time, as a copy of the cache does.
    Files.createLink(link, directory.resolve("lib/module.py"));

    assertThat(get(KEY).reused()).isTrue();
    assertThat(warnings).isEmpty();
    assertThat(made).hasValue(1);
  }

  @Test
  void a_directory_without_its_seal_is_made_anew() throws Exception {
    Path directory = get(KEY).path();
    Files.delete(directory.resolveSibling(directory.getFileName() + ".seal"));

    assertThat(cache().find("python", KEY)).isEmpty();
    assertThat(get(KEY).reused()).isFalse();
    assertThat(warnings).isNotEmpty().allMatch(w -> w.contains("has no seal"));
  }

  @Test
  void of_many_at_once_one_makes_it() {
    List<CompletableFuture<DerivedCache.Made>> all = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      all.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return get(KEY);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              }));
    }
    assertThat(all.stream().map(CompletableFuture::join).filter(m -> !m.reused())).hasSize(1);
    assertThat(made).hasValue(1);
  }

  @Test
  void verify_reads_every_byte_and_removes_what_is_damaged_and_unused() throws Exception {
    Path sound = get(DerivedCache.key(List.of("sound"))).path();
    Path damaged = get(KEY).path();
    Path file = damaged.resolve("lib/module.py");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    Files.writeString(file, "two");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("r--r--r--"));

    assertThat(maintenance().verify())
        .filteredOn(v -> v.damage().isPresent())
        .singleElement()
        .satisfies(
            v -> {
              assertThat(v.removed()).as("it is in use").isFalse();
              assertThat(v.damage().get()).contains("'lib/module.py'");
            });

    endLeases();
    assertThat(maintenance().verify())
        .filteredOn(DerivedMaintenance.Verification::removed)
        .hasSize(1);
    assertThat(damaged).doesNotExist();
    assertThat(sound).isDirectory();
  }

  @Test
  void the_least_recently_used_goes_when_the_cache_is_over_its_limit_unless_it_is_in_use()
      throws Exception {
    Path oldest = get(DerivedCache.key(List.of("oldest"))).path();
    Path older = get(DerivedCache.key(List.of("older"))).path();
    usedAgo(oldest, Duration.ofDays(3));
    usedAgo(older, Duration.ofDays(2));
    long one = maintenance().list().get(0).bytes();
    endLeases();
    Path newest = get(KEY).path();

    assertThat(maintenance().list()).extracting(DerivedDirectory::path).first().isEqualTo(oldest);
    assertThat(CacheLimits.enforce(config(2 * one, Optional.empty())).derived())
        .filteredOn(CacheLimits.DerivedResult::removed)
        .singleElement()
        .satisfies(r -> assertThat(r.reason()).contains("over its limit of " + 2 * one));
    assertThat(oldest).doesNotExist();
    assertThat(older).isDirectory();

    assertThat(CacheLimits.enforce(config(1, Optional.empty())).derived())
        .filteredOn(r -> r.directory().path().equals(newest))
        .singleElement()
        .satisfies(r -> assertThat(r.reason()).contains("in use by process"));
    assertThat(older).doesNotExist();
    assertThat(newest).isDirectory();
  }

  @Test
  void what_is_leased_for_another_process_stays_until_that_process_ends() throws Exception {
    Path directory = get(KEY).path();
    Process user = new ProcessBuilder("sleep", "600").start();
    try {
      cache().leaseFor(ProcessId.ofPid(user.pid()));
      endLeases("*." + ProcessId.current());

      CacheLimits.enforce(config(1, Optional.empty()));

      assertThat(directory).isDirectory();
    } finally {
      user.destroyForcibly().waitFor();
    }

    CacheLimits.enforce(config(1, Optional.empty()));

    assertThat(directory).doesNotExist();
  }

  @Test
  void what_was_not_used_for_long_goes_by_its_age() throws Exception {
    Path old = get(KEY).path();
    usedAgo(old, Duration.ofDays(9));
    endLeases();

    CacheLimits.enforce(config(1 << 30, Optional.of(Duration.ofDays(7))));

    assertThat(old).doesNotExist();
    assertThat(maintenance().list()).isEmpty();
  }

  // Helpers.

  private DerivedCache.Made get(Digest key) throws InterruptedException {
    return cache()
        .get(
            "python",
            key,
            Duration.ofSeconds(30),
            (staging, place) -> {
              made.incrementAndGet();
              Files.createDirectories(staging.resolve("lib"));
              Files.writeString(staging.resolve("lib/module.py"), "one");
              Files.createSymbolicLink(staging.resolve("link"), Path.of("lib"));
              return Map.of("source", "requirements.txt");
            });
  }

  private DerivedMaintenance maintenance() {
    return DerivedMaintenance.of(config(1 << 30, Optional.empty()));
  }

  private DerivedCache cache() {
    return DerivedCache.of(config(1 << 30, Optional.empty()), warnings::add);
  }

  private ParConfig config(long maxBytes, Optional<Duration> maxAge) {
    var builder =
        ParConfig.builder()
            .cacheDirectory(root.resolve("cache"))
            .allowBucket("packages")
            .cacheMinFreeBytes(0)
            .cacheMaxBytes(maxBytes);
    maxAge.ifPresent(builder::cacheMaxAge);
    return builder.build();
  }

  private static void usedAgo(Path directory, Duration time) throws IOException {
    Files.setLastModifiedTime(
        directory.resolveSibling(directory.getFileName() + ".seal"),
        FileTime.from(Instant.now().minus(time)));
  }

  /** Ends the leases, as if the processes that took them had ended. */
  private void endLeases() throws IOException {
    endLeases("*");
  }

  private void endLeases(String names) throws IOException {
    for (Path lease : AtomicFiles.list(root.resolve("cache/v1/derived/leases"), names)) {
      Files.delete(lease);
    }
  }
}
