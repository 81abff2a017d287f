package global.pixell.par.internal.download;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParEvent;
import global.pixell.par.ParException;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.s3.S3Fetcher;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.RecordedRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A download against the fake S3, in parts small enough for a test. Each subclass has the tests of
 * one topic.
 */
@Timeout(60)
abstract class DownloadTestCase {

  static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  static final String KEY = "large.apkg";
  static final int PART = 256 << 10;
  static final int TAIL = 32 << 10;

  /**
   * The bytes that each connection receives before a test stops the download of an earlier process.
   */
  static final int LEFT = 1000;

  @TempDir Path directory;
  final FakeS3 s3 = FakeS3.start();
  // Not zero, because no real clock begins at zero.
  final AtomicLong clock = new AtomicLong(Duration.ofDays(1).toNanos());
  final List<ParEvent.Detail> events = new ArrayList<>();
  final ArrayDeque<Runnable> onBegin = new ArrayDeque<>();
  final byte[] content = noise(8 * PART + 100_001);

  S3Fetcher fetcher = fetcher();
  int connections = 4;
  boolean hedge;
  long singleStreamBytesPerSecond = DownloadSettings.ALWAYS_PARALLEL;
  int attempts = 5;
  long maxBytes = 1L << 30;
  Duration deadline = Duration.ofMinutes(1);
  UnaryOperator<ObjectSource> through = UnaryOperator.identity();
  LongSupplier nanoClock = clock::get;
  volatile @Nullable Download running;

  /** However a download ended, none of its threads may still run. */
  @AfterEach
  @Timeout(30)
  void close() throws InterruptedException {
    fetcher.close();
    s3.close();
    awaitNoThreads();
  }

  static void awaitNoThreads() throws InterruptedException {
    for (List<Thread> left = threads(); !left.isEmpty(); left = threads()) {
      for (Thread thread : left) {
        thread.join();
      }
    }
  }

  static List<Thread> threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("par-download"))
        .toList();
  }

  void awaitBytes(long bytes) throws InterruptedException {
    while (s3.requests().stream().mapToLong(RecordedRequest::bytes).sum() < bytes) {
      Thread.sleep(1);
    }
  }

  static <T> FutureTask<T> start(Callable<T> work) {
    var working = new FutureTask<>(work);
    var thread = new Thread(working);
    thread.setDaemon(true);
    thread.start();
    return working;
  }

  ParException refused() {
    return catchThrowableOfType(ParException.class, this::download);
  }

  Download.Downloaded download() {
    return run(Optional.empty(), Optional.empty());
  }

  interface Arrival {
    void of(ArrivingFile file) throws IOException;
  }

  Download.Downloaded run(Optional<Digest> expected, Optional<Arrival> arrival) {
    var listener =
        new Download.Listener() {
          @Override
          public void begins(ContentPin content, long here) {
            if (!onBegin.isEmpty()) {
              onBegin.remove().run();
            }
          }

          @Override
          public void arriving(ArrivingFile file) throws IOException {
            if (arrival.isPresent()) {
              arrival.get().of(file);
            }
          }
        };
    try (var download =
        new Download(source(), settings(), temporary(), partials(), events::add, listener)) {
      running = download;
      Download.Downloaded result =
          (Download.Downloaded) download.run(Optional.empty(), expected, retry());
      Files.copy(result.file(), directory.resolve("saved"), StandardCopyOption.REPLACE_EXISTING);
      return result;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** The size of a part of the content, which depends on the number of connections. */
  long part() {
    return settings().partBytes(content.length);
  }

  DownloadSettings settings() {
    return new DownloadSettings(
        maxBytes,
        connections,
        PART,
        TAIL,
        DownloadSettings.STALL_MIN_BYTES,
        DownloadSettings.STALL_WINDOW,
        Duration.ofMillis(20),
        singleStreamBytesPerSecond,
        hedge,
        nanoClock);
  }

  FetchRetry retry() {
    return new FetchRetry(
        attempts, FetchRetry.PATIENCE, deadline, System::nanoTime, new Random(1), delay -> {});
  }

  ObjectSource source() {
    return through.apply(fetcher.object(new PackageRef.S3Object(BUCKET, KEY, Optional.empty())));
  }

  S3Fetcher fetcher() {
    return new S3Fetcher(ParConfig.fromEnvironment(s3.environment()));
  }

  Path temporary() {
    return directory.resolve("temporary");
  }

  PartialDownloads partials() {
    return PartialDownloads.in(directory.resolve("partial"), true);
  }

  /** Compares digests, so that a failed assertion does not print megabytes. */
  void assertSaved(byte[] expected) throws IOException {
    assertThat(Digest.of(directory.resolve("saved"))).isEqualTo(Sha256.of(expected));
  }

  List<String> ranges() {
    return s3.requests().stream().map(RecordedRequest::range).toList();
  }

  void put(byte[] bytes) {
    s3.put(BUCKET, KEY, bytes);
  }

  /**
   * Slows the server, so that the first connection still reads its first part when the others
   * start.
   */
  void slowly() {
    s3.bandwidth(8 * PART);
  }

  static byte[] noise(int bytes) {
    byte[] noise = new byte[bytes];
    new Random(bytes).nextBytes(noise);
    return noise;
  }
}
