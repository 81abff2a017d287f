package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A large package is unpacked while it downloads, and the tree is not visible before it is
 * complete.
 */
@Timeout(120)
class PipelineTest {

  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final String ADDRESS = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;
  private static final int FILES = 18;

  @TempDir private Path cache;
  private final FakeS3 s3 = FakeS3.start();
  private boolean stopped;

  @AfterEach
  void nothingIsLeft() throws IOException {
    s3.close();
    assertThat(cache.resolve("v1/tmp")).isEmptyDirectory();
    // The next fetch may continue a stopped download, so its files may remain.
    if (!stopped && Files.exists(cache.resolve("v1/partial"))) {
      assertThat(cache.resolve("v1/partial")).isEmptyDirectory();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().startsWith("par-unpack"));
  }

  private Par par(Consumer<ParEvent.Detail> listener) {
    return Par.builder(ParConfig.fromEnvironment(s3.environment()))
        .cacheDirectory(cache)
        .sleeper(delay -> {})
        .onEvent(event -> listener.accept(event.detail()))
        .build();
  }

  /** With one connection, the order of the requests is certain. */
  private Par parWithOneConnection() {
    var environment = new HashMap<>(s3.environment());
    environment.put("PAR_DOWNLOAD_CONNECTIONS", "1");
    return Par.builder(ParConfig.fromEnvironment(environment)).cacheDirectory(cache).build();
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
      // A folder disappeared during the walk.
      return false;
    }
  }

  @Test
  void entries_are_unpacked_while_a_later_part_has_not_arrived() throws Exception {
    String digest = publish(1);
    s3.clock().freeze();
    // Always, because a client requests late parts a second time.
    s3.onGet(KEY).always().covering(13 << 20).inject(Fault.stallAt(100_000, Duration.ofSeconds(1)));
    List<ParEvent.Detail> events = new CopyOnWriteArrayList<>();
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Par par = par(events::add)) {
      Future<AgentPackage> fetched =
          executor.submit(() -> par.fetch(PackageRef.parse(ADDRESS + "#sha256=" + digest)));
      s3.clock().awaitWaiters(1);

      while (!somethingIsUnpacked()) {
        assertThat(Thread.currentThread().isInterrupted()).as("the time is over").isFalse();
      }

      assertThat(fetched).isNotDone();
      assertThat(events).noneMatch(ParEvent.Downloaded.class::isInstance);
      s3.resetFaults();
      s3.clock().advance(Duration.ofSeconds(1));
      AgentPackage agent = fetched.get(60, TimeUnit.SECONDS);
      assertThat(agent.directory().resolve("data")).isDirectoryContaining("glob:**/noise17");
      assertThat(agent.digest().orElseThrow().hex()).isEqualTo(digest);
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void a_byte_that_flipped_on_the_way_is_a_corrupt_download_and_not_a_bad_package()
      throws IOException {
    String digest = publish(1);
    s3.onGet(KEY).inject(Fault.flipByteAt(1000));
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
    s3.onGet(KEY).inject(Fault.resetAt(1 << 20)).inject(Fault.changeTo(large(2).build()));
    try (Par par = parWithOneConnection()) {

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

  /** Unpacking that began for another content must not become the tree of the cached one. */
  @Test
  void an_object_that_is_again_the_cached_one_gets_its_own_tree() throws IOException {
    String digest = publish(1);
    Path tree;
    try (Par par = par(event -> {})) {
      tree = par.fetch(PackageRef.parse(ADDRESS)).directory();
    }
    ReadOnlyTreeDeleter.delete(tree);
    // The first answer is of another version, whose rest is no longer available.
    s3.onGet(KEY)
        .inject(Fault.changeTo(large(2).build()).and(Fault.resetAt(1 << 20)))
        .inject(Fault.changeTo(large(1).build()));
    try (Par par = parWithOneConnection()) {

      AgentPackage agent = par.fetch(PackageRef.parse(ADDRESS));

      assertThat(agent.origin().source()).isEqualTo(AgentPackage.Source.CACHE);
      assertThat(agent.digest().orElseThrow().hex()).isEqualTo(digest);
      assertThat(agent.directory()).isEqualTo(tree);
      assertThat(agent.manifest().version()).isEqualTo("1.1");
      assertThat(trees()).isOne();
    }
  }

  @Test
  void closing_stops_download_and_unpacking_at_once() throws Exception {
    publish(1);
    s3.onGet(KEY).times(9).inject(Fault.stallAt(100_000));
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
    stopped = true;

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
