package global.pixell.par.internal.testing;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.ResponseDefinitionBuilder;
import com.github.tomakehurst.wiremock.http.HttpHeader;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import global.pixell.par.internal.testing.ScriptedServer.Answer;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * WireMock, for tests that need complete HTTP answers: one for each request in the given order,
 * then the last one again. Tests that count connections or bytes, or need a broken answer, use
 * {@link ScriptedServer}.
 *
 * <p>Keeps started servers for the next test in the JVM, because a start is slow.
 */
public final class StubServer implements AutoCloseable {

  private static final Queue<WireMockServer> IDLE = new ConcurrentLinkedQueue<>();

  private final WireMockServer server;

  public StubServer(Answer... answers) {
    WireMockServer idle = IDLE.poll();
    server = idle == null ? start() : idle;
    for (int i = 0; i < answers.length; i++) {
      server.stubFor(
          any(anyUrl())
              .inScenario("script")
              .whenScenarioStateIs(i == 0 ? STARTED : String.valueOf(i))
              .willSetStateTo(
                  i + 1 < answers.length
                      ? String.valueOf(i + 1)
                      : (i == 0 ? STARTED : String.valueOf(i)))
              .willReturn(response(answers[i])));
    }
  }

  private static WireMockServer start() {
    var server =
        new WireMockServer(
            wireMockConfig()
                .bindAddress("127.0.0.1")
                .dynamicPort()
                .gzipDisabled(true)
                .maxLoggedResponseSize(1024)
                .stubRequestLoggingDisabled(true));
    server.start();
    return server;
  }

  private static ResponseDefinitionBuilder response(Answer answer) {
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    var headers = new LinkedHashMap<String, String>();
    headers.put("Date", ScriptedServer.date(Instant.now()));
    headers.put("Content-Length", String.valueOf(body.length));
    headers.putAll(answer.headers());
    headers.values().removeIf(String::isEmpty);
    ResponseDefinitionBuilder response = aResponse().withStatus(answer.status()).withBody(body);
    headers.forEach(response::withHeader);
    return response;
  }

  public URI endpoint() {
    return URI.create(server.baseUrl().replace("localhost", "127.0.0.1"));
  }

  /** The received requests, oldest first. */
  public List<ScriptedServer.Request> requests() {
    List<ServeEvent> events = new ArrayList<>(server.getAllServeEvents());
    Collections.reverse(events);
    return events.stream().map(event -> request(event.getRequest())).toList();
  }

  private static ScriptedServer.Request request(Request request) {
    var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
    for (HttpHeader header : request.getHeaders().all()) {
      headers.put(header.key(), header.firstValue());
    }
    return new ScriptedServer.Request(request.getMethod().value(), request.getUrl(), headers);
  }

  @Override
  public void close() {
    server.resetAll();
    IDLE.add(server);
  }
}
