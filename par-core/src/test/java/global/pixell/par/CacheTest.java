package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CacheTest {

  @TempDir Path root;
  private PackageCache cache;

  @BeforeEach
  void open() {
    cache = new PackageCache(root);
    cache.open();
  }

  @Test
  void a_published_blob_is_found_by_its_digest() throws IOException {
    Digest digest = publish("content");

    assertThat(cache.blob(digest)).hasValueSatisfying(b -> assertThat(b).hasContent("content"));
  }

  @Test
  void publishing_what_is_there_already_is_success() throws IOException {
    assertThat(publish("content")).isEqualTo(publish("content"));
  }

  @Test
  void a_blob_whose_bytes_rotted_is_put_aside_and_counts_as_absent() throws IOException {
    Digest digest = publish("content");
    Path blob = cache.blob(digest).orElseThrow();
    AtomicFiles.setOwnerWritable(blob);
    Files.writeString(blob, "CONTENT");

    assertThat(cache.blob(digest)).isEmpty();
    assertThat(root.resolve("v1/quarantine")).isDirectoryContaining(p -> true);
  }

  @Test
  void a_published_tree_cannot_be_written() throws IOException {
    Path staging = Files.createDirectories(cache.temporary());
    TestZip zip = TestZip.of().file("src/main.py", "print()");
    ZipDirectory content = ZipDirectory.read(zip.archive(), UnpackLimits.DEFAULT);
    Unpacker.unpack(content, TreeWriter.readOnly(staging, 0), 1, () -> false);

    Path tree = cache.publishTree(staging, Sha256.of(new byte[] {1}));

    try (Stream<Path> all = Files.walk(tree)) {
      assertThat(all)
          .hasSize(3)
          .allSatisfy(
              path ->
                  assertThat(Files.getPosixFilePermissions(path))
                      .noneMatch(p -> p.name().endsWith("WRITE")));
    }
    AtomicFiles.deleteTree(tree);
    assertThat(tree).doesNotExist();
  }

  @Test
  void what_a_dead_process_left_is_cleared_at_the_next_start() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Path debris = root.resolve("v1/tmp/" + dead.pid() + "-x");
    Files.createDirectories(debris.resolve("half"));
    Path own = Files.createFile(cache.temporary());

    new PackageCache(root).open();

    assertThat(debris).doesNotExist();
    assertThat(own).exists();
  }

  @Test
  void an_address_is_remembered_whatever_characters_it_holds() {
    Digest digest = Sha256.of(new byte[] {1});
    var ref = new PackageCache.Ref(digest, Optional.of("e\"tag"), Optional.empty());

    cache.rememberRef("s3://b/../ü\n", ref);

    assertThat(cache.ref("s3://b/../ü\n")).contains(ref);
    assertThat(cache.ref("s3://b/other")).isEmpty();
  }

  @Test
  void a_lock_that_is_not_freed_in_time_is_an_error_that_names_the_holder() throws Exception {
    Path lock = root.resolve("v1/locks/x.lock");
    try (FileMutex held = FileMutex.lock(lock, Duration.ofSeconds(1))) {
      assertThat(held).isNotNull();
      var waiting =
          CompletableFuture.supplyAsync(
              () -> {
                try (FileMutex second = FileMutex.lock(lock, Duration.ZERO)) {
                  return second.equals(held);
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
              });

      assertThatThrownBy(waiting::join)
          .hasRootCauseInstanceOf(ParException.class)
          .hasMessageContaining("held by another thread of this process");
    }
    assertThat(lock).exists();
  }

  private Digest publish(String content) throws IOException {
    Path file = cache.temporary();
    Files.writeString(file, content);
    Digest digest = Sha256.of(file);
    cache.publishBlob(file, digest);
    return digest;
  }
}
