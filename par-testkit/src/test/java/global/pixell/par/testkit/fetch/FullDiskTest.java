package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.AgentPackage;
import global.pixell.par.EvictionResult;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A disk that becomes full at every step of a fetch: a small file system in memory. */
@Timeout(120)
class FullDiskTest {

  private static final String KEY = "acme/big/1.0.0/big.apkg";
  private static final PackageRef REF =
      PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY);
  private static final byte[] APKG = apkg();

  private final FakeS3 s3 = FakeS3.start();
  private Path disk;

  @BeforeEach
  void mount(@TempDir Path folder) throws Exception {
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, APKG);
    disk = folder;
    assumeTrue(
        run("mount", "-t", "tmpfs", "-o", "size=64k,nr_inodes=3", "par-test", disk.toString()),
        "a file system in memory can be mounted by root alone");
  }

  @AfterEach
  void unmount() throws Exception {
    s3.close();
    run("umount", "-R", "-l", disk.toString());
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
  }

  private void give(int kilobytes, int inodes) throws Exception {
    String options = "remount,size=" + kilobytes + "k,nr_inodes=" + inodes;
    assertThat(run("mount", "-o", options, disk.toString())).isTrue();
  }

  @Test
  void a_package_that_does_not_fit_is_86_with_the_numbers_before_it_is_downloaded()
      throws Exception {
    give(128, 1000);
    CacheFolder cache = new CacheFolder(disk);

    ParCommand.Outcome end = ParCommand.run(cache.environment(s3), "fetch", REF.toString());

    assertThat(end.exitCode()).isEqualTo(86);
    assertThat(end.err())
        .contains("needs " + APKG.length + " bytes and the disk of " + disk + " has ")
        .contains("ephemeral storage");
    assertThat(cache.has("blobs/sha256")).isFalse();
    cache.assertNoDebris();
    give(10_000, 1000);
    cache.recoverAndVerify(s3, REF, APKG);
  }

  @Test
  void a_package_that_fits_but_not_unpacked_is_86_with_the_numbers() throws Exception {
    give(APKG.length / 1024 + 64, 1000);
    CacheFolder cache = new CacheFolder(disk);

    ParCommand.Outcome end = ParCommand.run(cache.environment(s3), "fetch", REF.toString());

    assertThat(end.exitCode()).isEqualTo(86);
    assertThat(end.err()).containsPattern("Unpacking .* needs \\d+ bytes and the disk of");
    cache.assertNoDebris();
    give(10_000, 1000);
    cache.recoverAndVerify(s3, REF, APKG);
  }

  @Test
  void a_read_only_cache_boots_what_it_holds_and_is_86_for_the_rest() throws Exception {
    give(10_000, 1000);
    CacheFolder cache = new CacheFolder(disk);
    PackageRef pinned = PackageRef.parse(REF + "#sha256=" + Apkg.sha256(APKG));
    cache.recoverAndVerify(s3, pinned, APKG);
    assertThat(run("mount", "-o", "remount,ro", disk.toString())).isTrue();

    ParCommand.Outcome held =
        ParCommand.run(
            cache.environment(s3), "fetch", pinned.toString() + "#sha256=" + Apkg.sha256(APKG));
    ParCommand.Outcome absent =
        ParCommand.run(cache.environment(s3), "fetch", REF.toString().replace("1.0.0", "2.0.0"));

    assertThat(held.exitCode()).as(held.err()).isZero();
    assertThat(absent.exitCode()).isEqualTo(86);
    assertThat(absent.err())
        .contains("the file system is read-only.")
        .contains("Mount a writable volume, and point PAR_CACHE_DIR at it.");
    assertThat(run("mount", "-o", "remount,rw", disk.toString())).isTrue();
  }

  /** Each time the disk accepts one more file, so that each step fails once. */
  @Test
  void wherever_the_disk_fills_the_error_is_disk_and_nothing_is_left() throws Exception {
    CacheFolder cache = new CacheFolder(disk);
    int failures = 0;
    for (int inodes = 2; ; inodes++) {
      give(10_000, inodes);
      ParException e;
      try (Par par = cache.open(s3)) {
        e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));
      }
      cache.assertNoDebris();
      if (e == null) {
        break;
      }
      failures++;
      assertThat(e.kind()).as("with " + inodes + " files: " + e).isEqualTo(ParException.Kind.DISK);
      assertThat(e).hasMessageContaining("its inodes or a quota are used up");
      assertThat(e.hint()).contains("cacheDirectory(…)");
      empty();
    }

    assertThat(failures).isGreaterThan(20);
    give(10_000, 1000);
    cache.recoverAndVerify(s3, REF, APKG);
  }

  @Test
  void a_disk_without_room_for_one_more_file_boots_what_it_holds_and_can_be_cleaned()
      throws Exception {
    give(10_000, 1000);
    CacheFolder cache = new CacheFolder(disk);
    PackageRef newer = PackageRef.parse(REF.toString().replace("1.0.0", "1.1.0"));
    byte[] other = Apkg.named("big").command("true").file("noise", new byte[900_000]).build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY.replace("1.0.0", "1.1.0"), other);
    try (Par par = cache.open(s3)) {
      par.fetch(REF);
      par.fetch(newer);
    }
    fillWithFiles();

    ParCommand.Outcome held =
        ParCommand.run(
            cache.environment(s3), "fetch", newer.toString() + "#sha256=" + Apkg.sha256(other));
    var environment = cache.environment(s3);
    environment.put("PAR_CACHE_MAX_MB", "1");
    ParCommand.Outcome gc = ParCommand.run(environment, "cache", "gc");

    assertThat(held.exitCode()).as(held.err()).isZero();
    assertThat(gc.exitCode()).as(gc.err()).isZero();
    assertThat(gc.out()).contains("removed: the cache is over its limit of 1048576 bytes");
    assertThat(cache.v1().resolve("trees/sha256/" + Apkg.sha256(APKG))).doesNotExist();
    cache.assertNoDebris();
  }

  private void fillWithFiles() throws IOException {
    try {
      for (int i = 0; ; i++) {
        Files.createFile(disk.resolve("filling-" + i));
      }
    } catch (FileSystemException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }

  @Test
  void a_package_that_cannot_be_removed_keeps_no_other_from_being_removed() throws Exception {
    give(20_000, 1000);
    CacheFolder cache = new CacheFolder(disk);
    s3.put(ParConfig.DEFAULT_BUCKET, "acme/other/1.0.0/other.apkg", APKG);
    for (String version : List.of("1.0.0", "1.1.0", "1.2.0")) {
      String key = KEY.replace("1.0.0", version);
      byte[] apkg = Apkg.named("big").version(version).command("true").file("a", version).build();
      s3.put(ParConfig.DEFAULT_BUCKET, key, apkg);
      try (Par par = cache.open(s3)) {
        Path tree =
            par.fetch(PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + key)).directory();
        // No user, not even root, can rename a mount point.
        assertThat(
                !version.equals("1.0.0")
                    || run("mount", "-t", "tmpfs", "-o", "size=4k", "par-test", tree.toString()))
            .isTrue();
      }
    }

    List<EvictionResult> cleaned;
    var events = new ArrayList<ParEvent.Detail>();
    try (Par par =
        Par.builder(ParConfig.fromEnvironment(cache.environment(s3)))
            .cacheMaxBytes(1)
            .onEvent(event -> events.add(event.detail()))
            .build()) {
      cleaned = par.evict();
      par.fetch(
          PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/acme/other/1.0.0/other.apkg"));
    }

    assertThat(cleaned).extracting(EvictionResult::evicted).containsExactly(false, true, false);
    assertThat(cleaned.get(0).reason()).startsWith("it cannot be removed: ");
    assertThat(cleaned.get(0).cached().packageBytes()).isPositive();
    assertThat(events)
        .filteredOn(ParEvent.Warned.class::isInstance)
        .singleElement()
        .asString()
        .contains(
            "could not be kept within its limits: "
                + cleaned.get(0).cached().digest()
                + ": it cannot");
  }

  /** The same for bytes: one page more each time, from before the download to after the tree. */
  @Test
  void however_few_bytes_are_missing_the_error_is_disk_and_nothing_is_left() throws Exception {
    CacheFolder cache = new CacheFolder(disk);
    boolean fits = false;
    for (int kilobytes = 64; !fits; kilobytes += 40) {
      give(kilobytes, 1000);
      try (Par par = cache.open(s3)) {
        ParException e = catchThrowableOfType(ParException.class, () -> par.fetch(REF));
        fits = e == null;
        assertThat(fits || e.kind() == ParException.Kind.DISK).as(String.valueOf(e)).isTrue();
      }
      cache.assertNoDebris();
      if (!fits) {
        empty();
      }
    }
    cache.recoverAndVerify(s3, REF, APKG);
  }

  /** A package is unpacked while it arrives, on a disk that loses its free space meanwhile. */
  @ParameterizedTest(name = "{0} MiB are left")
  @ValueSource(ints = {25, 1})
  void what_was_unpacked_ahead_gives_way_to_the_download_when_the_disk_fills(int left)
      throws Exception {
    byte[] apkg = largerUnpacked();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, apkg);
    give(120_000, 1000);
    CacheFolder cache = new CacheFolder(disk);
    Path ballast = disk.resolve("ballast");
    s3.clock().freeze();
    s3.onGet(KEY).always().covering(13 << 20).inject(Fault.stallAt(100_000, Duration.ofSeconds(1)));
    ExecutorService executor = Executors.newSingleThreadExecutor();
    Par.Builder builder =
        Par.builder(ParConfig.fromEnvironment(cache.environment(s3)))
            .onEvent(
                event -> {
                  if (event.detail() instanceof ParEvent.Verified) {
                    until(() -> !isStaged(cache, "noise0"));
                    // This stands for an eviction.
                    assertThat(ballast.toFile().delete()).isTrue();
                  }
                });
    try (Par par = builder.build()) {
      Future<AgentPackage> fetched = executor.submit(() -> par.fetch(REF));
      s3.clock().awaitWaiters(1);
      // More than the remaining bytes of the download.
      until(() -> isStaged(cache, "noise10"));

      // Space for the rest of the download, or not even that, and none for the text.
      fill(ballast, disk.toFile().getUsableSpace() - (left << 20));
      s3.resetFaults();
      s3.clock().advance(Duration.ofSeconds(1));

      assertThat(fetched.get(60, TimeUnit.SECONDS).directory().resolve("text")).hasSize(60 << 20);
    } finally {
      executor.shutdownNow();
    }
    cache.assertNoDebris();
  }

  @Test
  void an_empty_mount_point_can_be_copied_to() throws Exception {
    give(10_000, 1000);
    Path folder = Files.createTempDirectory("par-copy-");
    CacheFolder cache = new CacheFolder(folder);
    try (Par par = cache.open(s3)) {
      par.fetch(REF).copyTo(disk);
    } finally {
      ReadOnlyTreeDeleter.delete(folder);
    }
    assertThat(disk.toFile().list()).containsExactlyInAnyOrder("agent.yaml", "src", "text");
  }

  /** Fills as much as possible, because other processes write meanwhile. */
  private static void fill(Path file, long bytes) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      byte[] zeros = new byte[1 << 20];
      for (long at = 0; at < bytes; at += zeros.length) {
        out.write(zeros, 0, (int) Math.min(zeros.length, bytes - at));
      }
    } catch (IOException e) {
      // The disk is full.
    }
  }

  private static boolean isStaged(CacheFolder cache, String file) {
    try (Stream<Path> files = Files.walk(cache.v1().resolve("tmp"))) {
      return files.anyMatch(path -> path.endsWith(file));
    } catch (IOException | UncheckedIOException e) {
      // A folder disappeared during the walk.
      return true;
    }
  }

  private static void until(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      assertThat(Thread.currentThread().isInterrupted()).as("the time is over").isFalse();
    }
  }

  private static byte[] largerUnpacked() {
    Apkg apkg = Apkg.named("big").command("true");
    for (int i = 0; i < 18; i++) {
      byte[] noise = new byte[1 << 20];
      new Random(i).nextBytes(noise);
      apkg.file("noise" + i, noise);
    }
    byte[] words = new byte[1 << 10];
    new Random(18).nextBytes(words);
    byte[] text = new byte[60 << 20];
    for (int i = 0; i < text.length; i++) {
      text[i] = words[i % words.length];
    }
    return apkg.file("text", text).build();
  }

  private void empty() throws IOException {
    if (Files.isDirectory(disk.resolve("v1"))) {
      ReadOnlyTreeDeleter.delete(disk.resolve("v1"));
    }
  }

  private static byte[] apkg() {
    byte[] noise = new byte[30_000];
    new Random(1).nextBytes(noise);
    Apkg apkg = Apkg.named("big").command("true");
    for (int i = 0; i < 9; i++) {
      apkg = apkg.file("src/" + i + "/noise", Arrays.copyOf(noise, noise.length));
    }
    return apkg.file("text", "x".repeat(200_000)).build();
  }
}
