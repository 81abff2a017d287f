package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.Apkg;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many bytes a fetch costs a server that sends as fast as loopback accepts them.
 *
 * <p>The server counts the bytes that it passes to its kernel. So the count includes the bytes in
 * socket buffers when the client cuts off an answer: several megabytes on loopback. Whether the
 * first connection is fast enough to stay the only one depends on the load of the machine, so the
 * bound has room for what is under way on one connection.
 */
@Timeout(120)
class WireBytesTest {

  private static final int MIB = 1 << 20;

  /** More than the socket buffers of one connection hold, and half of the smallest package. */
  private static final long UNDER_WAY = 8 * MIB;

  @TempDir private Path cache;

  @ParameterizedTest(name = "{0} MiB, request {1} is reset")
  @CsvSource({"17, 1", "24, 1", "24, 2", "79, 1", "81, 3", "90, 1", "90, 5"})
  void one_reset_costs_a_tenth_of_the_size_at_most_or_what_is_under_way(int mebibytes, int reset)
      throws Exception {
    byte[] apkg = packageOf(mebibytes);
    try (var server = new FullSpeedServer(apkg, reset, MIB);
        Par par =
            Par.builder(
                    ParConfig.fromEnvironment(
                        Map.of(
                            "AWS_ENDPOINT_URL_S3",
                            server.endpoint().toString(),
                            "AWS_ACCESS_KEY_ID",
                            "AKIAEXAMPLE",
                            "AWS_SECRET_ACCESS_KEY",
                            "example",
                            "PAR_CACHE_DIR",
                            cache.toString())))
                .build()) {

      assertThat(par.fetch(PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/large.apkg")))
          .satisfies(
              agent -> assertThat(agent.digest().orElseThrow().hex()).isEqualTo(Apkg.sha256(apkg)));

      assertThat(server.sent())
          .as("bytes sent of %d in %d requests", apkg.length, server.requests())
          .isBetween((long) apkg.length, apkg.length + Math.max(apkg.length / 10L, UNDER_WAY));
    }
  }

  private static byte[] packageOf(int mebibytes) {
    byte[] noise = new byte[mebibytes * MIB];
    new Random(mebibytes).nextBytes(noise);
    return Apkg.named("large").version("1.0.0").command("true").file("n", noise).build();
  }

  /** Enough of S3 for one object: ranges, an entity tag, no checksum, one reset. */
  private static final class FullSpeedServer implements AutoCloseable {
    private static final Pattern RANGE = Pattern.compile("range: *bytes=(\\d+)-(\\d*)");

    private final ServerSocket server;
    private final byte[] content;
    private final int resetRequest;
    private final int resetAfter;
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger requests = new AtomicInteger();

    FullSpeedServer(byte[] content, int resetRequest, int resetAfter) throws IOException {
      this.content = content;
      this.resetRequest = resetRequest;
      this.resetAfter = resetAfter;
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
      start(this::accept);
    }

    private static void start(Runnable work) {
      var thread = new Thread(work, "full-speed-server");
      thread.setDaemon(true);
      thread.start();
    }

    URI endpoint() {
      return URI.create("http://127.0.0.1:" + server.getLocalPort());
    }

    long sent() {
      return sent.get();
    }

    int requests() {
      return requests.get();
    }

    private void accept() {
      while (!server.isClosed()) {
        try {
          Socket socket = server.accept();
          start(() -> serve(socket));
        } catch (IOException e) {
          // The test has ended.
        }
      }
    }

    private void serve(Socket socket) {
      try (socket) {
        var in =
            new BufferedReader(
                new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
        while (answer(in, socket)) {
          // Keep the connection for the next request.
        }
      } catch (IOException e) {
        // The client closed the connection.
      }
    }

    private boolean answer(BufferedReader in, Socket socket) throws IOException {
      int from = 0;
      int to = content.length;
      boolean partial = false;
      String line = in.readLine();
      if (line == null) {
        return false;
      }
      for (; line != null && !line.isEmpty(); line = in.readLine()) {
        Matcher range = RANGE.matcher(line.toLowerCase(Locale.ROOT));
        if (range.matches()) {
          partial = true;
          from = Integer.parseInt(range.group(1));
          to = range.group(2).isEmpty() ? to : Math.min(to, Integer.parseInt(range.group(2)) + 1);
        }
      }
      int number = requests.incrementAndGet();
      boolean reset = number == resetRequest;
      String head =
          (partial
                  ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes "
                      + from
                      + "-"
                      + (to - 1)
                      + "/"
                      + content.length
                      + "\r\n"
                  : "HTTP/1.1 200 OK\r\n")
              + "Content-Length: "
              + (to - from)
              + "\r\nETag: \"0123456789abcdef\"\r\n\r\n";
      OutputStream out = socket.getOutputStream();
      out.write(head.getBytes(StandardCharsets.ISO_8859_1));
      for (int at = from; at < to; at += 64 << 10) {
        if (reset && at - from >= resetAfter) {
          socket.setSoLinger(true, 0);
          return false;
        }
        if (number == 1 && at == MIB) {
          awaitNextTurn();
        }
        int bytes = Math.min(64 << 10, to - at);
        out.write(content, at, bytes);
        sent.addAndGet(bytes);
      }
      return true;
    }

    /**
     * Simulates a busy machine: the first connection seems slow, and then all bytes arrive in a
     * burst.
     */
    private static void awaitNextTurn() {
      try {
        Thread.sleep(100);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void close() throws IOException {
      server.close();
    }
  }
}
