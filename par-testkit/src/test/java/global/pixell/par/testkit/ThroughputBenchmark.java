package global.pixell.par.testkit;

import global.pixell.par.testkit.cli.TestkitMain;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.Signer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.RandomAccessFile;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures how fast the fake S3 sends an object, how much of it the server keeps in memory, and how
 * soon it answers. The server is a separate process, as {@code serve} is. The client is a plain
 * socket, so that the result shows the server's speed and not the client's. The argument is the
 * number of rounds, 5 by default.
 */
public final class ThroughputBenchmark {

  private static final int MB = 1_000_000;
  private static final String BUCKET = "bucket";

  private ThroughputBenchmark() {}

  /**
   * Measures and prints.
   *
   * @param args the number of rounds
   */
  public static void main(String[] args) throws Exception {
    int rounds = args.length > 0 ? Integer.parseInt(args[0]) : 5;
    System.out.printf(
        Locale.ROOT,
        "Java %s, %d processors%n",
        Runtime.version(),
        Runtime.getRuntime().availableProcessors());
    Path root = Files.createTempDirectory("par-throughput-");
    try {
      Path bucket = Files.createDirectory(root.resolve(BUCKET));
      sparse(bucket.resolve("one"), 1);
      sparse(bucket.resolve("100MB"), 100L * MB);
      sparse(bucket.resolve("400MB"), 400L * MB);
      throughput(root, rounds);
      warm(rounds);
      fresh(root, rounds);
    } finally {
      ReadOnlyTreeDeleter.delete(root);
    }
  }

  private static void sparse(Path file, long size) throws IOException {
    try (var out = new RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(size);
    }
  }

  private static void throughput(Path root, int rounds) throws Exception {
    try (var server = new Server(root)) {
      server.get("one");
      // The first request computes the object's ETag, its MD5.
      server.get("100MB");
      server.get("400MB");
      long before = server.residentMegabytes();
      var rates = new ArrayList<Double>();
      for (int i = 0; i < rounds; i++) {
        long start = System.nanoTime();
        server.get("100MB");
        rates.add(100 / ((System.nanoTime() - start) / 1e9));
      }
      long after100 = server.residentMegabytes();
      server.get("400MB");
      System.out.printf(
          Locale.ROOT,
          "GetObject of 100 MB     median %5.0f MB/s, best %5.0f, worst %5.0f   (target 500)%n",
          median(rates),
          Collections.max(rates),
          Collections.min(rates));
      System.out.printf(
          "resident memory         %d MB before, %d MB after %d x 100 MB, %d MB after 400 MB%n",
          before, after100, rounds, server.residentMegabytes());
    }
  }

  private static void fresh(Path root, int rounds) throws Exception {
    var times = new ArrayList<Double>();
    for (int i = 0; i < rounds; i++) {
      long start = System.nanoTime();
      try (var server = new Server(root)) {
        server.get("one");
        times.add((System.nanoTime() - start) / 1e6);
      }
    }
    report("start to first answer, fresh JVM", times);
  }

  private static void warm(int rounds) throws Exception {
    var times = new ArrayList<Double>();
    for (int i = 0; i < rounds + 3; i++) {
      long start = System.nanoTime();
      try (FakeS3 s3 = FakeS3.start()) {
        s3.put(BUCKET, "one", new byte[1]);
        drain(s3.endpoint(), "one");
        times.add((System.nanoTime() - start) / 1e6);
      }
    }
    report("start to first answer, warm JVM", times.subList(3, times.size()));
  }

  private static void report(String what, List<Double> times) {
    System.out.printf(
        Locale.ROOT,
        "%-32s median %6.1f ms, best %6.1f, worst %6.1f%n",
        what,
        median(times),
        Collections.min(times),
        Collections.max(times));
  }

  private static double median(List<Double> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  /** Sends a signed GET, reads the answer to its end and discards the bytes. */
  private static long drain(URI endpoint, String key) throws IOException {
    String path = "/" + BUCKET + "/" + key;
    Map<String, String> headers =
        Signer.ofDefaultIdentity().sign("GET", endpoint.getRawAuthority(), path, Map.of());
    var request = new StringBuilder("GET " + path + " HTTP/1.1\r\n");
    headers.forEach(
        (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
    request.append("Connection: close\r\n\r\n");
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), endpoint.getPort())) {
      socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.UTF_8));
      InputStream in = socket.getInputStream();
      byte[] buffer = new byte[1 << 18];
      int first = in.read(buffer);
      String head = new String(buffer, 0, Math.max(0, first), StandardCharsets.ISO_8859_1);
      if (!head.startsWith("HTTP/1.1 200")) {
        throw new IOException("the fake answered " + head);
      }
      long bytes = first;
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        bytes += n;
      }
      return bytes;
    }
  }

  /** {@code par-testkit serve} as its start script starts it. */
  private static final class Server implements AutoCloseable {
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    private final Process process;
    private final URI endpoint;

    Server(Path root) throws IOException {
      process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-XX:TieredStopAtLevel=1",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  TestkitMain.class.getName(),
                  "serve",
                  "--quiet",
                  "--dir",
                  root.toString())
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
      var lines =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String prefix = "export AWS_ENDPOINT_URL_S3=";
      String line = lines.readLine();
      while (line != null && !line.startsWith(prefix)) {
        line = lines.readLine();
      }
      if (line == null) {
        throw new IOException("the server did not start");
      }
      endpoint = URI.create(line.substring(prefix.length()));
    }

    void get(String key) throws IOException {
      drain(endpoint, key);
    }

    long residentMegabytes() throws IOException {
      Path status = Path.of("/proc", String.valueOf(process.pid()), "status");
      Matcher resident = RESIDENT.matcher(Files.readString(status));
      return resident.find() ? Long.parseLong(resident.group(1)) / 1000 : 0;
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }
}
