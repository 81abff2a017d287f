package global.pixell.par.testkit.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.browser.Chromium;
import global.pixell.par.testkit.browser.Tab;
import global.pixell.par.testkit.testing.Signer;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * Takes the screenshots of the README, of a Python agent in {@code dev}, and pictures of every area
 * in {@code target/page} for a person to look at. It is no part of the build:
 *
 * <pre>
 * mvn test -pl par-testkit -am -Dtest=PageScreenshotsTest -Dpar.screenshots=src/doc \
 *   -Dsurefire.failIfNoSpecifiedTests=false
 * </pre>
 */
@Timeout(120)
@EnabledIfSystemProperty(named = "par.screenshots", matches = ".+")
class PageScreenshotsTest {

  private static final String BUCKET = "pixell-agent-packages";

  private static final String POLICY =
      """
      {"Version": "2012-10-17", "Statement": [
       {"Sid": "ReadPackages", "Effect": "Allow", "Action": ["s3:GetObject", "s3:GetObjectVersion"],
        "Resource": "arn:aws:s3:::pixell-agent-packages/*"},
       {"Sid": "ListPackages", "Effect": "Allow", "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::pixell-agent-packages", "Condition": {"StringLike": {"s3:prefix": "acme/*"}}}]}
      """;

  private static final String MODELS =
      """
      {"request": {"method": "GET", "urlPath": "/v1/models"},
       "response": {"status": 200, "jsonBody": {"data": [{"id": "large"}]}}}
      """;

  private static final List<String> AREAS =
      List.of("requests", "faults", "permissions", "agent", "log", "stubs", "server");

  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void the_page_is_shown_as_people_see_it(@TempDir Path work) throws Exception {
    Path folder = work.resolve("greeter");
    try (var init = new RunningCommand("init", "python", folder.toString())) {
      init.exitCode();
    }
    Path mappings = Files.createDirectories(work.resolve("stubs/mappings"));
    Files.writeString(mappings.resolve("models.json"), MODELS);
    try (var dev =
            new RunningCommand(
                "dev",
                folder.toString(),
                "--stubs",
                work.resolve("stubs").toString(),
                "-e",
                "OPENAI_BASE_URL={stubs}/v1");
        var browser = Chromium.start(Files.createDirectory(work.resolve("profile")));
        Tab tab = browser.open()) {
      URI rest = URI.create(dev.await("== ready: ").replaceAll("== ready: (\\S+).*", "$1"));
      String line = dev.find("== requests, faults and log");
      URI control = URI.create(line.substring(line.indexOf("http://")));
      URI stubs = URI.create(dev.find("== stubs: ").replaceAll(".*(http://[^,]+),.*", "$1"));
      empty(tab, control);
      fill(control, stubs, rest);
      // The second boot meets a slow answer, so that the two differ.
      send("POST", control.resolve("faults"), "{\"spec\": \"GET:dev/*:1x:slow-first-byte=400ms\"}");
      Path main = folder.resolve("main.py");
      Files.writeString(main, Files.readString(main).replace("\"Hello\"", "\"Servus\""));
      dev.await("== ready");
      pictures(tab, control);
      forReadme(tab, control, Path.of(System.getProperty("par.screenshots")));
      dev.stop();
    }
  }

  /** What the page says while there is nothing to show. */
  private static void empty(Tab tab, URI control) throws IOException {
    tab.resize(1120, 700);
    tab.go(control);
    tab.awaitText("#connection", "Live");
    tab.evaluate("fetch('requests', {method: 'DELETE'})");
    tab.awaitText("#area-requests .summary", "0 requests");
    for (String area : AREAS) {
      picture(tab, control, area, "empty-" + area);
    }
  }

  private void fill(URI control, URI stubs, URI rest) throws Exception {
    URI endpoint = control.resolve("/");
    for (String key : List.of("acme/greeter/1.2.0/greeter.apkg", "acme/prompts/welcome.md")) {
      put(control, BUCKET, key, key.endsWith(".md") ? "Welcome!" : "x".repeat(48_211));
    }
    put(control, "customer-exports", "2026/november.csv", "id,name\n");
    send("PUT", control.resolve("policy"), POLICY);
    send(
        "POST",
        control.resolve("faults"),
        "{\"spec\": \"GET:acme/prompts/*:after=1:2x:slow-down\"}");
    send("POST", control.resolve("faults"), "{\"spec\": \"LIST:acme/:always:unavailable=3s\"}");
    for (String path :
        List.of(
            "/pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg",
            "/pixell-agent-packages/acme/prompts/welcome.md",
            "/pixell-agent-packages?list-type=2&prefix=acme%2F",
            "/pixell-agent-packages/acme/prompts/welcome.md",
            "/customer-exports/2026/november.csv",
            "/pixell-agent-packages/acme/prompts/goodbye.md",
            "/pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg")) {
      HttpRequest request = HttpRequest.newBuilder(endpoint.resolve(path)).build();
      http.send(Signer.ofDefaultIdentity().sign(request), BodyHandlers.discarding());
    }
    send("GET", stubs.resolve("/v1/models"), "");
    send("POST", stubs.resolve("/v1/chat/completions"), "{\"model\": \"large\"}");
    URI invoke = rest.resolve("/invoke");
    send("POST", invoke, "{\"action\": \"greet\", \"name\": \"Ada\"}");
    send("POST", invoke, "{\"action\": \"dance\"}");
  }

  private void put(URI control, String bucket, String key, String content) throws Exception {
    String path = "objects/" + bucket + "/" + URLEncoder.encode(key, UTF_8);
    send("PUT", control.resolve(path), content);
  }

  private void send(String method, URI uri, String body) throws Exception {
    http.send(
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofString(body)).build(),
        BodyHandlers.discarding());
  }

  /** Every area in both themes and in a narrow window. */
  private static void pictures(Tab tab, URI control) throws IOException {
    for (String scheme : List.of("light", "dark")) {
      tab.prefer("prefers-color-scheme", scheme);
      tab.resize(1120, 700);
      for (String area : AREAS) {
        picture(tab, control, area, scheme + "-" + area);
      }
      tab.press("?");
      shot(tab, scheme + "-keys");
      tab.press("Escape");
      area(tab, control, "requests");
      tab.click(".rows .row.denied");
      shot(tab, scheme + "-denied");
      tab.resize(380, 740);
      shot(tab, scheme + "-narrow-denied");
      tab.press("Escape");
      for (String area : AREAS) {
        picture(tab, control, area, scheme + "-narrow-" + area);
      }
    }
  }

  private static void forReadme(Tab tab, URI control, Path directory) throws IOException {
    Files.createDirectories(directory);
    tab.resize(1120, 660);
    tab.prefer("prefers-color-scheme", "light");
    area(tab, control, "requests");
    tab.click(".rows .row.denied");
    settle(tab);
    tab.screenshot(directory.resolve("requests.png"));
    tab.prefer("prefers-color-scheme", "dark");
    area(tab, control, "agent");
    settle(tab);
    tab.screenshot(directory.resolve("agent.png"));
    for (String name : List.of("requests.png", "agent.png")) {
      assertThat(Files.size(directory.resolve(name))).as(name).isBetween(20_000L, 150_000L);
    }
  }

  private static void area(Tab tab, URI control, String area) {
    tab.go(control);
    tab.awaitText("#connection", "Live");
    tab.evaluate("location.hash = " + Tab.quoted(area));
    tab.await("!document.getElementById('area-" + area + "').hidden");
  }

  private static void picture(Tab tab, URI control, String area, String name) throws IOException {
    area(tab, control, area);
    shot(tab, name);
  }

  private static void shot(Tab tab, String name) throws IOException {
    settle(tab);
    Path directory = Files.createDirectories(Path.of("target/page"));
    tab.screenshot(directory.resolve(name + ".png"));
  }

  /** Waits until the page has drawn what it asked for. */
  private static void settle(Tab tab) {
    tab.evaluate(
        "new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 400))");
  }
}
