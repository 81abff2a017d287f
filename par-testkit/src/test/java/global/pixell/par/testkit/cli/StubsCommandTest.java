package global.pixell.par.testkit.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.stub.StubServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code --stubs} and {@code --record}, as processes. */
@Timeout(300)
class StubsCommandTest {

  private static final String AGENT =
      """
      python3 -c 'import os, urllib.request
      call = urllib.request.Request(os.environ["API_URL"] + "/models", headers={"Authorization": "hush"})
      print(urllib.request.urlopen(call).read().decode())'
      echo up
      sleep 600
      """;

  @TempDir private Path work;

  @Test
  void dev_records_what_an_agent_calls_and_then_answers_without_the_api() throws Exception {
    Path folder = Files.createDirectory(work.resolve("asker"));
    Path stubs = folder.resolve("stubs");
    Files.writeString(
        folder.resolve("agent.yaml"),
        "name: asker\nversion: 1.0.0\ncommand: [sh, run.sh]\nready: {line: up}\n");
    Files.writeString(folder.resolve("run.sh"), AGENT);
    try (StubServer api =
        StubServer.start(
            new StubServer.Settings(Optional.empty(), Optional.empty(), Optional.empty()))) {
      ((WireMockServer) api.instance(WireMockServer.class.getName()))
          .stubFor(get("/v1/models").willReturn(ok("three models")));
      try (var dev =
          new RunningCommand(
              Map.of("HOME", "" + work),
              "dev",
              "" + folder,
              "--record",
              api.baseUrl(),
              "--stubs",
              "" + stubs,
              "-e",
              "API_URL={stubs}/v1")) {
        assertThat(dev.awaitContaining("agent  ")).endsWith("agent  three models");
        assertThat(dev.stop()).isZero();
      }
    }
    Path recorded;
    try (var files = Files.list(stubs.resolve("mappings"))) {
      recorded = files.findFirst().orElseThrow();
    }
    assertThat(recorded).content().contains("/v1/models").doesNotContain("hush");

    try (var dev =
        new RunningCommand(
            Map.of("HOME", "" + work),
            "dev",
            "" + folder,
            "--stubs",
            "" + stubs,
            "--env-file",
            "" + Files.writeString(work.resolve("variables"), "API_URL={stubs}/v1\n"))) {
      assertThat(dev.await("== stubs: http://127.0.0.1:")).endsWith(", 1 mapping");
      assertThat(dev.await("== stubs: "))
          .contains("stubs/ is a part of the package")
          .endsWith("the line stubs/ in .parignore leaves it out");
      assertThat(dev.awaitContaining("agent  ")).endsWith("agent  three models");
      assertThat(dev.stop()).isZero();
    }
  }

  @Test
  void serve_runs_stubs_beside_the_fake_and_tells_their_address() throws Exception {
    Path mappings = Files.createDirectories(work.resolve("mappings"));
    Files.writeString(
        mappings.resolve("a.json"),
        "{\"request\": {\"url\": \"/a\"}, \"response\": {\"body\": \"from a stub\"}}");
    try (var serve = new RunningCommand("serve", "--port", "0", "--json", "--stubs", "" + work)) {
      Map<String, ?> told = Json.read(serve.await("{"));

      assertThat(call(told.get("stubs") + "/a")).isEqualTo("from a stub");
      call(told.get("stubs") + "/b");
      assertThat(serve.await("stubs: ")).isEqualTo("stubs: no stub matches GET /b");

      post(told.get("stubs") + "/__admin/mappings", "{\"request\": {\"url\": \"/b\"}}");
      assertThat(call(told.get("control") + "stubs"))
          .contains("\"mappings\":2")
          .contains("\"url\":\"/b\"");
      assertThat(post(told.get("control") + "reset", "{\"what\": [\"stubs\"]}")).isEqualTo(204);
      assertThat(call(told.get("control") + "stubs"))
          .contains("\"mappings\":1")
          .contains("\"unmatched\":[]");
      assertThat(serve.stop()).isZero();
      // WireMock's copy of SLF4J could complain about the provider of PAR.
      assertThat(serve.lines()).noneMatch(line -> line.contains("SLF4J"));
    }
  }

  @Test
  void without_stubs_nothing_of_wiremock_is_loaded() throws Exception {
    Path classes = work.resolve("classes");
    try (var serve =
        new RunningCommand(
            Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load:file=" + classes),
            "serve",
            "--port",
            "0",
            "--json")) {
      assertThat(Json.read(serve.await("{"))).containsEntry("stubs", null);
      assertThat(serve.stop()).isZero();
    }
    assertThat(classes).content().contains("FakeS3").doesNotContain("wiremock.WireMock");
  }

  private static int post(String url, String json) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build(),
            BodyHandlers.discarding())
        .statusCode();
  }

  private static String call(String url) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(url)).build(), BodyHandlers.ofString())
        .body();
  }
}
