package global.pixell.par.testkit.internal.control.event;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.control.event.EventLog.Event;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.http.HttpConnection;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends the events to clients as server-sent events, one thread each. A client that does not read
 * blocks only its own thread.
 */
public final class EventStream {

  static final int MAX_STREAMS = 32;

  /** How soon the end of a client is noticed. */
  private static final Duration CHECK = Duration.ofSeconds(1);

  private static final Duration HEARTBEAT = Duration.ofSeconds(15);

  /** After this time within one write, a client gives way to a new one. */
  private static final Duration STUCK = Duration.ofSeconds(5);

  private final EventLog log;
  private final Supplier<Map<String, ?>> hello;
  private final Set<Client> clients = ConcurrentHashMap.newKeySet();
  // Distinguishes the ids of this server from those of an earlier one on the same port.
  private final String epoch = Long.toString(System.currentTimeMillis(), Character.MAX_RADIX);

  /**
   * Creates a stream.
   *
   * @param hello the data of the first event of each client
   */
  public EventStream(EventLog log, Supplier<Map<String, ?>> hello) {
    this.log = log;
    this.hello = hello;
  }

  /** Sends events until the client or the server closes the connection. */
  public void serve(ControlRequest request, HttpConnection connection)
      throws IOException, ControlException {
    request.requirePath(1);
    request.requireOnly();
    var client = new Client(connection);
    admit(client);
    long after = after(request.wire().header("Last-Event-ID"));
    EventLog.Subscription subscription = log.subscribe(Math.max(0, after));
    try (EventLog.Reader reader = subscription.reader()) {
      client.begin();
      client.send("hello", null, hello.get());
      if (after < 0 || !subscription.complete()) {
        client.sendDropped(null);
      }
      for (Event event : subscription.missed()) {
        client.send(event);
      }
      client.follow(reader);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      clients.remove(client);
      connection.socket().close();
    }
  }

  private synchronized void admit(Client client) throws ControlException, IOException {
    if (clients.size() >= MAX_STREAMS) {
      List<Client> stuck = clients.stream().filter(Client::isStuck).toList();
      clients.removeAll(stuck);
      for (Client each : stuck) {
        each.connection.socket().close();
      }
    }
    if (clients.size() >= MAX_STREAMS) {
      throw new ControlException(
          503,
          "There are " + MAX_STREAMS + " streams of events already.",
          "Close a page or a program that listens to /_par/events.");
    }
    clients.add(client);
  }

  /** The number in an event id; 0 without one, -1 for an id of another server. */
  private long after(String id) {
    if (id.isEmpty()) {
      return 0;
    }
    String number = id.startsWith(epoch + "-") ? id.substring(epoch.length() + 1) : "";
    return number.matches("\\d{1,18}") ? Long.parseLong(number) : -1;
  }

  /** One connection. */
  private final class Client {
    private final HttpConnection connection;
    private volatile long writingSince;
    private volatile boolean writing;

    Client(HttpConnection connection) {
      this.connection = connection;
    }

    boolean isStuck() {
      return writing && System.nanoTime() - writingSince > STUCK.toNanos();
    }

    void begin() throws IOException {
      var headers = new LinkedHashMap<String, String>();
      headers.put("Content-Type", "text/event-stream");
      headers.put("Cache-Control", "no-store");
      headers.put("X-Content-Type-Options", "nosniff");
      headers.put("Connection", "close");
      connection.head(200, "OK", headers);
      write("retry: 1000\n\n");
    }

    void follow(EventLog.Reader reader) throws IOException, InterruptedException {
      flush();
      long quietSince = System.nanoTime();
      while (true) {
        Event event = reader.next(CHECK.toMillis());
        if (event != null) {
          quietSince = System.nanoTime();
          // One flush is enough for several events that wait.
          for (; event != null; event = reader.next(0)) {
            send(event);
          }
        }
        long lost = reader.takeLost();
        if (lost > 0) {
          sendDropped(lost);
        } else if (connection.isPeerGone()) {
          return;
        }
        if (System.nanoTime() - quietSince > HEARTBEAT.toNanos()) {
          quietSince = System.nanoTime();
          write(":\n\n");
        }
        flush();
      }
    }

    void sendDropped(@Nullable Long events) throws IOException {
      var data = new LinkedHashMap<String, @Nullable Object>();
      data.put("events", events);
      send("dropped", null, data);
    }

    void send(Event event) throws IOException {
      send(event.type(), epoch + "-" + event.id(), event.data().get());
    }

    void send(String type, @Nullable String id, Map<String, ?> data) throws IOException {
      write(
          "event: "
              + type
              + "\n"
              + (id == null ? "" : "id: " + id + "\n")
              + "data: "
              + Json.write(data)
              + "\n\n");
    }

    private void write(String text) throws IOException {
      begun();
      connection.out().write(text.getBytes(StandardCharsets.UTF_8));
      writing = false;
    }

    private void flush() throws IOException {
      OutputStream out = connection.out();
      begun();
      out.flush();
      writing = false;
    }

    private void begun() {
      writingSince = System.nanoTime();
      writing = true;
    }
  }
}
