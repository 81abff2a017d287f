package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A large package is unpacked while it downloads, and nothing of that is seen before its time. */
@Timeout(120)
class PipelineTest {

  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final String ADDRESS = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;
  private static final int FILES = 18;

  @TempDir private Path cache;
  private final FakeS3 s3 = FakeS3.start();

  @AfterEach
  void nothingIsLeft() throws IOException {
    s3.close();
    try (Stream<Path> work = Files.list(cache.resolve("v1/tmp"))) {
      // What is there of a download may be gone on with; of unpacking, nothing may stay.
      assertThat(work.filter(path -> !path.endsWith("partial"))).isEmpty();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("par-unpack"));
  }

  private Par par(Consumer<ParEvent> listener) {
    return Par.builder(ParConfig.fromEnvironment(s3.environment()))
        .cacheDirectory(cache)
        .onEvent(listener)
        .build();
  }

  private static Apkg large(int seed) {
    Apkg apkg = Apkg.named("large").version("1." + seed).command("true");
    for (int i = 0; i < FILES; i++) {
      byte[] noise = new byte[1 << 20];
      new Random(seed * 100L + i).nextBytes(noise);
      apkg.file("data/noise" + i, noise);
    }
    return apkg;
  }

  private String publish(int seed) {
    byte[] bytes = large(seed).build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, bytes);
    return Apkg.sha256(bytes);
  }

  private boolean somethingIsUnpacked() {
    try (Stream<Path> files = Files.walk(cache.resolve("v1/tmp"))) {
      return files.anyMatch(path -> path.endsWith("data/noise0"));
    } catch (IOException | UncheckedIOException e) {
      // A folder that went away while it was walked.
      return false;
    }
  }

  @Test
  void entries_are_unpacked_before_the_download_is_proved() {
    String digest = publish(1);
    Consumer<ParEvent> waitForFiles =
        event -> {
          // Told by the downloading thread, which does not go on before this returns.
          while (event instanceof ParEvent.Downloaded && !somethingIsUnpacked()) {
            assertThat(Thread.currentThread().isInterrupted()).as("the time is over").isFalse();
          }
        };
    try (Par par = par(waitForFiles)) {
      AgentPackage agent = par.fetch(PackageRef.parse(ADDRESS + "#sha256=" + digest));

      assertThat(agent.directory().resolve("data")).isDirectoryContaining("glob:**/noise17");
      assertThat(agent.digest().orElseThrow().hex()).isEqualTo(digest);
    }
  }

  @Test
  void a_byte_that_flipped_on_the_way_is_a_corrupt_download_and_not_a_bad_package()
      throws IOException {
    String digest = publish(1);
    s3.onGet(KEY).flipByteAt(1000);
    try (Par par = par(event -> {})) {

      ParException refused =
          catchThrowableOfType(
              ParException.class, () -> par.fetch(PackageRef.parse(ADDRESS + "#sha256=" + digest)));

      assertThat(refused.kind()).isEqualTo(Kind.CORRUPT);
      assertThat(trees()).isZero();
    }
  }

  @Test
  void a_package_that_is_refused_is_refused_once_it_is_proved() throws IOException {
    byte[] bytes = large(1).file("../evil", "x").build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, bytes);
    try (Par par = par(event -> {})) {

      ParException refused =
          catchThrowableOfType(
              ParException.class,
              () -> par.fetch(PackageRef.parse(ADDRESS + "#sha256=" + Apkg.sha256(bytes))));

      assertThat(refused.kind()).isEqualTo(Kind.BAD_PACKAGE);
      assertThat(refused).hasMessageContaining("\"../evil\" climbs");
      assertThat(trees()).isZero();
    }
  }

  @Test
  void an_object_that_changed_on_the_way_is_unpacked_anew_and_never_mixed() throws IOException {
    publish(1);
    // As slow as S3, or one connection would do.
    s3.bandwidth(90_000_000);
    s3.onGet(KEY).after(1).changeTo(large(2).build());
    try (Par par = par(event -> {})) {

      AgentPackage agent = par.fetch(PackageRef.parse(ADDRESS));

      assertThat(agent.manifest().version()).isEqualTo("1.2");
      byte[] expected = new byte[1 << 20];
      for (int i = 0; i < FILES; i++) {
        new Random(200L + i).nextBytes(expected);
        assertThat(agent.directory().resolve("data/noise" + i)).hasBinaryContent(expected);
      }
      assertThat(trees()).isOne();
    }
  }

  @Test
  void closing_stops_download_and_unpacking_at_once() throws Exception {
    publish(1);
    s3.onGet(KEY).times(9).stallAt(100_000);
    CountDownLatch downloading = new CountDownLatch(1);
    CompletableFuture<ParException> thrown = new CompletableFuture<>();
    Par par =
        par(
            event -> {
              if (event instanceof ParEvent.Downloading) {
                downloading.countDown();
              }
            });
    Thread fetching =
        new Thread(
            () ->
                thrown.complete(
                    catchThrowableOfType(
                        ParException.class, () -> par.fetch(PackageRef.parse(ADDRESS)))));
    fetching.start();
    assertThat(downloading.await(60, TimeUnit.SECONDS)).isTrue();

    par.close();

    assertThat(thrown.get(60, TimeUnit.SECONDS).kind()).isEqualTo(Kind.CANCELLED);
    assertThat(trees()).isZero();
  }

  private long trees() throws IOException {
    Path trees = cache.resolve("v1/trees/sha256");
    if (!Files.exists(trees)) {
      return 0;
    }
    try (Stream<Path> all = Files.list(trees)) {
      return all.filter(Files::isDirectory).count();
    }
  }
}
