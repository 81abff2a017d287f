package global.pixell.par.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The main job from end to end, for a person to watch: the real launcher as a process, against a
 * fake S3.
 */
final class Demo {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";

  private static final String AGENT =
      """
      import com.sun.net.httpserver.HttpServer;
      import java.net.InetSocketAddress;

      public class Greeter {
        public static void main(String[] args) throws Exception {
          int port = Integer.parseInt(System.getenv("REST_PORT"));
          HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
          server.createContext("/", exchange -> {
            byte[] body = ("Hello from " + System.getenv("AGENT_APP_ID") + "\\n").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
          });
          server.start();
          System.out.println("greeter listens on " + port);
        }
      }
      """;

  private final Map<String, String> environment;
  private final PrintStream out;

  Demo(Map<String, String> environment, PrintStream out) {
    this.environment = environment;
    this.out = out;
  }

  int run() throws IOException, InterruptedException {
    Path cache = Files.createTempDirectory("par-demo-");
    try (FakeS3 s3 = FakeS3.start()) {
      byte[] apkg =
          Apkg.named("greeter")
              .version("1.2.0")
              .command("java", "Greeter.java")
              .manifest("ready: {http: /}\n")
              .file("Greeter.java", AGENT)
              .build();
      s3.put(BUCKET, KEY, apkg);
      step(
          "packed and published "
              + apkg.length
              + " bytes as s3://"
              + BUCKET
              + "/"
              + KEY
              + " on "
              + s3.endpoint());
      return boot(s3, cache, Apkg.sha256(apkg));
    } finally {
      ParExtension.TemporaryTree.delete(cache);
    }
  }

  private int boot(FakeS3 s3, Path cache, String sha256) throws IOException, InterruptedException {
    int restPort = freePort();
    var variables = new HashMap<String, String>(s3.environment());
    variables.put("PATH", javaFirst(environment.getOrDefault("PATH", "/usr/bin:/bin")));
    variables.put("HOME", environment.getOrDefault("HOME", "/tmp"));
    variables.put("AGENT_APP_ID", "demo-app");
    variables.put("PACKAGE_URL", "s3://" + BUCKET + "/" + KEY + "#sha256=" + sha256);
    variables.put("PAR_CACHE_DIR", cache.toString());
    variables.put("REST_PORT", String.valueOf(restPort));
    variables.put("HEALTH_PORT", String.valueOf(freePort()));
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            "global.pixell.par.launcher.Main");
    builder.environment().clear();
    builder.environment().putAll(variables);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    step("par run, with AGENT_APP_ID=demo-app and PACKAGE_URL=" + variables.get("PACKAGE_URL"));
    Process par = builder.start();
    Optional<JsonNode> ready = Optional.empty();
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(par.getInputStream(), StandardCharsets.UTF_8))) {
      var json = new ObjectMapper();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        out.println(line);
        JsonNode event = json.readTree(line);
        if (event.path("event").asText().equals("Runtime ready")) {
          ready = Optional.of(event);
          ask("http://127.0.0.1:" + restPort + "/");
          ask("http://127.0.0.1:" + variables.get("HEALTH_PORT") + "/health");
          step("SIGTERM");
          par.toHandle().destroy();
        }
      }
    } finally {
      par.toHandle().destroy();
    }
    int code = par.waitFor();
    ready.ifPresent(this::timeline);
    step("par exited with " + code);
    return ready.isPresent() ? code : 1;
  }

  private void ask(String url) throws IOException, InterruptedException {
    var answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString());
    step("GET " + url + " -> " + answer.statusCode() + " " + answer.body().strip());
  }

  private void timeline(JsonNode ready) {
    step("boot timeline, in ms from the start of the process");
    JsonNode phases = ready.path("phases");
    for (String phase : new String[] {"config", "fetch", "start", "ready", "total"}) {
      long ms = phases.path(phase).asLong();
      out.printf("   %-7s %6d  %s%n", phase, ms, "#".repeat((int) Math.min(60, ms / 25)));
    }
  }

  private void step(String text) {
    out.println("== " + text);
    out.flush();
  }

  private static String javaFirst(String path) {
    return Path.of(System.getProperty("java.home"), "bin") + java.io.File.pathSeparator + path;
  }

  /** Free a moment ago; the launcher's own checks say so if it no longer is. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
