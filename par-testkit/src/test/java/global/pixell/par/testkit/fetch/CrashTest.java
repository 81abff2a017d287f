package global.pixell.par.testkit.fetch;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.CacheFolder;
import global.pixell.par.testkit.testing.ParCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A fetch may be killed at any instruction: the next fetch succeeds, and no files of the first
 * remain.
 *
 * <p>The soak has fifteen times as many kills at random moments: {@code mvn test -pl par-testkit
 * -am -Dtest=CrashTest -Dsurefire.failIfNoSpecifiedTests=false -Dpar.soak=true}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class CrashTest {

  private static final int KILLS = Boolean.getBoolean("par.soak") ? 120 : 8;
  private static final int LARGE_KILLS = KILLS / 8;
  private static final int CLEANINGS = KILLS / 4;
  private static final int VERSIONS = 4;
  private static final int FILES = 150;
  private static final byte[] APKG = apkg(FILES, 10_000);

  /** Large enough for parts, for a partial download and for unpacking during the download. */
  private static final byte[] LARGE = apkg(FILES, 150_000);

  /** The kill of a finished fetch proves nothing; this is how often the test then tries again. */
  private static final int TRIES = 5;

  private final FakeS3 s3 = FakeS3.start();
  private final FakeS3 healthy = FakeS3.start();
  private final Path folder = temporaryDirectory();
  private final AtomicInteger keys = new AtomicInteger();
  private final AtomicInteger interrupted = new AtomicInteger();

  @AfterEach
  void close() throws IOException {
    s3.close();
    healthy.close();
    ReadOnlyTreeDeleter.delete(folder);
  }

  /** One try, with its own key and cache. */
  private final class Try {
    final int number = keys.incrementAndGet();
    final String key = "acme/crash/1.0." + number + "/crash.apkg";
    final CacheFolder cache = new CacheFolder(folder.resolve(String.valueOf(number)));
    final PackageRef ref = PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + key);
    final byte[] apkg;

    Try(byte[] apkg) {
      this.apkg = apkg;
      s3.put(ParConfig.DEFAULT_BUCKET, key, apkg);
      healthy.put(ParConfig.DEFAULT_BUCKET, key, apkg);
    }

    ParCommand fetch() {
      return ParCommand.start(cache.environment(s3), "fetch", ref.toString());
    }

    /**
     * Kills a fetch as soon as a state appears on the disk, and checks that the next one recovers.
     *
     * @return whether the fetch was still running at the kill
     */
    boolean killWhen(Predicate<CacheFolder> seen, Duration later) throws Exception {
      boolean live;
      try (ParCommand fetch = fetch()) {
        while (fetch.isAlive() && !seen.test(cache)) {
          Thread.sleep(0, 200_000);
        }
        // This picks a moment of the fetch and waits for nothing: the kill may come at any moment.
        Thread.sleep(later.toMillis(), later.toNanosPart() % 1_000_000);
        live = fetch.isAlive();
        fetch.kill();
      }
      recover();
      return live;
    }

    void recover() throws IOException {
      cache.recoverAndVerify(healthy, ref, apkg);
      ReadOnlyTreeDeleter.delete(cache.root());
    }
  }

  @Test
  void killed_at_every_step_the_next_fetch_succeeds_and_leaves_no_debris() throws Exception {
    List<Predicate<CacheFolder>> steps =
        List.of(
            cache -> Files.isDirectory(cache.v1()),
            cache -> Files.isDirectory(cache.v1().resolve("leases")),
            cache -> cache.has("locks"),
            cache -> cache.has("tmp"),
            cache -> cache.has("leases"),
            cache -> cache.has("blobs/sha256"),
            CrashTest::hasStaging,
            CrashTest::hasHalfOfStaging,
            CrashTest::hasSeal,
            CrashTest::hasTree,
            cache -> cache.has("refs"));
    assertKilledAt(steps, APKG);
    for (int at : new int[] {0, 1, APKG.length / 2, APKG.length - 1}) {
      assertThat(killAtByte(at)).as("the fetch lived at byte " + at).isTrue();
    }
  }

  /** Checks that a fetch was killed at every step, before it finished. */
  private void assertKilledAt(List<Predicate<CacheFolder>> steps, byte[] apkg) throws Exception {
    var kills = new ArrayList<Kill>();
    var live = new CopyOnWriteArrayList<Predicate<CacheFolder>>();
    for (Predicate<CacheFolder> step : steps) {
      kills.add(
          () -> {
            boolean lived = false;
            for (int i = 0; i < TRIES && !lived; i++) {
              lived = new Try(apkg).killWhen(step, Duration.ZERO);
            }
            if (lived) {
              live.add(step);
            }
          });
    }
    inParallel(kills);

    assertThat(live).as("steps at which a fetch was killed").hasSameElementsAs(steps);
  }

  @Test
  void killed_at_random_moments_the_next_fetch_succeeds_and_leaves_no_debris() throws Exception {
    long span = spanOfAFetch(APKG);
    var random = new Random(20_240_601);
    var kills = new ArrayList<Kill>();
    for (int i = 0; i < KILLS; i++) {
      if (i % 4 == 0) {
        int at = random.nextInt(APKG.length);
        kills.add(() -> interrupted.addAndGet(killAtByte(at) ? 1 : 0));
      } else {
        kills.add(killWithin(span, random.nextDouble(), APKG));
      }
    }
    inParallel(kills);

    assertThat(interrupted.get())
        .as("fetches that were not over yet")
        .isGreaterThanOrEqualTo(KILLS * 9 / 10);
  }

  /** Kills at a fraction of a fetch, and earlier each time that the fetch had already finished. */
  private Kill killWithin(long span, double fraction, byte[] apkg) {
    return () -> {
      boolean lived = false;
      double at = fraction * span;
      for (int i = 0; i < TRIES && !lived; i++, at /= 2) {
        Duration later = Duration.ofNanos((long) at);
        lived = new Try(apkg).killWhen(cache -> Files.isDirectory(cache.v1()), later);
      }
      interrupted.addAndGet(lived ? 1 : 0);
    };
  }

  /** The download uses parts, is kept for the next process, and is unpacked while it arrives. */
  @Test
  void a_large_fetch_that_is_killed_leaves_no_debris_either() throws Exception {
    // Slow enough that the test sees every step.
    s3.bandwidth(20_000_000);
    assertKilledAt(
        List.of(
            cache -> cache.has("partial"),
            CrashTest::hasStaging,
            cache -> hasStaging(cache) && cache.has("partial"),
            CrashTest::hasHalfOfStaging,
            cache -> cache.has("blobs/sha256"),
            CrashTest::hasTree),
        LARGE);
    long span = spanOfAFetch(LARGE);
    var random = new Random(20_240_602);
    var kills = new ArrayList<Kill>();
    for (int i = 0; i < LARGE_KILLS; i++) {
      kills.add(killWithin(span, random.nextDouble(), LARGE));
    }
    inParallel(kills);

    assertThat(interrupted.get()).isGreaterThanOrEqualTo(LARGE_KILLS * 9 / 10);
  }

  @Test
  void a_cleaning_that_is_killed_leaves_only_whole_packages_and_no_debris() throws Exception {
    var random = new Random(20_240_603);
    int live = 0;
    for (int i = 0; i < CLEANINGS; i++) {
      var cache = new CacheFolder(folder.resolve("cleaned-" + i));
      PackageRef last = fillWithVersions(cache);
      Map<String, String> environment = cache.environment(healthy);
      environment.put("PAR_CACHE_MAX_MB", "1");
      try (ParCommand gc = ParCommand.start(environment, "cache", "gc")) {
        while (gc.isAlive() && trees(cache) == VERSIONS) {
          Thread.sleep(0, 200_000);
        }
        Thread.sleep(0, random.nextInt(1_000_000));
        live += gc.isAlive() ? 1 : 0;
        gc.kill();
      }

      try (Par par = cache.open(healthy)) {
        assertThat(par.verifyCache()).allSatisfy(p -> assertThat(p.damage()).isEmpty());
      }
      cache.assertNoDebris();
      try (Par par =
          Par.builder(ParConfig.fromEnvironment(cache.environment(healthy)))
              .offline(true)
              .build()) {
        assertThat(par.fetch(last).directory().resolve("src/0")).exists();
      }
      assertThat(ParCommand.run(environment, "cache", "gc").exitCode()).isZero();
      cache.assertHoldsOnly(Apkg.sha256(apkg("1.0." + (VERSIONS - 1), 50, 10_000)));
      ReadOnlyTreeDeleter.delete(cache.root());
    }
    assertThat(live).isPositive();
  }

  /** Fills the cache; the last version is the one that remains. */
  private PackageRef fillWithVersions(CacheFolder cache) {
    String last = "";
    try (Par par = cache.open(healthy)) {
      for (int i = 0; i < VERSIONS; i++) {
        String key = "acme/cleaned/1.0." + i + "/cleaned.apkg";
        healthy.put(ParConfig.DEFAULT_BUCKET, key, apkg("1.0." + i, 50, 10_000));
        last = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + key;
        par.fetch(PackageRef.parse(last));
      }
    }
    return PackageRef.parse(last);
  }

  private static long trees(CacheFolder cache) {
    return count(cache.v1().resolve("trees/sha256"), Files::isDirectory);
  }

  /**
   * The body stalls at a byte until the client closes the connection, so the kill happens at that
   * byte.
   */
  private boolean killAtByte(int at) throws Exception {
    var attempt = new Try(APKG);
    boolean live;
    s3.onGet(attempt.key).inject(Fault.stallAt(at));
    try (ParCommand fetch = attempt.fetch()) {
      while (fetch.isAlive() && !(attempt.cache.has("tmp") && attempt.cache.bytes() >= at)) {
        Thread.sleep(1);
      }
      live = fetch.isAlive();
      fetch.kill();
    }
    attempt.recover();
    return live;
  }

  /** The time from the first directory of the cache to the end of a fetch, in nanoseconds. */
  private long spanOfAFetch(byte[] apkg) throws Exception {
    var attempt = new Try(apkg);
    try (ParCommand fetch = attempt.fetch()) {
      while (!Files.isDirectory(attempt.cache.v1())) {
        assertThat(fetch.isAlive()).isTrue();
        Thread.sleep(1);
      }
      long start = System.nanoTime();
      assertThat(fetch.await().exitCode()).isZero();
      return System.nanoTime() - start;
    }
  }

  private interface Kill {
    void run() throws Exception;
  }

  /** Runs two at a time; more would compete for the processors. */
  private static void inParallel(List<Kill> kills) throws Exception {
    ExecutorService two = Executors.newFixedThreadPool(2);
    try {
      var running = new ArrayList<Future<?>>();
      for (Kill kill : kills) {
        running.add(
            two.submit(
                () -> {
                  kill.run();
                  return null;
                }));
      }
      for (Future<?> one : running) {
        one.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AssertionError failure) {
        throw failure;
      }
      throw e;
    } finally {
      two.shutdownNow();
    }
  }

  private static boolean hasStaging(CacheFolder cache) {
    return count(cache.v1().resolve("tmp"), Files::isDirectory) > 0;
  }

  private static boolean hasHalfOfStaging(CacheFolder cache) {
    try (Stream<Path> all = Files.walk(cache.v1().resolve("tmp"))) {
      return all.count() > FILES / 2;
    } catch (IOException | java.io.UncheckedIOException e) {
      return false;
    }
  }

  private static boolean hasSeal(CacheFolder cache) {
    return count(cache.v1().resolve("trees/sha256"), f -> f.toString().endsWith(".seal")) > 0;
  }

  private static boolean hasTree(CacheFolder cache) {
    return count(cache.v1().resolve("trees/sha256"), Files::isDirectory) > 0;
  }

  private static long count(Path directory, Predicate<Path> wanted) {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(wanted).count();
    } catch (IOException | java.io.UncheckedIOException e) {
      return 0;
    }
  }

  private static byte[] apkg(int files, int bytes) {
    return apkg("1.0.0", files, bytes);
  }

  private static byte[] apkg(String version, int files, int bytes) {
    var random = new Random(1);
    Apkg apkg = Apkg.named("crash").version(version).command("true");
    for (int i = 0; i < files; i++) {
      byte[] noise = new byte[bytes];
      random.nextBytes(noise);
      apkg = apkg.file("src/" + i, noise);
    }
    return apkg.build();
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-crash-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
