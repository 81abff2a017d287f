package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
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
 * Whatever instruction a fetch is killed at, the next one succeeds and leaves nothing behind.
 *
 * <p>The longer soak, ten times the kills: {@code mvn test -pl par-testkit -am -Dtest=CrashTest
 * -Dsurefire.failIfNoSpecifiedTests=false -Dpar.soak=true}.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class CrashTest {

  private static final int KILLS = Boolean.getBoolean("par.soak") ? 1000 : 100;
  private static final int FILES = 150;
  private static final byte[] APKG = apkg();

  private final FakeS3 s3 = FakeS3.start();
  private final FakeS3 healthy = FakeS3.start();
  private final Path folder = temporaryDirectory();
  private final AtomicInteger keys = new AtomicInteger();
  private final AtomicInteger interrupted = new AtomicInteger();

  @AfterEach
  void close() throws IOException {
    s3.close();
    healthy.close();
    TemporaryTree.delete(folder);
  }

  /** One try: a key and a cache of its own. */
  private final class Try {
    final String key = "acme/crash/1.0." + keys.incrementAndGet() + "/crash.apkg";
    final CacheFolder cache = new CacheFolder(folder.resolve(String.valueOf(keys.get())));
    final PackageRef ref = PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + key);

    Try() {
      s3.put(ParConfig.DEFAULT_BUCKET, key, APKG);
      healthy.put(ParConfig.DEFAULT_BUCKET, key, APKG);
    }

    ParCommand fetch() {
      return ParCommand.start(cache.environment(s3), "fetch", ref.toString());
    }

    /** Kills a fetch as soon as something can be seen on the disk, and sees it recover. */
    void killWhen(Predicate<CacheFolder> seen, Duration later) throws Exception {
      try (ParCommand fetch = fetch()) {
        while (fetch.isAlive() && !seen.test(cache)) {
          Thread.sleep(0, 200_000);
        }
        // A moment of the fetch and not a wait for something: the kill may come at any of them.
        Thread.sleep(later.toMillis(), later.toNanosPart() % 1_000_000);
        interrupted.addAndGet(fetch.isAlive() ? 1 : 0);
        fetch.kill();
      }
      recover();
    }

    void recover() throws IOException {
      cache.recoverAndVerify(healthy, ref, APKG);
      TemporaryTree.delete(cache.root());
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
    var tries = new ArrayList<Kill>();
    for (Predicate<CacheFolder> step : steps) {
      tries.add(() -> new Try().killWhen(step, Duration.ZERO));
    }
    for (int at : new int[] {0, 1, APKG.length / 2, APKG.length - 1}) {
      tries.add(() -> killAtByte(at));
    }
    inParallel(tries);

    assertThat(interrupted.get()).isGreaterThan(steps.size() / 2);
  }

  @Test
  void killed_at_random_moments_the_next_fetch_succeeds_and_leaves_no_debris() throws Exception {
    long span = spanOfAFetch();
    var random = new Random(20_240_601);
    var tries = new ArrayList<Kill>();
    for (int i = 0; i < KILLS; i++) {
      if (i % 4 == 0) {
        int at = random.nextInt(APKG.length);
        tries.add(() -> killAtByte(at));
      } else {
        Duration later = Duration.ofNanos((long) (random.nextDouble() * span));
        tries.add(() -> new Try().killWhen(cache -> Files.isDirectory(cache.v1()), later));
      }
    }
    inParallel(tries);

    assertThat(interrupted.get()).as("fetches that were not over yet").isGreaterThan(KILLS / 2);
  }

  /** The body stops at a byte for as long as the client listens, so the kill is at that byte. */
  private void killAtByte(int at) throws Exception {
    var attempt = new Try();
    s3.onGet(attempt.key).stallAt(at);
    try (ParCommand fetch = attempt.fetch()) {
      while (fetch.isAlive() && !(attempt.cache.has("tmp") && attempt.cache.bytes() >= at)) {
        Thread.sleep(1);
      }
      interrupted.addAndGet(fetch.isAlive() ? 1 : 0);
      fetch.kill();
    }
    attempt.recover();
  }

  /** From the first directory of the cache to the end, in ns. */
  private long spanOfAFetch() throws Exception {
    var attempt = new Try();
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

  /** Two at a time: more would only wait for each other's processors. */
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

  private static byte[] apkg() {
    var random = new Random(1);
    Apkg apkg = Apkg.named("crash").command("true");
    for (int i = 0; i < FILES; i++) {
      byte[] noise = new byte[10_000];
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
