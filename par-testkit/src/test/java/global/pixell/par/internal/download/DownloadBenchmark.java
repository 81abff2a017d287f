package global.pixell.par.internal.download;

import global.pixell.par.Digest;
import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.internal.download.partial.PartialDownloads;
import global.pixell.par.internal.io.Sha256;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.s3.S3Fetcher;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.RecordedRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Measures the time and the cost of a download of 100 MB over one and over eight connections, and
 * the benefit of a second request for a late part. Server and client share one JVM and its
 * processors. The argument is the number of rounds, 5 by default. The variants alternate, and the
 * first round of each does not count.
 */
public final class DownloadBenchmark {

  private static final int MB = 1_000_000;
  private static final int SIZE = 100 * MB;
  private static final long RATE_OF_S3 = 90L * MB;
  private static final String BUCKET = ParConfig.DEFAULT_BUCKET;
  private static final String KEY = "large.apkg";

  /**
   * One way to download.
   *
   * @param slow the rate in bytes per second of the connection that sends the middle of the object;
   *     0 for no limit
   */
  private record Way(String name, int connections, long rate, long slow, boolean hedge) {}

  /**
   * The cost of one download.
   *
   * @param wire the bytes that the server sent, for each byte of the object
   */
  private record Figures(double millis, int requests, double wire) {}

  private DownloadBenchmark() {}

  /**
   * Measures and prints.
   *
   * @param args the number of rounds
   */
  public static void main(String[] args) throws IOException {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    System.out.printf(
        "Java %s, %d processors, %d rounds of 100 MB%n",
        Runtime.version(), Runtime.getRuntime().availableProcessors(), rounds);
    compare(
        rounds,
        List.of(
            new Way("90 MB/s, 1 connection", 1, RATE_OF_S3, 0, false),
            new Way("90 MB/s, 8 connections", 8, RATE_OF_S3, 0, false),
            new Way("full speed, 1 connection", 1, 0, 0, false),
            new Way("full speed, 8 connections", 8, 0, 0, false)));
    compare(
        rounds,
        List.of(
            new Way("all healthy, hedging off", 8, RATE_OF_S3, 0, false),
            new Way("all healthy, hedging on", 8, RATE_OF_S3, 0, true),
            new Way("one at 2 MB/s, hedging off", 8, RATE_OF_S3, 2L * MB, false),
            new Way("one at 2 MB/s, hedging on", 8, RATE_OF_S3, 2L * MB, true)));
  }

  private static void compare(int rounds, List<Way> ways) throws IOException {
    byte[] content = new byte[SIZE];
    new Random(1).nextBytes(content);
    var figures = new ArrayList<List<Figures>>();
    ways.forEach(way -> figures.add(new ArrayList<>()));
    for (int round = 0; round <= rounds; round++) {
      for (int i = 0; i < ways.size(); i++) {
        Figures measured = measure(ways.get(i), content);
        if (round > 0) {
          figures.get(i).add(measured);
        }
      }
    }
    for (int i = 0; i < ways.size(); i++) {
      report(ways.get(i), figures.get(i));
    }
  }

  private static void report(Way way, List<Figures> figures) {
    List<Double> times = figures.stream().map(Figures::millis).sorted().toList();
    System.out.printf(
        Locale.ROOT,
        "%-28s median %5.0f ms, best %5.0f, worst %5.0f, requests %d to %d, bytes up to %.3f x%n",
        way.name(),
        times.get(times.size() / 2),
        times.get(0),
        times.get(times.size() - 1),
        Collections.min(figures.stream().map(Figures::requests).toList()),
        Collections.max(figures.stream().map(Figures::requests).toList()),
        Collections.max(figures.stream().map(Figures::wire).toList()));
  }

  private static Figures measure(Way way, byte[] content) throws IOException {
    Path directory = Files.createTempDirectory("par-download-");
    try (FakeS3 s3 = FakeS3.start();
        var fetcher = new S3Fetcher(ParConfig.fromEnvironment(s3.environment()))) {
      s3.put(BUCKET, KEY, content);
      s3.bandwidth(way.rate());
      if (way.slow() > 0) {
        // Not the first answer, which contains the whole object.
        s3.onGet(KEY).after(1).covering(SIZE / 2).inject(Fault.bandwidth(way.slow()));
      }
      ObjectSource source = fetcher.object(new PackageRef.S3Object(BUCKET, KEY, Optional.empty()));
      Optional<Digest> expected = Optional.of(Sha256.of(content));
      long start = System.nanoTime();
      try (var download =
          new Download(
              source,
              settings(way),
              directory.resolve("temporary"),
              PartialDownloads.in(directory.resolve("partial"), true),
              event -> {},
              (pin, here) -> {})) {
        Download.Downloaded result =
            (Download.Downloaded) download.run(Optional.empty(), expected, retry());
        double millis = (System.nanoTime() - start) / (double) TimeUnit.MILLISECONDS.toNanos(1);
        return figures(millis, result, s3);
      }
    } finally {
      delete(directory);
    }
  }

  private static Figures figures(double millis, Download.Downloaded result, FakeS3 s3) {
    long sent = s3.requests().stream().mapToLong(RecordedRequest::bytes).sum();
    return new Figures(
        millis, s3.requests().size(), Math.max(sent, result.wireBytes()) / (double) SIZE);
  }

  private static DownloadSettings settings(Way way) {
    return new DownloadSettings(
        1L << 30,
        way.connections(),
        DownloadSettings.PART_BYTES,
        DownloadSettings.TAIL_BYTES,
        DownloadSettings.STALL_MIN_BYTES,
        DownloadSettings.STALL_WINDOW,
        DownloadSettings.JOURNAL_INTERVAL,
        DownloadSettings.SINGLE_STREAM_BYTES_PER_SECOND,
        way.hedge(),
        System::nanoTime);
  }

  private static FetchRetry retry() {
    return new FetchRetry(
        5,
        FetchRetry.PATIENCE,
        Duration.ofMinutes(2),
        System::nanoTime,
        new Random(1),
        delay -> {});
  }

  private static void delete(Path directory) throws IOException {
    try (var files = Files.walk(directory)) {
      for (Path file : files.sorted(Collections.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
