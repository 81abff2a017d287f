package global.pixell.par.testkit.control;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.Wire;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The control API under clients that mean harm or are slow, byte for byte; and its events. */
@Timeout(60)
class ControlWireTest extends ControlTestCase {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "evil.example", "evil.example:80", "localhost.evil.example", "127.0.0.1.evil.example",
        "[::1].evil", "10.0.0.1", "1270.0.0.1", ""
      })
  void a_host_that_is_not_this_one_is_refused(String host) throws IOException {
    assertThat(status("GET /_par/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST:4566", "127.0.0.1:1", "127.9.9.9", "[::1]:4566"})
  void a_name_of_this_host_is_served(String host) throws IOException {
    assertThat(status("GET /_par/status HTTP/1.1\r\nHost: " + host + "\r\n\r\n")).isEqualTo(200);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET /_par/status | Origin: https://evil.example | 403",
        "POST /_par/reset | Origin: null | 403",
        "POST /_par/reset | Origin: http://localhost:1 | 403",
        "GET /_par/status | Sec-Fetch-Site: cross-site | 403",
        "GET /_par/status | Sec-Fetch-Site: same-site | 403",
        "GET /_par/ | Sec-Fetch-Site: cross-site | 403",
        "GET /_par/status | Origin: http://localhost:4566 | 200",
        "GET /_par/status | Sec-Fetch-Site: same-origin | 200",
        "GET /_par/status | Sec-Fetch-Site: none | 200",
      })
  void a_page_of_another_site_is_refused(String line, String header, int status)
      throws IOException {
    assertThat(status(line + " HTTP/1.1\r\nHost: localhost:4566\r\n" + header + "\r\n\r\n"))
        .isEqualTo(status);
  }

  @Test
  void a_link_of_another_site_leads_to_the_page_only() throws IOException {
    String link =
        String.join(
            "\r\n",
            " HTTP/1.1",
            "Host: localhost",
            "Sec-Fetch-Site: cross-site",
            "Sec-Fetch-Mode: navigate",
            "Sec-Fetch-Dest: document",
            "",
            "");

    assertThat(status("GET /_par/" + link)).isEqualTo(200);
    assertThat(status("GET /_par/status" + link)).isEqualTo(403);
  }

  @Test
  void a_body_that_is_too_large_is_refused_before_it_has_arrived() throws IOException {
    try (Socket socket = connect()) {
      send(
          socket,
          "POST /_par/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n");
      byte[] part = new byte[1 << 18];
      socket.getOutputStream().write(part);
      socket.getOutputStream().write(' ');
      socket.getOutputStream().flush();

      assertThat(statusOf(reader(socket))).isEqualTo(413);
    }
  }

  @Test
  void a_body_that_ends_early_changes_nothing_and_holds_nobody_up() throws IOException {
    try (Socket half = connect()) {
      send(
          half,
          "POST /_par/faults HTTP/1.1\r\nHost: localhost\r\nContent-Length: 40\r\n\r\n{\"spec\": \"ANY");
      assertThat(control.get("faults").list("faults")).isEmpty();
    }
    assertThat(control.get("faults").list("faults")).isEmpty();
  }

  @Test
  void a_fake_without_control_has_none_but_says_that_it_is_healthy() {
    try (FakeS3 closed = FakeS3.start(FakeS3.options().withoutControl())) {
      var client = new ControlClient(closed);

      assertThat(client.get("status").status()).isEqualTo(404);
      assertThat(client.get("events").status()).isEqualTo(404);
      assertThat(client.get("/_localstack/health").status()).isEqualTo(200);
    }
  }

  @Test
  void events_tell_what_happens_and_continue_after_a_break() throws IOException {
    String last;
    try (Socket socket = connect()) {
      BufferedReader events = listen(socket, "");
      assertThat(await(events, "hello").get("endpoint")).isEqualTo(s3.endpoint().toString());

      Wire.to(s3).get("/events/key");
      control.patch("clock", "{\"advance\": \"1s\"}");

      assertThat(await(events, "request")).containsEntry("key", "key");
      assertThat(await(events, "clock")).containsEntry("frozen", false);
      last = lastId;
    }
    Wire.to(s3).get("/events/meanwhile");
    try (Socket socket = connect()) {
      BufferedReader events = listen(socket, "Last-Event-ID: " + last + "\r\n");
      assertThat(await(events, "request")).containsEntry("key", "meanwhile");
    }
    try (Socket socket = connect()) {
      BufferedReader events = listen(socket, "Last-Event-ID: another-1\r\n");
      assertThat(await(events, "dropped")).containsEntry("events", null);
    }
  }

  @Test
  void a_reader_that_does_not_read_blocks_neither_requests_nor_the_end_of_the_server()
      throws IOException {
    String large =
        "{\"Version\": \"2012-10-17\", \"Statement\": {\"Effect\": \"Allow\", \"Action\":"
            + " \"s3:GetObject\", \"Resource\": \"arn:aws:s3:::b/"
            + "k".repeat(250_000)
            + "\"}}";
    try (FakeS3 own = FakeS3.start();
        var socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), own.endpoint().getPort()));
      await(listen(socket, ""), "hello");
      var client = new ControlClient(own);

      // More than the buffers of the system hold.
      for (int i = 0; i < 40; i++) {
        assertThat(client.put("policy", large).status()).isEqualTo(200);
      }

      assertThat(Wire.to(own).get("/b/key").status()).isEqualTo(403);
    }
  }

  @Test
  void only_so_many_streams_are_open_at_once_and_a_closed_one_makes_room() throws IOException {
    List<Socket> open = new ArrayList<>();
    // A server of its own, because it notices the end of a stream only after a second.
    FakeS3 own = FakeS3.start();
    try {
      int status = 200;
      while (status == 200 && open.size() < 64) {
        Socket socket = connect(own);
        open.add(socket);
        send(socket, "GET /_par/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        status = statusOf(reader(socket));
      }
      assertThat(status).isEqualTo(503);
      assertThat(new ControlClient(own).get("status").status()).isEqualTo(200);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
    int status = 503;
    while (status == 503) {
      try (Socket socket = connect(own)) {
        send(socket, "GET /_par/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
        status = statusOf(reader(socket));
      }
    }
    assertThat(status).isEqualTo(200);
    own.close();
  }

  private static String lastId = "";

  private static BufferedReader listen(Socket socket, String headers) throws IOException {
    send(socket, "GET /_par/events HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
    BufferedReader events = reader(socket);
    assertThat(statusOf(events)).isEqualTo(200);
    return events;
  }

  /** Reads to the next event of a type, and keeps its id. */
  private static Map<String, @Nullable Object> await(BufferedReader events, String type)
      throws IOException {
    String event = "";
    for (String line = events.readLine(); line != null; line = events.readLine()) {
      if (line.startsWith("event: ")) {
        event = line.substring("event: ".length());
      } else if (line.startsWith("id: ")) {
        lastId = line.substring("id: ".length());
      } else if (line.startsWith("data: ") && event.equals(type)) {
        return Json.read(line.substring("data: ".length()));
      }
    }
    throw new AssertionError("the stream ended before an event " + type);
  }

  private static Socket connect() throws IOException {
    return connect(s3);
  }

  private static Socket connect(FakeS3 fake) throws IOException {
    return new Socket(InetAddress.getLoopbackAddress(), fake.endpoint().getPort());
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
  }

  private static BufferedReader reader(Socket socket) throws IOException {
    Reader in = new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8);
    return new BufferedReader(in);
  }

  private static int status(String request) throws IOException {
    try (Socket socket = connect()) {
      send(socket, request);
      return statusOf(reader(socket));
    }
  }

  private static int statusOf(BufferedReader in) throws IOException {
    String line = in.readLine();
    if (line == null) {
      throw new IOException("no answer");
    }
    return Integer.parseInt(line.split(" ", 3)[1]);
  }
}
