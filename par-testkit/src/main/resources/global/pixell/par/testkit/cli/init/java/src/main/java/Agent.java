import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The agent: answers POST /invoke on REST_PORT. */
public final class Agent {

  // Use a JSON library, such as Jackson, for more than one field.
  private static final Pattern NAME = Pattern.compile("\"name\"\\s*:\\s*\"([^\"\\\\]*)\"");

  private Agent() {}

  public static void main(String[] args) throws IOException {
    int port = Integer.parseInt(System.getenv("REST_PORT"));
    HttpServer server = HttpServer.create(new InetSocketAddress(port), 0);
    server.createContext("/", exchange -> answer(exchange, "{\"use\": \"POST /invoke\"}\n"));
    server.createContext(
        "/invoke",
        exchange -> {
          byte[] body = exchange.getRequestBody().readAllBytes();
          answer(exchange, invoke(new String(body, StandardCharsets.UTF_8)));
        });
    server.start();
    System.out.println("listens on " + port);
  }

  static String invoke(String request) {
    Matcher name = NAME.matcher(request);
    return "{\"message\": \"Hello, " + (name.find() ? name.group(1) : "world") + "!\"}\n";
  }

  private static void answer(HttpExchange exchange, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }
}
