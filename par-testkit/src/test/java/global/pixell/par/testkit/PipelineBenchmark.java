package global.pixell.par.testkit;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Measures how much longer it takes to fetch and unpack a package than to do the longer of the two
 * alone. This is a program, not a test, so no build runs it.
 *
 * <p>All three variants call {@link Par#fetch} for a pinned package of about 125 MB, 3,000 files,
 * 200 MB unpacked, in a warm JVM: with an empty cache (both together), with a cache that has only
 * the tree (download and verification alone), and with a cache that has only the package
 * (verification and unpacking alone). The variants alternate, so that other load on the machine
 * affects all of them; the result is the median. The fake S3 works in the same JVM and on the same
 * cores. Arguments: rounds (default 7), MB per second for each connection (default 90, a typical
 * rate of S3; 0 for no limit), the working folder (default: the folder for temporary files).
 */
final class PipelineBenchmark {

  private static final int FILES = 3000;
  private static final double TARGET = 1.15;

  private final PackageRef ref;
  private final ParConfig config;
  private final Path cache;

  private PipelineBenchmark(FakeS3 s3, Path archive, Path cache) throws IOException {
    s3.put(ParConfig.DEFAULT_BUCKET, "large.apkg", archive);
    this.ref =
        PackageRef.parse(
            "s3://"
                + ParConfig.DEFAULT_BUCKET
                + "/large.apkg#sha256="
                + Apkg.sha256(Files.readAllBytes(archive)));
    this.cache = cache;
    this.config = ParConfig.fromEnvironment(s3.environment());
  }

  /** Runs it and prints a table. */
  public static void main(String[] args) throws IOException {
    PrintStream out = System.out;
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 7;
    long rate = args.length > 1 ? Long.parseLong(args[1]) : 90;
    Path parent = Path.of(args.length > 2 ? args[2] : System.getProperty("java.io.tmpdir", "."));
    Path folder = Files.createTempDirectory(parent, "par-pipeline-benchmark");
    try (FakeS3 s3 = FakeS3.start()) {
      Path archive = folder.resolve("large.apkg");
      write(archive);
      s3.bandwidth(rate * 1_000_000);
      out.printf(
          "%d files, package %.1f MB, %s a connection, %d processors, Java %s%n",
          FILES,
          Files.size(archive) / 1e6,
          rate == 0 ? "no limit" : rate + " MB/s",
          Runtime.getRuntime().availableProcessors(),
          Runtime.version());
      new PipelineBenchmark(s3, archive, folder.resolve("cache")).run(out, rounds);
    } finally {
      ReadOnlyTreeDeleter.delete(folder);
    }
  }

  private void run(PrintStream out, int rounds) throws IOException {
    List<Long> together = new ArrayList<>();
    List<Long> download = new ArrayList<>();
    List<Long> unpack = new ArrayList<>();
    for (int round = -2; round < rounds; round++) {
      boolean counts = round >= 0;
      if (Files.exists(cache)) {
        ReadOnlyTreeDeleter.delete(cache);
      }
      record(together, counts, fetch());
      ReadOnlyTreeDeleter.delete(cache.resolve("v1/trees"));
      record(unpack, counts, fetch());
      ReadOnlyTreeDeleter.delete(cache.resolve("v1/blobs"));
      record(download, counts, fetch());
    }
    report(out, "download alone", download);
    report(out, "unpack alone", unpack);
    report(out, "together", together);
    double longer = Math.max(middle(download), middle(unpack));
    out.printf("together: %.2f x the longer; target %.2f%n", middle(together) / longer, TARGET);
  }

  private long fetch() {
    long start = System.nanoTime();
    try (Par par = Par.builder(config).cacheDirectory(cache).maxPackageBytes(1L << 30).build()) {
      par.fetch(ref);
    }
    return System.nanoTime() - start;
  }

  private static void record(List<Long> times, boolean counts, long nanos) {
    if (counts) {
      times.add(nanos);
    }
  }

  private static double middle(List<Long> nanos) {
    List<Long> sorted = new ArrayList<>(nanos);
    Collections.sort(sorted);
    return sorted.get(sorted.size() / 2) / 1e6;
  }

  private static void report(PrintStream out, String what, List<Long> nanos) {
    out.printf(
        "%-16s median %6.0f ms, best %6.0f ms, worst %6.0f ms%n",
        what, middle(nanos), Collections.min(nanos) / 1e6, Collections.max(nanos) / 1e6);
  }

  /** Writes the same package on every machine: half of it deflates well, half hardly. */
  private static void write(Path archive) throws IOException {
    Random random = new Random(125);
    try (OutputStream file = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      entry(zip, "agent.yaml", "name: large\nversion: 1.0.0\ncommand: [\"true\"]\n");
      for (int i = 1; i < FILES; i++) {
        boolean binary = i % 10 == 0;
        byte[] content = new byte[binary ? 220_000 : random.nextInt(96_000)];
        random.nextBytes(content);
        if (!binary) {
          for (int at = 0; at < content.length; at++) {
            content[at] = (byte) "etaoin shrdlu\n".charAt((content[at] & 0x7f) % 14);
          }
        }
        zip.putNextEntry(
            new ZipEntry("lib/package" + i % 97 + "/file" + i + (binary ? ".so" : ".py")));
        zip.write(content);
        zip.closeEntry();
      }
    }
  }

  private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }
}
