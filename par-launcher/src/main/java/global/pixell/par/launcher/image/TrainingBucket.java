package global.pixell.par.launcher.image;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.Sha256;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * What a {@link TrainingRun} works with: a package in a minimal S3 on loopback, and a directory for
 * its cache. It is not in the process that is trained, so that its classes stay out of the archive.
 */
final class TrainingBucket implements AutoCloseable {

  private static final String KEY = "pixell-agent-packages/par/rehearsal/1.0.0/rehearsal.apkg";
  private static final String AGENT =
      """
      echo '{"level":"info","n":1}'
      echo up
      until [ -e "$SEEN" ]; do sleep 0.02; done
      """;

  /** In all forms of YAML that authors use, because each has classes of its parser. */
  private static final String MANIFEST =
      """
      # a comment
      name: rehearsal
      version: "1.0"
      metadata:
        version: 1.0.0
        description: >-
          folded
          text
        author: |
          literal text
        tags: ['a', "b"]
      command:
        - sh
        - src/run.sh
      ready: {line: up}
      environment:
        PLAIN: a
        QUOTED: "${PLAIN:-b}"
      """;

  private static final String LISTING =
      """
      <?xml version="1.0" encoding="UTF-8"?>
      <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>pixell-agent-packages</Name>\
      <Prefix>%s</Prefix><Delimiter>/</Delimiter><IsTruncated>false</IsTruncated>%s</ListBucketResult>""";

  private final byte[] apkg = apkg();
  private final Path directory;
  private final HttpServer server;

  private TrainingBucket(Path directory, HttpServer server) throws IOException {
    this.directory = directory;
    this.server = server;
    server.createContext("/", this::answer);
    server.start();
  }

  static TrainingBucket open() throws IOException {
    var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return new TrainingBucket(
        Files.createTempDirectory("par-rehearsal-"), HttpServer.create(address, 0));
  }

  /** Ends the server and deletes the directory. */
  @Override
  public void close() throws IOException {
    server.stop(0);
    AtomicFiles.deleteTree(directory);
  }

  /** What names the package, in the bucket and as a file, and the cache. */
  Map<String, String> environment() throws IOException {
    Path file = Files.write(directory.resolve("rehearsal.apkg"), apkg);
    var environment = new HashMap<String, String>();
    environment.put("AGENT_APP_ID", "rehearsal");
    environment.put("AGENT_PACKAGE_PATH", file.toString());
    environment.put("PACKAGE_URL", "s3://" + KEY + "#sha256=" + Sha256.of(apkg).hex());
    environment.put("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:" + server.getAddress().getPort());
    environment.put("AWS_REGION", "us-east-2");
    environment.put("AWS_ACCESS_KEY_ID", "rehearsal");
    environment.put("AWS_SECRET_ACCESS_KEY", "rehearsal");
    environment.put("PAR_CACHE_DIR", directory.resolve("cache").toString());
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      environment.put("HEALTH_PORT", String.valueOf(free.getLocalPort()));
    }
    return environment;
  }

  private static byte[] apkg() throws IOException {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new ZipOutputStream(bytes, StandardCharsets.UTF_8)) {
      entry(zip, "agent.yaml", MANIFEST);
      entry(zip, "src/run.sh", AGENT);
    }
    return bytes.toByteArray();
  }

  private static void entry(ZipOutputStream zip, String name, String text) throws IOException {
    zip.putNextEntry(new ZipEntry(name));
    zip.write(text.getBytes(StandardCharsets.UTF_8));
    zip.closeEntry();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var headers = exchange.getResponseHeaders();
      headers.set("x-amz-request-id", "REHEARSAL0000000");
      headers.set("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT");
      String query = exchange.getRequestURI().getRawQuery();
      if (query != null && query.contains("list-type=2")) {
        headers.set("Content-Type", "application/xml");
        send(exchange, 200, listing(query).getBytes(StandardCharsets.UTF_8));
        return;
      }
      headers.set("Content-Type", "binary/octet-stream");
      headers.set("Accept-Ranges", "bytes");
      headers.set("ETag", "\"0123456789abcdef0123456789abcdef\"");
      if (exchange.getRequestHeaders().containsKey("If-None-Match")) {
        exchange.sendResponseHeaders(304, -1);
      } else if (exchange.getRequestHeaders().containsKey("Range")) {
        // Every requested range reaches beyond the end of so small an object.
        headers.set("Content-Range", "bytes 0-" + (apkg.length - 1) + "/" + apkg.length);
        send(exchange, 206, apkg);
      } else {
        headers.set("x-amz-checksum-crc64nvme", crc64Nvme(apkg));
        headers.set("x-amz-checksum-type", "FULL_OBJECT");
        send(exchange, 200, apkg);
      }
    }
  }

  /** S3 has this checksum for every object that was uploaded without another one. */
  private static String crc64Nvme(byte[] content) {
    long crc = -1;
    for (byte each : content) {
      crc ^= each & 0xff;
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        crc = crc >>> 1 ^ (crc & 1) * 0x9a6c9329ac4bc9b5L;
      }
    }
    byte[] bytes = ByteBuffer.allocate(Long.BYTES).putLong(~crc).array();
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static String listing(String query) {
    return query.contains("1.0.0")
        ? LISTING.formatted(
            "par/rehearsal/1.0.0/",
            "<Contents><Key>par/rehearsal/1.0.0/rehearsal.apkg</Key><Size>1</Size></Contents>")
        : LISTING.formatted(
            "par/rehearsal/",
            "<CommonPrefixes><Prefix>par/rehearsal/1.0.0/</Prefix></CommonPrefixes>");
  }

  private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }
}
