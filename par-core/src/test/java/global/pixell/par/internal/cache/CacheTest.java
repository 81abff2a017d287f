package global.pixell.par.internal.cache;

import static global.pixell.par.internal.cache.CacheFixture.archive;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.archive.TestZip;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.download.partial.PartialDownload;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.ProcessId;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.testing.Soak;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {

  @TempDir Path root;
  private CacheFixture fixture;
  private PackageCache cache;

  @BeforeEach
  void open() {
    fixture = new CacheFixture(root);
    cache = fixture.open();
  }

  @AfterEach
  void makeDeletable() throws IOException {
    cache.close();
    AtomicFiles.deleteTree(root.resolve("v1"));
  }

  @Test
  void a_published_package_is_found_by_its_digest() throws IOException {
    byte[] bytes = archive("greeter", 100);
    Digest digest = CacheFixture.put(cache, bytes);

    assertThat(cache.blob(digest))
        .hasValueSatisfying(blob -> assertThat(blob).hasBinaryContent(bytes));
    assertThat(cache.tree(digest))
        .hasValueSatisfying(tree -> assertThat(tree.resolve("src/greeter")).isRegularFile());
  }

  @Test
  void publishing_what_is_there_already_is_success_and_leaves_nothing() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("a", 10));

    assertThat(CacheFixture.put(cache, archive("a", 10))).isEqualTo(digest);
    assertThat(fixture.below(fixture.layout.temporaryFiles())).isEmpty();
    assertThat(fixture.below(fixture.layout.quarantine())).isEmpty();
  }

  @Test
  void a_published_tree_cannot_be_written() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("main.py", 10));

    try (Stream<Path> all = Files.walk(fixture.layout.tree(digest))) {
      assertThat(all)
          .hasSize(3)
          .allSatisfy(
              path ->
                  assertThat(Files.getPosixFilePermissions(path))
                      .noneMatch(p -> p.name().endsWith("WRITE")));
    }
  }

  @Test
  void a_tree_whose_publisher_was_killed_before_its_last_step_is_closed_to_writes()
      throws IOException {
    Digest digest = CacheFixture.put(cache, archive("main.py", 10));
    AtomicFiles.setOwnerWritable(fixture.layout.tree(digest));

    Path tree = cache.tree(digest).orElseThrow();

    assertThat(Files.getPosixFilePermissions(tree)).doesNotContain(PosixFilePermission.OWNER_WRITE);
  }

  @Test
  void what_is_published_has_the_same_modes_whatever_mask_it_was_made_under() throws IOException {
    byte[] bytes = archive("a", 10);
    Path file = Files.write(cache.temporary(), bytes);
    Digest digest = Digest.of(file);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    Path blob = cache.publishBlob(file, digest);
    StagedTree staged =
        StagedTree.unpack(
            ZipDirectory.read(TestZip.archive(bytes), UnpackLimits.DEFAULT),
            cache.temporary(),
            () -> false);
    Files.setPosixFilePermissions(staged.staging(), PosixFilePermissions.fromString("rwx------"));

    Path tree = cache.publishTree(staged, digest);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(blob)))
        .isEqualTo("r--r--r--");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(tree)))
        .isEqualTo("r-xr-xr-x");
  }

  @Test
  void a_blob_whose_bytes_rotted_is_put_aside_and_counts_as_absent() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("a", 10));
    Path blob = cache.blob(digest).orElseThrow();
    byte[] rotten = Files.readAllBytes(blob);
    rotten[40] ^= 1;
    CacheFixture.overwrite(blob, "");
    Files.write(blob, rotten);

    assertThat(cache.blob(digest)).isEmpty();
    assertThat(fixture.below(fixture.layout.quarantine()))
        .singleElement()
        .asString()
        .startsWith(digest.hex());
    assertThat(fixture.events).singleElement().asString().contains("has the bytes of sha256:");
  }

  @Test
  void a_bad_blob_that_another_process_renewed_meanwhile_is_left_alone() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("a", 10));
    Path blob = fixture.layout.blob(digest);
    Optional<Object> rotten = AtomicFiles.fileKey(blob);
    Path good = Files.writeString(cache.temporary(), "good");
    Files.move(good, blob, StandardCopyOption.REPLACE_EXISTING);
    var quarantine = new Quarantine(fixture.layout, () -> fixture.now);

    assertThat(quarantine.moveIfSame(blob, digest, rotten, cache.temporary())).isFalse();

    assertThat(blob).hasContent("good");
    assertThat(fixture.layout.quarantine()).doesNotExist();
  }

  @Test
  void a_blob_that_rots_while_its_tree_is_in_use_leaves_the_tree_in_use() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("a", 10));
    assertThat(cache.blob(digest)).isPresent();
    CacheFixture.overwrite(fixture.layout.blob(digest), "rotten");

    assertThat(cache.blob(digest)).isEmpty();

    assertThat(fixture.below(fixture.layout.leases())).hasSize(1);
  }

  @Test
  void what_is_in_use_has_a_heartbeat_until_the_cache_is_closed() throws IOException {
    fixture.heartbeatEvery = Duration.ofMillis(1);
    try (PackageCache other = fixture.open()) {
      Digest digest = CacheFixture.putBlob(other, archive("a", 10));
      Path lease = AtomicFiles.list(fixture.layout.leases(), digest.hex() + "*").get(0);
      Files.setLastModifiedTime(lease, FileTime.from(Instant.EPOCH));

      while (Files.getLastModifiedTime(lease).toInstant().equals(Instant.EPOCH)) {
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void a_cache_that_is_opened_while_it_is_closed_keeps_no_heartbeat() {
    cache.close();
    long before = heartbeats();

    cache.open();

    assertThat(heartbeats()).isLessThanOrEqualTo(before);
  }

  private static long heartbeats() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("par-heartbeat"))
        .count();
  }

  @Test
  void after_a_close_nothing_is_taken_into_use_and_no_thread_is_interrupted() throws IOException {
    Digest digest = CacheFixture.put(cache, archive("a", 10));
    cache.close();

    assertThat(catchThrowableOfType(ParException.class, () -> cache.blob(digest)).kind())
        .isEqualTo(ParException.Kind.CANCELLED);
    assertThat(Thread.currentThread().isInterrupted()).isFalse();
  }

  @Test
  void a_small_file_that_cannot_be_put_in_its_place_leaves_nothing() throws IOException {
    Path occupied = Files.createDirectories(root.resolve("occupied/full"));
    Path temporary = cache.temporary();

    assertThatThrownBy(
            () -> AtomicFiles.write(AtomicFiles.parentOf(occupied), temporary, new byte[9]))
        .isInstanceOf(IOException.class);

    assertThat(temporary).doesNotExist();
  }

  @Test
  void a_blob_of_another_size_is_found_out_without_hashing() throws IOException {
    cache = fixture.open(CacheFixture.policy(Optional.empty(), 0, false), Long.MAX_VALUE);
    Digest digest = CacheFixture.put(cache, archive("a", 10));
    CacheFixture.overwrite(fixture.layout.blob(digest), "short");

    assertThat(cache.blob(digest)).isEmpty();
    assertThat(fixture.events).singleElement().asString().contains("has 5 bytes instead of");
  }

  @Test
  void by_the_policy_of_sizes_bytes_are_not_read() throws IOException {
    cache = fixture.open(CacheFixture.policy(Optional.empty(), 0, false), Long.MAX_VALUE);
    byte[] bytes = archive("a", 10);
    Digest digest = CacheFixture.put(cache, bytes);
    CacheFixture.overwrite(fixture.layout.blob(digest), "x".repeat(bytes.length));

    assertThat(cache.blob(digest)).isPresent();
  }

  @Test
  void a_tree_that_lost_gained_or_cut_a_file_is_renewed() throws IOException {
    byte[] bytes = TestZip.of().file("a", "aaaa").file("b", "bb").bytes();
    Digest digest = CacheFixture.put(cache, bytes);
    Path tree = fixture.layout.tree(digest);

    CacheFixture.overwrite(tree.resolve("a"), "aa");
    assertThat(cache.tree(digest)).isEmpty();
    CacheFixture.unpack(cache, bytes, digest);
    assertThat(cache.tree(digest)).isPresent();

    AtomicFiles.setOwnerWritable(tree);
    Files.delete(tree.resolve("b"));
    assertThat(cache.tree(digest)).isEmpty();
    CacheFixture.unpack(cache, bytes, digest);

    CacheFixture.overwrite(tree.resolve("c"), "");
    assertThat(cache.tree(digest)).isEmpty();
    CacheFixture.unpack(cache, bytes, digest);

    assertThat(cache.tree(digest)).isPresent();
    assertThat(tree.resolve("a")).hasContent("aaaa");
    assertThat(tree.resolve("c")).doesNotExist();
    assertThat(fixture.layout.quarantine()).isDirectoryContaining(p -> Files.isDirectory(p));
  }

  @Test
  void a_tree_without_a_seal_is_trusted_after_its_every_byte_was_compared() throws IOException {
    byte[] bytes = TestZip.of().file("a", "aaaa").bytes();
    Digest digest = CacheFixture.put(cache, bytes);
    Files.delete(fixture.layout.fingerprint(digest));

    assertThat(cache.tree(digest)).isPresent();
    assertThat(fixture.layout.fingerprint(digest)).exists();

    Files.delete(fixture.layout.fingerprint(digest));
    CacheFixture.overwrite(fixture.layout.tree(digest).resolve("a"), "aaab");

    assertThat(cache.tree(digest)).isEmpty();
  }

  @Test
  void after_a_rotten_blob_the_tree_is_trusted_only_if_it_matches_the_new_one() throws IOException {
    byte[] bytes = TestZip.of().file("a", "aaaa").bytes();
    Digest digest = CacheFixture.put(cache, bytes);
    CacheFixture.overwrite(fixture.layout.tree(digest).resolve("a"), "aaab");
    CacheFixture.overwrite(fixture.layout.blob(digest), "rotten");
    assertThat(cache.blob(digest)).isEmpty();

    CacheFixture.putBlob(cache, bytes);

    assertThat(cache.tree(digest)).isEmpty();
    CacheFixture.unpack(cache, bytes, digest);
    assertThat(fixture.layout.tree(digest).resolve("a")).hasContent("aaaa");
  }

  /**
   * PAR computes the seal from the archive and compares it with the tree, so both must list the
   * same entries in the same way.
   */
  @Test
  void the_seal_of_an_archive_is_that_of_its_tree_whatever_it_holds() throws IOException {
    var random = new Random(7);
    for (int round = 0; round < Soak.rounds(12, 50); round++) {
      TestZip zip = TestZip.of().file(".DS_Store", "x").file("__MACOSX/._a", "x").folder("empty/");
      for (int i = random.nextInt(20); i >= 0; i--) {
        String folder = "d".repeat(1 + random.nextInt(3)) + "/";
        zip.file(folder.repeat(random.nextInt(3)) + "ü-" + i, "x".repeat(random.nextInt(9)));
      }
      byte[] bytes = zip.bytes();

      Digest digest = CacheFixture.put(cache, bytes);

      assertThat(cache.tree(digest)).as("round " + round).isPresent();
      assertThat(
              TreeVerifier.of(fixture.layout.tree(digest), fixture.layout.blob(digest), () -> false)
                  .damage())
          .isEmpty();
    }
    assertThat(fixture.events).isEmpty();
  }

  @Test
  void what_a_dead_process_left_is_cleared_at_the_next_start_and_what_a_living_one_has_is_not()
      throws Exception {
    Process dead = new ProcessBuilder("true").start();
    long pid = dead.pid();
    dead.waitFor();
    Path debris =
        root.resolve(
            "v1/tmp/" + ProcessId.current().machine() + "-" + pid + "-1-0a0b0c0d.01234567");
    Files.createDirectories(debris.resolve("half"));
    Path own = Files.createFile(cache.temporary());

    fixture.open().close();

    assertThat(debris).doesNotExist();
    assertThat(own).exists();
  }

  @Test
  void what_another_container_has_is_cleared_when_its_heartbeat_is_older_than_ten_minutes()
      throws IOException {
    String foreign = "0123456789ab-" + ProcessId.current().pid() + "-1-0a0b0c0d.01234567";
    Path tmp = Files.createFile(root.resolve("v1/tmp/" + foreign));
    Path lease = Files.createFile(root.resolve("v1/leases/" + "ab".repeat(32) + "." + foreign));
    Path unknown = Files.createFile(root.resolve("v1/tmp/from-another-version"));
    for (Path file : new Path[] {tmp, lease, unknown}) {
      Files.setLastModifiedTime(file, FileTime.from(fixture.now.minus(Duration.ofMinutes(9))));
    }
    fixture.open().close();
    assertThat(tmp).exists();
    assertThat(lease).exists();

    fixture.now = fixture.now.plus(Duration.ofMinutes(2));
    fixture.open().close();

    assertThat(tmp).doesNotExist();
    assertThat(lease).doesNotExist();
    assertThat(unknown).doesNotExist();
  }

  /** This happens when the lock service of a network disk is down, or another process is faster. */
  @Test
  void what_cannot_be_swept_keeps_nobody_from_opening_the_cache() throws IOException {
    Path strange = fixture.layout.partials().resolve("strange");
    Files.createDirectories(PartialDownload.journal(strange));
    Files.createFile(PartialDownload.data(strange));
    Files.setLastModifiedTime(PartialDownload.data(strange), FileTime.from(Instant.EPOCH));
    fixture.freeBytes = 99;

    try (PackageCache other = fixture.open()) {
      other.requireSpace("The package p", 99);
      assertThat(catchThrowableOfType(ParException.class, () -> other.requireSpace("p", 100)))
          .hasMessageStartingWith("p needs 100 bytes and the disk of ");
      assertThat(other.temporary()).doesNotExist();
    }
  }

  @Test
  void a_listing_that_fails_half_way_is_an_error_of_the_disk() {
    var stale = new IOException("Stale file handle");

    assertThatThrownBy(
            () ->
                AtomicFiles.collect(
                    () -> {
                      throw new DirectoryIteratorException(stale);
                    }))
        .isSameAs(stale);
  }

  @Test
  void an_address_is_remembered_whatever_characters_it_holds() {
    Digest digest = Sha256.of(new byte[] {1});
    var ref = new PackageCache.Ref(digest, Optional.of("e\"tag\\n"), Optional.of("v=\r\n1"));

    cache.rememberRef("s3://b/../ü\n", ref);

    assertThat(cache.ref("s3://b/../ü\n")).contains(ref);
    assertThat(cache.ref("s3://b/other")).isEmpty();
  }

  @Test
  void a_torn_record_counts_as_none() throws IOException {
    cache.rememberRef(
        "s3://b/k",
        new PackageCache.Ref(Sha256.of(new byte[0]), Optional.empty(), Optional.empty()));
    byte[] whole = Files.readAllBytes(fixture.layout.ref("s3://b/k"));
    for (int length = 0; length < whole.length - 1; length++) {
      Files.write(fixture.layout.ref("s3://b/k"), java.util.Arrays.copyOf(whole, length));
      cache.ref("s3://b/k");
    }
    Files.write(fixture.layout.ref("s3://b/k"), new byte[] {(byte) 0xff, 0, 1});

    assertThat(cache.ref("s3://b/k")).isEmpty();
  }

  @Test
  void a_cache_that_is_a_file_says_so_at_the_first_write() throws IOException {
    Path file = Files.createFile(root.resolve("file"));
    PackageCache broken = new CacheFixture(file).open();

    assertThat(broken.blob(Sha256.of(new byte[0]))).isEmpty();
    ParException e = catchThrowableOfType(ParException.class, broken::temporary);

    assertThat(e.kind()).isEqualTo(ParException.Kind.DISK);
    assertThat(e).hasMessageStartingWith("PAR could not open the cache " + file + ": ");
    assertThat(e.hint()).contains("cacheDirectory(…)");
  }

  @Test
  void what_a_disk_says_becomes_a_reason_and_a_remedy() {
    assertThat(DiskErrors.of("write x", new IOException("No space left on device")))
        .hasMessage("PAR could not write x: the disk is full.");
    assertThat(DiskErrors.of("write x", new IOException("/c: Read-only file system")))
        .hasMessage("PAR could not write x: the file system is read-only.");
    assertThat(
            DiskErrors.of("write x", root.resolve("y/z"), new IOException("Disk quota exceeded")))
        .hasMessageMatching(
            "PAR could not write x: the disk quota of this user is used up:"
                + " \\d+ of \\d+ bytes are free.");
    assertThat(DiskErrors.of("write x", new java.nio.file.AccessDeniedException("/c")))
        .hasMessage("PAR could not write x: access to /c is denied for this user.");
  }

  @Test
  void space_is_asked_for_with_numbers_before_it_is_needed() throws IOException {
    fixture.freeBytes = 99;

    ParException e =
        catchThrowableOfType(ParException.class, () -> cache.requireSpace("The package p", 100));

    assertThat(e.kind()).isEqualTo(ParException.Kind.DISK);
    assertThat(e)
        .hasMessage("The package p needs 100 bytes and the disk of " + root + " has 99 free.");
    assertThat(e.hint()).contains("ephemeral storage");
    fixture.freeBytes = 100;
    cache.requireSpace("The package p", 100);
  }
}
