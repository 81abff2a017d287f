package global.pixell.par.internal.archive;

import global.pixell.par.internal.io.ArchiveBytes;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Measures how long it takes to unpack 3,008 files of 149 MB in a warm JVM, compared with the
 * installed tools. This is a program, not a test, so no build runs it.
 *
 * <p>The archive looks like an agent with its wheels: many small source files, some libraries, a
 * few large ones, text and machine code mixed. Rounds alternate between the tools, so that other
 * load on the machine affects all of them; the result is the median. Every tool writes below the
 * same folder and starts with the archive in the page cache. Files are deleted only at the end,
 * because a file system that discards deleted blocks is busy with that for seconds. So each round
 * of each tool needs 149 MB. Arguments: rounds (default 5), the working folder (default: the folder
 * for temporary files), and PAR's numbers of workers separated by commas.
 */
final class UnpackBenchmark {

  private static final int FILES = 3008;
  private static final long BYTES = 149_000_000;

  private UnpackBenchmark() {}

  /** Runs it and prints a table. */
  public static void main(String[] args) throws IOException, InterruptedException {
    PrintStream out = System.out;
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    Path parent = Path.of(args.length > 1 ? args[1] : System.getProperty("java.io.tmpdir", "."));
    int[] workers =
        args.length > 2
            ? Arrays.stream(args[2].split(",", -1)).mapToInt(Integer::parseInt).toArray()
            : new int[] {Unpacker.defaultWorkers()};
    Path folder = Files.createTempDirectory(parent, "par-unpack-benchmark");
    try {
      Path archive = folder.resolve("package.apkg");
      write(archive);
      out.printf(
          "%d files, %.1f MB, archive %.1f MB, %d processors, Java %s%n",
          FILES,
          BYTES / 1e6,
          Files.size(archive) / 1e6,
          Runtime.getRuntime().availableProcessors(),
          Runtime.version());
      List<Contestant> contestants = contestants(archive, workers);
      for (int warmUp = 0; warmUp < 3; warmUp++) {
        for (Contestant contestant : contestants) {
          if (contestant.ours() || warmUp == 0) {
            time(folder, contestant.tool());
          }
        }
      }
      for (int round = 0; round < rounds; round++) {
        for (Contestant contestant : contestants) {
          contestant.nanos().add(time(folder, contestant.tool()));
        }
      }
      report(out, contestants);
    } finally {
      delete(folder);
    }
  }

  private interface Tool {
    void unpackTo(Path target) throws IOException, InterruptedException;
  }

  private record Contestant(String name, Tool tool, List<Long> nanos) {
    boolean ours() {
      return name.startsWith("par");
    }

    double middleMillis() {
      return sorted()[nanos.size() / 2] / 1e6;
    }

    long[] sorted() {
      return nanos.stream().mapToLong(Long::longValue).sorted().toArray();
    }
  }

  private static List<Contestant> contestants(Path archive, int[] workers) {
    Map<String, Tool> tools = new LinkedHashMap<>();
    for (int count : workers) {
      tools.put(
          "par, " + count + " workers",
          target -> {
            try (ArchiveBytes bytes = ArchiveBytes.ofFile(archive)) {
              TestUnpack.unpack(bytes, target, UnpackLimits.DEFAULT, count, () -> false);
            }
          });
    }
    String file = archive.toString();
    addInstalled(tools, "bsdtar", "bsdtar", "-xf", file);
    addInstalled(tools, "unzip", "unzip", "-q", file);
    addInstalled(
        tools,
        "Python zipfile",
        "python3",
        "-c",
        "import sys, zipfile; zipfile.ZipFile(sys.argv[1]).extractall('.')",
        file);
    List<Contestant> contestants = new ArrayList<>();
    tools.forEach((name, tool) -> contestants.add(new Contestant(name, tool, new ArrayList<>())));
    return contestants;
  }

  private static void addInstalled(Map<String, Tool> tools, String name, String... command) {
    if (onPath(command[0])) {
      tools.put(
          name,
          target -> {
            Process process =
                new ProcessBuilder(command).directory(target.toFile()).inheritIO().start();
            if (process.waitFor() != 0) {
              throw new IOException(name + " ended with " + process.exitValue());
            }
          });
    }
  }

  private static boolean onPath(String tool) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1))
        .anyMatch(p -> Files.isExecutable(Path.of(p, tool)));
  }

  private static long time(Path folder, Tool tool) throws IOException, InterruptedException {
    Path target = Files.createTempDirectory(folder, "tree");
    long start = System.nanoTime();
    tool.unpackTo(target);
    long nanos = System.nanoTime() - start;
    settle();
    return nanos;
  }

  /** Waits until the disk has finished its work for one tool before the next one starts. */
  private static void settle() throws IOException, InterruptedException {
    if (onPath("sync")) {
      new ProcessBuilder("sync").inheritIO().start().waitFor();
    }
  }

  private static void report(PrintStream out, List<Contestant> contestants) {
    for (Contestant contestant : contestants) {
      long[] sorted = contestant.sorted();
      out.printf(
          "%-16s median %6.0f ms, best %6.0f ms, worst %6.0f ms%n",
          contestant.name(),
          contestant.middleMillis(),
          sorted[0] / 1e6,
          sorted[sorted.length - 1] / 1e6);
    }
    for (Contestant mine : contestants) {
      for (Contestant theirs : contestants) {
        if (mine.ours() && !theirs.ours()) {
          out.printf(
              "%s: %.2f x %s%n",
              mine.name(), mine.middleMillis() / theirs.middleMillis(), theirs.name());
        }
      }
    }
    out.printf("targets: 0.60 x bsdtar, 0.40 x unzip%n");
  }

  /** Writes the same archive on every machine: sizes and contents come from one seed. */
  static void write(Path archive) throws IOException {
    Random random = new Random(3008);
    List<Integer> sizes = new ArrayList<>();
    long left = BYTES;
    for (int i = 1; i < FILES; i++) {
      int size =
          i % 300 == 0
              ? 4_000_000 + random.nextInt(4_000_000)
              : i % 10 == 0 ? 100_000 + random.nextInt(200_000) : random.nextInt(20_000);
      size = (int) Math.min(size, left);
      sizes.add(size);
      left -= size;
    }
    sizes.add((int) left);
    try (OutputStream file = Files.newOutputStream(archive);
        ZipOutputStream zip = new ZipOutputStream(file)) {
      for (int i = 0; i < FILES; i++) {
        int size = sizes.get(i);
        boolean binary = size > 50_000;
        zip.putNextEntry(
            new ZipEntry(
                "lib/package"
                    + i % 97
                    + "/module"
                    + i % 7
                    + "/file"
                    + i
                    + (binary ? ".so" : ".py")));
        zip.write(content(size, binary, random));
        zip.closeEntry();
      }
    }
  }

  /** Words for text; words and noise for machine code, which deflates to about half its size. */
  private static byte[] content(int size, boolean binary, Random random) {
    byte[] content = new byte[size];
    byte[][] words = new byte[512][];
    for (int i = 0; i < words.length; i++) {
      words[i] = new byte[3 + random.nextInt(9)];
      for (int j = 0; j < words[i].length; j++) {
        words[i][j] = (byte) (binary ? random.nextInt(256) : 'a' + random.nextInt(26));
      }
    }
    for (int at = 0; at < size; ) {
      byte[] word = words[(int) Math.min(511, Math.abs(random.nextGaussian()) * 120)];
      int length = Math.min(word.length, size - at);
      System.arraycopy(word, 0, content, at, length);
      at += length;
      if (binary && random.nextInt(3) == 0 && at + 4 < size) {
        content[at++] = (byte) random.nextInt(256);
        content[at++] = (byte) random.nextInt(256);
      }
    }
    return content;
  }

  private static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : (Iterable<Path>) all.sorted(Comparator.reverseOrder())::iterator) {
        Files.delete(path);
      }
    }
  }
}
