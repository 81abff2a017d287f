package global.pixell.par.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.server.ResponseWriter;
import global.pixell.par.testkit.testing.RawHttp;
import global.pixell.par.testkit.testing.Wire;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The resources of a running server, and those that remain after it is closed. */
@Timeout(120)
class FakeS3ResourcesTest {

  private static final int SIZE = 64 << 20;

  @Test
  void a_large_object_is_never_whole_in_memory() throws Exception {
    try (FakeS3 s3 = FakeS3.start();
        var socket = new Socket(s3.endpoint().getHost(), s3.endpoint().getPort())) {
      s3.createBucket("bucket");
      Wire wire = Wire.to(s3);
      OutputStream out = socket.getOutputStream();
      String put = wire.head("PUT", "/bucket/big", SIZE, Map.of());
      out.write(put.replace("Connection: close\r\n", "").getBytes(StandardCharsets.US_ASCII));
      byte[] block = new byte[1 << 16];
      for (int sent = 0; sent < SIZE; sent += block.length) {
        out.write(block);
      }
      socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      String get = wire.head("GET", "/bucket/big", 0, Map.of());
      out.write(get.getBytes(StandardCharsets.US_ASCII));
      long came = count(socket.getInputStream());

      assertThat(came).isGreaterThan(SIZE);
      assertThat(allocatedByServers()).isLessThan(SIZE / 4);
    }
  }

  /**
   * Memory allocated by the threads of open connections; such a thread lives until its socket is
   * closed.
   */
  private static long allocatedByServers() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("fake-s3-"))
        .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.getId()))
        .sum();
  }

  private static long count(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long count = 0;
    // Read everything except the end of the connection, because the server's thread would end with
    // it.
    while (count <= SIZE) {
      count += in.read(buffer);
    }
    return count;
  }

  @Test
  void a_closed_server_leaves_no_thread_no_file_and_no_port() throws Exception {
    List<Path> before = spooled();
    List<Socket> clients = new ArrayList<>();
    int port;
    try (FakeS3 s3 = FakeS3.start()) {
      s3.createBucket("bucket");
      port = s3.endpoint().getPort();
      assertThat(Wire.to(s3).put("/bucket/big", new byte[3 << 20]).status()).isEqualTo(200);
      for (int i = 0; i < 5; i++) {
        clients.add(new Socket(s3.endpoint().getHost(), port));
      }
      assertThat(spooled()).as("a spooled file has no name").isEqualTo(before);
    }

    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
        .isInstanceOf(ConnectException.class);
    for (Socket client : clients) {
      client.close();
    }
    assertThat(spooled()).isEqualTo(before);
  }

  @Test
  void a_connection_that_ended_leaves_its_line_in_the_record_and_nothing_of_its_buffers()
      throws Exception {
    try (FakeS3 s3 = FakeS3.start()) {
      for (int i = 0; i < 5_000; i++) {
        RawHttp.get(s3, "/bucket/key", "Connection", "close");
      }

      assertThat(s3.requests()).hasSize(5_000);
      assertThat(alive(HttpConnection.class)).isLessThan(100);
      assertThat(alive(ResponseWriter.class)).isLessThan(100);
    }
  }

  @Test
  void a_server_whose_record_nobody_reads_keeps_only_its_newest_lines() throws Exception {
    try (FakeS3 s3 = FakeS3.start(FakeS3.options().keepRequests(3))) {
      for (int i = 0; i < 10; i++) {
        RawHttp.get(s3, "/bucket/key" + i);
      }

      assertThat(s3.requests())
          .extracting(RecordedRequest::key)
          .containsExactly("key7", "key8", "key9");
    }
  }

  /** How many objects of a class survive a garbage collection. */
  private static int alive(Class<?> type) throws Exception {
    Object histogram =
        ManagementFactory.getPlatformMBeanServer()
            .invoke(
                new ObjectName("com.sun.management:type=DiagnosticCommand"),
                "gcClassHistogram",
                new Object[] {new String[0]},
                new String[] {String[].class.getName()});
    return histogram
        .toString()
        .lines()
        .map(line -> line.strip().split("\\s+", -1))
        .filter(words -> words.length > 3 && words[3].equals(type.getName()))
        .mapToInt(words -> Integer.parseInt(words[1]))
        .sum();
  }

  /** Spool files of all processes. Each is visible for a moment, but always empty. */
  private static List<Path> spooled() throws IOException {
    try (Stream<Path> all = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return all.filter(file -> file.getFileName().toString().endsWith(".spool"))
          .filter(FakeS3ResourcesTest::holdsSomething)
          .toList();
    }
  }

  private static boolean holdsSomething(Path file) {
    try {
      return Files.size(file) > 0;
    } catch (IOException e) {
      return false;
    }
  }
}
