package global.pixell.par.testkit.cli;

import global.pixell.par.launcher.terminal.BootTimeline;
import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Demonstrates all steps of an agent, from its folder to a running process. */
final class DemoCommand implements Command {

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

  @Override
  public String name() {
    return "demo";
  }

  @Override
  public String summary() {
    return "packs, publishes, boots, calls and stops a small agent";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(Set.of(), Set.of(), List.of());
  }

  @Override
  public String help() {
    return """
        usage: par-testkit demo

        Packs a sample agent, publishes it to an embedded fake S3, boots it with the real launcher in
        a process of its own, calls its REST and health endpoints, and stops it with SIGTERM.
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException, InterruptedException {
    try (FakeS3 s3 = FakeS3.start()) {
      byte[] apkg =
          Apkg.named("greeter")
              .version("1.2.0")
              .command("java", "Greeter.java")
              .manifest("ready: {http: /}\n")
              .file("Greeter.java", AGENT)
              .build();
      s3.put(BUCKET, KEY, apkg);
      String url = "s3://" + BUCKET + "/" + KEY + "#sha256=" + Apkg.sha256(apkg);
      terminal.step("packed and published " + apkg.length + " bytes on " + s3.endpoint());
      terminal.step("par run, with AGENT_APP_ID=demo-app and PACKAGE_URL=" + url);
      try (var run = AgentRun.boot(s3, url, Map.of("AGENT_APP_ID", "demo-app"))) {
        return watch(run, terminal);
      }
    }
  }

  private static int watch(AgentRun run, Terminal terminal)
      throws IOException, InterruptedException {
    ParLog.Line ready;
    try {
      ready = run.await("Runtime ready");
    } catch (AssertionError e) {
      terminal.out().println(run.log());
      return 1;
    }
    terminal.out().println(run.log());
    ask(run.rest(), terminal);
    ask(run.health().resolve("health"), terminal);
    terminal.step("SIGTERM");
    int before = run.log().lines().size();
    run.stop();
    int code = run.exitCode();
    run.log().lines().stream().skip(before).forEach(line -> terminal.out().println(line.text()));
    timeline(ready, terminal);
    terminal.step("par exited with " + code);
    return code;
  }

  private static void ask(URI uri, Terminal terminal) throws IOException, InterruptedException {
    var answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
    terminal.step("GET " + uri + " -> " + answer.statusCode() + " " + answer.body().strip());
  }

  private static void timeline(ParLog.Line ready, Terminal terminal) {
    terminal.step("boot timeline, from the start of the process");
    if (ready.fields().get("phases") instanceof Map<?, ?> phases) {
      BootTimeline.of(phases, terminal.features().paint())
          .forEach(line -> terminal.out().println("   " + line));
    }
  }
}
