package global.pixell.par.launcher.health;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * Answers {@code /health}, {@code /live} and {@code /meta} from the first moments of the process. A
 * report that throws is unhealthy.
 */
public final class HealthServer implements AutoCloseable {

  private final HttpServer server;
  private final ExecutorService workers;

  private HealthServer(HttpServer server, ExecutorService workers) {
    this.server = server;
    this.workers = workers;
  }

  /**
   * Starts listening on all interfaces, for the load balancer asks from outside.
   *
   * @param port 0 for a random one
   */
  public static HealthServer start(
      int port, Supplier<Health> health, Supplier<Map<String, Object>> meta) {
    try {
      HttpServer server = HttpServer.create(new InetSocketAddress(port), 16);
      ExecutorService workers =
          Executors.newFixedThreadPool(
              2,
              work -> {
                var thread = new Thread(work, "par-health");
                thread.setDaemon(true);
                return thread;
              });
      server.setExecutor(workers);
      server.createContext("/health", exchange -> health(exchange, health));
      server.createContext("/live", exchange -> answer(exchange, 200, Map.of("ok", true)));
      server.createContext("/meta", exchange -> answer(exchange, 200, meta.get()));
      server.start();
      return new HealthServer(server, workers);
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.CONFIG,
          "HEALTH_PORT " + port + " cannot be listened on: " + e.getMessage() + ".",
          "Free the port or set HEALTH_PORT to another.",
          e);
    }
  }

  public int port() {
    return server.getAddress().getPort();
  }

  private static void health(HttpExchange exchange, Supplier<Health> source) throws IOException {
    Health health;
    try {
      health = source.get();
    } catch (RuntimeException e) {
      answer(exchange, 503, Map.of("state", "failed", "ok", false, "error", e.toString()));
      return;
    }
    answer(exchange, health.ok() ? 200 : 503, health.toMap());
  }

  private static void answer(HttpExchange exchange, int status, Map<String, Object> body)
      throws IOException {
    try (exchange) {
      boolean exact =
          exchange.getRequestURI().getPath().equals(exchange.getHttpContext().getPath());
      byte[] bytes =
          Json.write(exact ? body : Map.of("ok", false)).getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(exact ? status : 404, head ? -1 : bytes.length);
      if (!head) {
        exchange.getResponseBody().write(bytes);
      }
    }
  }

  @Override
  public void close() {
    server.stop(0);
    workers.shutdownNow();
  }
}
