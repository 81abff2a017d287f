package global.pixell.par.testkit.internal.stub;

import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.junit.ParExtension;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The WireMock of tests, {@code serve} and {@code dev}. */
@Timeout(60)
class StubServerTest {

  private final HttpClient client = HttpClient.newHttpClient();
  private final List<String> notes = new CopyOnWriteArrayList<>();
  @TempDir private Path directory;

  private StubServer start(Optional<String> recordFrom) {
    return StubServer.start(
        new StubServer.Settings(Optional.of(directory), recordFrom, Optional.of(notes::add)));
  }

  @Test
  void an_edited_mapping_file_applies_to_the_next_call() throws Exception {
    write("a.json", mapping("/a", "first"));
    write("b.json", mapping("/b", "stays"));
    try (StubServer stubs = start(Optional.empty())) {
      WireMockServer server = (WireMockServer) stubs.instance(WireMockServer.class.getName());
      server.stubFor(get("/code").willReturn(ok("added by code")));
      assertThat(call(stubs, "/a")).isEqualTo("first");

      write("a.json", mapping("/a", "second one"));
      write("new/c.json", "{\"mappings\": [" + mapping("/c", "c") + "]}");
      assertThat(call(stubs, "/a")).isEqualTo("second one");
      assertThat(call(stubs, "/c")).isEqualTo("c");

      write("a.json", "{ \"request\": ");
      assertThat(call(stubs, "/a")).isEqualTo("second one");

      Files.delete(directory.resolve("mappings/a.json"));
      assertThat(call(stubs, "/a")).contains("Request was not matched");
      assertThat(call(stubs, "/b")).isEqualTo("stays");
      assertThat(call(stubs, "/code")).isEqualTo("added by code");
      assertThat(stubs.mappings()).isEqualTo(3);
      assertThat(stubs.unmatched())
          .singleElement()
          .satisfies(
              unmatched -> {
                assertThat(unmatched.method()).isEqualTo("GET");
                assertThat(unmatched.url()).isEqualTo("/a");
                assertThat(unmatched.closest()).contains("expected").contains("/a");
              });
    }
    assertThat(notes)
        .anySatisfy(
            note ->
                assertThat(note).contains("a.json is invalid: ").endsWith("; its old stubs stay"))
        .contains(
            "stubs: a.json read again",
            "stubs: a.json is gone, and its stubs with it",
            "stubs: no stub matches GET /a");
  }

  @Test
  void a_directory_inside_a_jar_of_the_class_path_is_copied_until_it_is_closed() throws Exception {
    Path file = directory.resolve("team.jar");
    try (var jar = new JarOutputStream(Files.newOutputStream(file))) {
      for (String name : List.of("stubs/", "stubs/mappings/", "stubs/mappings/a.json", "other")) {
        jar.putNextEntry(new JarEntry(name));
        jar.write(name.endsWith(".json") ? mapping("/a", "of a jar").getBytes(UTF_8) : new byte[0]);
      }
    }
    Path copy;
    try (var classPath = new URLClassLoader(new URL[] {file.toUri().toURL()}, null);
        StubDirectory found = StubDirectory.find("stubs", classPath)) {
      copy = found.path();
      try (StubServer stubs =
          StubServer.start(
              new StubServer.Settings(Optional.of(copy), Optional.empty(), Optional.empty()))) {
        assertThat(call(stubs, "/a")).isEqualTo("of a jar");
      }
      assertThat(copy.resolve("other")).doesNotExist();
    }
    assertThat(copy).doesNotExist();
  }

  @Test
  void a_reset_forgets_calls_and_what_code_added() throws Exception {
    write("a.json", mapping("/a", "first"));
    try (StubServer stubs = start(Optional.empty())) {
      WireMockServer server = (WireMockServer) stubs.instance(WireMockServer.class.getName());
      server.stubFor(get("/code").willReturn(ok()));
      call(stubs, "/nothing");

      stubs.reset();

      assertThat(stubs.unmatched()).isEmpty();
      assertThat(stubs.mappings()).isEqualTo(1);
      stubs.checkUnmatched();
    }
  }

  @Test
  void a_recording_has_no_credentials_and_answers_without_the_api() throws Exception {
    try (StubServer api =
        StubServer.start(
            new StubServer.Settings(Optional.empty(), Optional.empty(), Optional.empty()))) {
      WireMockServer real = (WireMockServer) api.instance(WireMockServer.class.getName());
      real.stubFor(
          any(anyUrl())
              .willReturn(
                  ok("from the api")
                      .withHeader("Set-Cookie", "session=COOKIE-SECRET")
                      .withHeader("X-Kept", "yes")));
      try (StubServer recorder = start(Optional.of(api.baseUrl()))) {
        String answer =
            client
                .send(
                    HttpRequest.newBuilder(
                            URI.create(recorder.baseUrl() + "/v1/chat?key=QUERY-SECRET&alt=a%20b"))
                        .header("Authorization", "Bearer HEADER-SECRET")
                        .header("Cookie", "session=COOKIE-SECRET")
                        .POST(BodyPublishers.ofString("{\"model\": \"small\"}"))
                        .build(),
                    BodyHandlers.ofString())
                .body();
        assertThat(answer).isEqualTo("from the api");
      }
      assertThat(real.getAllServeEvents())
          .singleElement()
          .satisfies(
              event -> {
                LoggedRequest request = event.getRequest();
                assertThat(request.getHeader("Authorization")).isEqualTo("Bearer HEADER-SECRET");
                assertThat(request.getUrl()).contains("QUERY-SECRET");
              });
    }
    assertThat(recorded())
        .doesNotContain("SECRET")
        .contains("/v1/chat")
        .contains("X-Kept")
        .doesNotContain("Matched-Stub-Id")
        .contains("small");
    assertThat(notes).anyMatch(note -> note.startsWith("stubs: 1 call recorded"));

    try (StubServer replay = start(Optional.empty())) {
      String answer =
          client
              .send(
                  HttpRequest.newBuilder(URI.create(replay.baseUrl() + "/v1/chat?alt=a%20b&key=x"))
                      .POST(BodyPublishers.ofString("{\"model\": \"small\"}"))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      assertThat(answer).isEqualTo("from the api");
    }
  }

  @Test
  void files_that_cannot_be_stubs_are_named() throws IOException {
    write("a.json", "{ \"reqest\": {} }");
    assertThatThrownBy(() -> start(Optional.empty()))
        .isInstanceOf(InvalidStubsException.class)
        .hasMessageStartingWith(
            "the mapping file " + directory.resolve("mappings/a.json") + " is invalid: ")
        .hasMessageContaining("reqest");

    Path misplaced = Files.createDirectory(directory.resolve("misplaced"));
    Files.writeString(misplaced.resolve("a.json"), "{}");
    assertThatThrownBy(() -> StubDirectory.checked(misplaced))
        .hasMessage(
            "mapping files must be in "
                + misplaced.resolve("mappings")
                + ", and "
                + misplaced.resolve("a.json")
                + " is not");
    assertThatThrownBy(() -> StubDirectory.checked(directory.resolve("none")))
        .hasMessage(
            "stubs must be in a directory, and '" + directory.resolve("none") + "' is not one");
  }

  @Test
  void without_wiremock_only_stubs_are_missing() throws Exception {
    URL[] classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.contains("wiremock"))
            .map(StubServerTest::url)
            .toArray(URL[]::new);
    try (var loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
      assertThatThrownBy(() -> loader.loadClass(WireMockServer.class.getName()))
          .isInstanceOf(ClassNotFoundException.class);
      Object s3 = loader.loadClass(FakeS3.class.getName()).getMethod("start").invoke(null);
      s3.getClass().getMethod("close").invoke(s3);
      Class<?> extension = Class.forName(ParExtension.class.getName(), true, loader);
      assertThat(extension.getMethod("create").invoke(null)).isNotNull();
      assertThat(extension.getDeclaredMethods()).isNotEmpty();
      Class<?> settings = loader.loadClass(StubServer.Settings.class.getName());
      Object none =
          settings
              .getConstructor(Optional.class, Optional.class, Optional.class)
              .newInstance(Optional.empty(), Optional.empty(), Optional.empty());

      assertThatThrownBy(
              () ->
                  loader
                      .loadClass(StubServer.class.getName())
                      .getMethod("start", settings)
                      .invoke(null, none))
          .hasRootCauseInstanceOf(ClassNotFoundException.class)
          .cause()
          .isInstanceOf(IllegalStateException.class)
          .hasMessage(
              "stubs need WireMock: add org.wiremock:wiremock-standalone 3.13 to the test"
                  + " dependencies");
    }
  }

  private static URL url(String entry) {
    try {
      return Path.of(entry).toUri().toURL();
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String mapping(String url, String body) {
    return "{\"request\": {\"method\": \"GET\", \"url\": \""
        + url
        + "\"}, \"response\": {\"body\": \""
        + body
        + "\"}}";
  }

  private void write(String name, String content) throws IOException {
    Path file = directory.resolve("mappings").resolve(name);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, content);
  }

  private String call(StubServer stubs, String path) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(stubs.baseUrl() + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  private String recorded() throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(Files::isRegularFile)
          .map(
              file -> {
                try {
                  return Files.readString(file);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              })
          .collect(Collectors.joining("\n"));
    }
  }
}
