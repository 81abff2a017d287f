package global.pixell.par.testkit.junit;

import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.ok;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static global.pixell.par.testkit.junit.ParTest.Check.IGNORE;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code @ParTest(stubs = …)}: each test runs a sample class. */
@Timeout(60)
@SuppressWarnings("NullAway.Init") // The extension sets the fields.
class ParTestStubsTest {

  private static final Set<String> URLS = ConcurrentHashMap.newKeySet();
  private static final AtomicInteger RUNNING = new AtomicInteger();

  @Test
  void a_class_has_one_wiremock_which_is_reset_between_its_tests() {
    assertThat(JunitRun.passed(Sample.class)).isEqualTo(5);
    assertThat(URLS).hasSize(1).allMatch(url -> url.startsWith("http://127.0.0.1:"));
  }

  @ParTest(stubs = "stubs")
  static class Sample {
    @ParTest.Inject private WireMockServer field;

    @BeforeAll
    static void all(WireMock stubs) {
      assertThat(stubs).isNotNull();
    }

    @Test
    void answers_from_its_files(WireMock stubs, WireMockServer server) throws Exception {
      assertThat(server).isSameAs(field);
      assertThat(send(server.baseUrl(), "POST", "/v1/chat/completions"))
          .contains("Hello from a stub.");
      stubs.verifyThat(1, postRequestedFor(urlEqualTo("/v1/chat/completions")));
    }

    @Test
    void forgets_what_another_test_did(WireMock stubs, WireMockServer server) throws Exception {
      check(stubs, server);
    }

    @Test
    void forgets_what_another_test_did_again(WireMock stubs, WireMockServer server)
        throws Exception {
      check(stubs, server);
    }

    private static void check(WireMock stubs, WireMockServer server) throws Exception {
      assertThat(RUNNING.incrementAndGet()).isEqualTo(1);
      URLS.add(server.baseUrl());
      assertThat(stubs.allStubMappings().getMappings()).hasSize(1);
      assertThat(stubs.getServeEvents()).isEmpty();
      stubs.register(get("/only-here").willReturn(ok("here")));
      assertThat(send(server.url("only-here"), "GET", "")).isEqualTo("here");
      RUNNING.decrementAndGet();
    }

    @Nested
    class Within {
      @Test
      void has_it_too(WireMockRuntimeInfo stubs) {
        URLS.add("http://127.0.0.1:" + stubs.getHttpPort());
      }
    }

    @Test
    @ParTest(stubs = "stubs", unmatched = IGNORE)
    void may_ignore_an_unmatched_call(WireMockServer server) throws Exception {
      send(server.baseUrl(), "GET", "/v1/models");
    }
  }

  @Test
  void a_method_with_an_annotation_of_its_own_shares_nothing_with_its_class() {
    assertThat(JunitRun.passed(WithMethodOfItsOwn.class)).isEqualTo(2);
  }

  @ParTest(stubs = "stubs", scope = ParTest.Scope.CLASS)
  static class WithMethodOfItsOwn {
    private static final Set<Object> SERVERS = ConcurrentHashMap.newKeySet();

    @BeforeAll
    static void all(WireMockServer stubs, FakeS3 s3) {
      SERVERS.addAll(Set.of(stubs, s3));
    }

    @Test
    void has_those_of_the_class(WireMockServer stubs, FakeS3 s3) {
      assertThat(SERVERS).contains(stubs, s3);
    }

    @Test
    @ParTest(stubs = ParTest.IN_CODE)
    void has_its_own(WireMockServer stubs, FakeS3 s3) {
      assertThat(SERVERS).doesNotContain(stubs, s3);
      assertThat(stubs.getStubMappings()).isEmpty();
    }
  }

  @Test
  void a_call_without_a_stub_fails_the_test_with_the_near_misses() {
    assertThat(JunitRun.failures(WithUnmatchedCall.class))
        .singleElement()
        .asString()
        .contains("POST")
        .contains("/v1/chat/completions")
        .contains("Closest stub mapping was")
        .containsPattern("/v1/chat/completion\\s");
  }

  @ParTest(stubs = "stubs")
  static class WithUnmatchedCall {
    @Test
    void misspells(WireMockServer server) throws Exception {
      send(server.baseUrl(), "POST", "/v1/chat/completion");
    }
  }

  @Test
  void a_directory_that_cannot_be_used_is_named() {
    assertThat(JunitRun.failures(WithMissingDirectory.class))
        .singleElement()
        .asString()
        .startsWith("there is no directory 'stubbs' with stubs, neither in ")
        .endsWith(" nor on the class path");
  }

  @ParTest(stubs = "stubbs")
  static class WithMissingDirectory {
    @Test
    void never_runs() {}
  }

  @Test
  void stubs_may_be_in_the_code_only() {
    assertThat(JunitRun.passed(InCode.class)).isEqualTo(1);
    assertThat(JunitRun.passed(Registered.class)).isEqualTo(1);
  }

  @ParTest(stubs = ParTest.IN_CODE)
  static class InCode {
    @Test
    void answers(WireMockServer stubs) throws Exception {
      stubs.stubFor(get("/x").willReturn(ok("code")));
      assertThat(send(stubs.baseUrl(), "GET", "/x")).isEqualTo("code");
    }
  }

  static class Registered {
    @RegisterExtension
    static final ParExtension PAR = ParExtension.withStubs("src/test/resources/stubs");

    @Test
    void answers() throws Exception {
      assertThat(send(PAR.stubsUrl(), "POST", "/v1/chat/completions")).contains("Hello");
    }
  }

  @ParTest(stubs = "stubs")
  @Test
  void an_agent_calls_its_model(FakeS3 s3, WireMock stubs, WireMockServer server) {
    s3.put("pixell-agent-packages", "acme/asker/1.0.0/asker.apkg", asker());

    try (AgentRun run =
        AgentRun.boot(
            s3, "acme/asker@1.0.0", Map.of("OPENAI_BASE_URL", server.baseUrl() + "/v1"))) {
      run.await("Agent output");
      assertThat(run.log().toString()).contains("Hello from a stub.");
    }
    stubs.verifyThat(1, postRequestedFor(urlEqualTo("/v1/chat/completions")));
  }

  /** An agent that asks the model once. */
  private static byte[] asker() {
    return Apkg.named("asker")
        .version("1.0.0")
        .command("python3", "main.py")
        .file(
            "main.py",
            """
            import os, urllib.request
            url = os.environ["OPENAI_BASE_URL"] + "/chat/completions"
            print(urllib.request.urlopen(url, b"{}").read().decode())
            """)
        .build();
  }

  private static String send(String base, String method, String path) throws IOException {
    try {
      return HttpClient.newHttpClient()
          .send(
              HttpRequest.newBuilder(URI.create(base + path))
                  .method(method, BodyPublishers.ofString("{}"))
                  .build(),
              BodyHandlers.ofString())
          .body();
    } catch (InterruptedException e) {
      throw new UncheckedIOException(new IOException(e));
    }
  }
}
