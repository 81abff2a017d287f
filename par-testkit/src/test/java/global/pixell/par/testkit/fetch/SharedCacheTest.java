package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.AgentPackage;
import global.pixell.par.EvictionResult;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.ParCommand;
import global.pixell.par.testkit.testing.ParProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many processes and threads use one cache at once. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SharedCacheTest {

  private static final String KEY = "acme/shared/1.0.0/shared.apkg";

  private final FakeS3 s3 = FakeS3.start();
  private final CacheFolder cache = new CacheFolder(temporaryDirectory());
  private final byte[] apkg = apkg(1);

  // Not the common pool: on two cores it has one worker, and these tasks wait for each other.
  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void close() throws IOException {
    threads.shutdownNow();
    s3.close();
    ReadOnlyTreeDeleter.delete(cache.root());
  }

  @ParameterizedTest(name = "with locks: {0}")
  @ValueSource(booleans = {true, false})
  void eight_processes_on_an_empty_cache_make_one_good_tree(boolean locks) throws Exception {
    PackageRef ref = publish(KEY, apkg);
    Map<String, String> environment = new HashMap<>(cache.environment(s3));
    environment.put("PAR_CACHE_LOCKS", String.valueOf(locks));
    environment.put("PACKAGE_SHA256", Apkg.sha256(apkg));
    var fetches = new ArrayList<ParCommand>();
    for (int i = 0; i < 8; i++) {
      fetches.add(ParCommand.start(environment, "fetch", ref.toString()));
    }
    for (ParCommand fetch : fetches) {
      try (fetch) {
        ParCommand.Outcome end = fetch.await();
        assertThat(end.exitCode()).as(end.err()).isZero();
        assertThat(end.out().strip()).endsWith(Apkg.sha256(apkg));
      }
    }

    if (locks) {
      assertThat(s3.count("GetObject")).isEqualTo(1);
    } else {
      assertThat(s3.count("GetObject")).isBetween(1L, 8L);
    }
    cache.recoverAndVerify(s3, ref, apkg);
  }

  /** With locks, PAR would keep a download of this size for the next process. */
  @Test
  void without_locks_no_two_processes_write_one_file() throws Exception {
    byte[] noise = new byte[10 << 20];
    new Random(1).nextBytes(noise);
    byte[] large = Apkg.named("shared").version("1.0.0").command("true").file("n", noise).build();
    PackageRef ref = publish(KEY, large);
    Map<String, String> environment = cache.environment(s3);
    environment.put("PAR_CACHE_LOCKS", "false");
    s3.clock().freeze();
    s3.onGet(KEY).always().inject(Fault.stallAt(1 << 20, Duration.ofHours(1)));
    try (var one = ParCommand.start(environment, "fetch", ref.toString());
        var two = ParCommand.start(environment, "fetch", ref.toString())) {
      Path temporary = cache.v1().resolve("tmp");
      while (filesOf(temporary, 1 << 20) < 2) {
        assertThat(one.isAlive() && two.isAlive()).isTrue();
        Thread.sleep(20);
      }
      assertThat(cache.has("partial")).isFalse();
      s3.resetFaults();
      s3.clock().advance(Duration.ofHours(1));

      for (ParCommand fetch : List.of(one, two)) {
        ParCommand.Outcome end = fetch.await();
        assertThat(end.exitCode()).as(end.err()).isZero();
        assertThat(end.out().strip()).endsWith(Apkg.sha256(large));
      }
    }
    cache.recoverAndVerify(s3, ref, large);
  }

  private static long filesOf(Path directory, long bytes) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toFile().length() == bytes).count();
    } catch (IOException e) {
      return 0;
    }
  }

  @Test
  void threads_of_two_pars_in_one_process_download_once() throws Exception {
    PackageRef ref = publish(KEY, apkg);
    try (Par one = cache.open(s3);
        Par two = cache.open(s3)) {
      var fetches = new ArrayList<CompletableFuture<AgentPackage>>();
      for (int i = 0; i < 8; i++) {
        Par par = i % 2 == 0 ? one : two;
        fetches.add(CompletableFuture.supplyAsync(() -> par.fetch(ref), threads));
      }

      assertThat(fetches)
          .extracting(f -> f.join().directory())
          .containsOnly(one.fetch(ref).directory());
    }
    assertThat(s3.requests()).filteredOn(r -> r.status() == 200).hasSize(1);
  }

  /** A reader reads its tree again and again while the cache evicts everything that it may. */
  @Test
  void a_tree_in_use_stays_whole_while_the_cache_is_cleaned_and_others_boot() throws Exception {
    var refs = new ArrayList<PackageRef>();
    for (int i = 0; i < 4; i++) {
      refs.add(publish("acme/shared/1.0." + i + "/shared.apkg", apkg(i)));
    }
    var stop = new AtomicBoolean();
    var cleaning = CompletableFuture.supplyAsync(() -> cleanUntil(stop), threads);
    var processes = CompletableFuture.supplyAsync(() -> gcUntil(stop), threads);
    var reading = new ArrayList<CompletableFuture<Integer>>();
    for (int i = 0; i < 2; i++) {
      var random = new Random(i);
      reading.add(CompletableFuture.supplyAsync(() -> boots(refs, random, 25), threads));
    }
    int boots = reading.stream().mapToInt(CompletableFuture::join).sum();
    stop.set(true);

    assertThat(boots).isEqualTo(50);
    assertThat(cleaning.join()).as("packages evicted beside the boots").isPositive();
    assertThat(processes.join()).as("cleanings by processes of their own").isPositive();
    cache.assertNoDebris();
  }

  private int cleanUntil(AtomicBoolean stop) {
    int evicted = 0;
    var config = Par.builder(ParConfig.fromEnvironment(cache.environment(s3))).cacheMaxBytes(1);
    while (!stop.get()) {
      try (Par par = config.build()) {
        evicted += (int) par.evict().stream().filter(EvictionResult::evicted).count();
      }
    }
    return evicted;
  }

  private int gcUntil(AtomicBoolean stop) {
    int done = 0;
    try {
      while (!stop.get()) {
        ParCommand.Outcome gc = gc();
        assertThat(gc.exitCode()).as(gc.err()).isZero();
        done++;
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    return done;
  }

  private int boots(List<PackageRef> refs, Random random, int times) {
    for (int i = 0; i < times; i++) {
      try (Par par = cache.open(s3)) {
        AgentPackage agent = par.fetch(refs.get(random.nextInt(refs.size())));
        for (int look = 0; look < 20; look++) {
          assertWhole(agent.directory());
        }
      }
    }
    return times;
  }

  private static void assertWhole(Path tree) {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(Files.size(file)).isPositive();
      }
    } catch (IOException | java.io.UncheckedIOException e) {
      throw new AssertionError("the tree changed under its reader", e);
    }
    assertThat(tree.resolve("src/19")).exists();
  }

  @Test
  void what_a_running_agent_uses_outlives_every_cleaning_and_goes_after_it() throws Exception {
    byte[] running =
        Apkg.named("shared")
            .version("1.0.0")
            .command("sh", "run.sh")
            .file("run.sh", "sleep 600\n")
            .build();
    PackageRef ref = publish(KEY, running);
    Map<String, String> environment = new HashMap<>(cache.environment(s3));
    environment.put("AGENT_APP_ID", "shared");
    environment.put("PACKAGE_URL", ref.toString());
    environment.putAll(FreePorts.variables());
    try (var par = ParProcess.start(environment)) {
      Path tree = Path.of(par.await("Package unpacked").path("directory").asText());
      par.await("Runtime ready");
      try (Par other = cache.open(s3)) {
        other.fetch(publish("acme/shared/1.0.1/shared.apkg", apkg));
      }

      ParCommand.Outcome gc = gc();

      assertThat(tree.resolve("run.sh")).exists();
      assertThat(gc.out()).contains("kept: in use by process ").contains("packages; left: ");
      par.terminate();
      assertThat(par.exitCode()).isZero();
      assertThat(gc().out()).contains("removed: the cache is over its limit of 1048576 bytes");
      assertThat(tree).doesNotExist();
    }
  }

  private ParCommand.Outcome gc() throws InterruptedException {
    Map<String, String> environment = new HashMap<>(cache.environment(s3));
    environment.put("PAR_CACHE_MAX_MB", "1");
    return ParCommand.run(environment, "cache", "gc");
  }

  private PackageRef publish(String key, byte[] content) {
    s3.put(ParConfig.DEFAULT_BUCKET, key, content);
    return PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + key);
  }

  private static byte[] apkg(int seed) {
    var random = new Random(seed);
    Apkg apkg = Apkg.named("shared").version("1.0." + seed).command("true");
    for (int i = 0; i < 20; i++) {
      byte[] noise = new byte[60_000];
      random.nextBytes(noise);
      apkg = apkg.file("src/" + i, noise);
    }
    return apkg.build();
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-shared-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
