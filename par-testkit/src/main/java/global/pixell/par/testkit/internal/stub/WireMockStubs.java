package global.pixell.par.testkit.internal.stub;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.WireMock;
import com.github.tomakehurst.wiremock.core.WireMockConfiguration;
import com.github.tomakehurst.wiremock.extension.Parameters;
import com.github.tomakehurst.wiremock.extension.ServeEventListener;
import com.github.tomakehurst.wiremock.extension.requestfilter.RequestFilterAction;
import com.github.tomakehurst.wiremock.extension.requestfilter.StubRequestFilterV2;
import com.github.tomakehurst.wiremock.http.Request;
import com.github.tomakehurst.wiremock.junit5.WireMockRuntimeInfo;
import com.github.tomakehurst.wiremock.recording.RecordSpecBuilder;
import com.github.tomakehurst.wiremock.stubbing.ServeEvent;
import com.github.tomakehurst.wiremock.verification.LoggedRequest;
import com.github.tomakehurst.wiremock.verification.NearMiss;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** The server behind {@link StubServer}. */
final class WireMockStubs implements StubServer {

  /** Bodies above this size become files of their own. */
  private static final long INLINE_BYTES = 4096;

  private static final String HOST = "127.0.0.1";

  private final Optional<MappingFiles> files;
  private final Settings settings;
  private final Calls calls = new Calls();
  private final Server server;

  /** Says the address that it listens on: a client may take localhost for ::1. */
  private static final class Server extends WireMockServer {
    private Server(WireMockConfiguration options) {
      super(options);
    }

    @Override
    public String baseUrl() {
      return "http://" + HOST + ":" + port();
    }

    @Override
    public String url(String path) {
      return baseUrl() + (path.startsWith("/") ? "" : "/") + path;
    }
  }

  private WireMockStubs(Settings settings) {
    this.settings = settings;
    files = settings.directory().map(MappingFiles::new);
    WireMockConfiguration options =
        WireMockConfiguration.options()
            .dynamicPort()
            .bindAddress(HOST)
            .extensions(new RecordedSecrets());
    settings.directory().ifPresent(path -> options.usingFilesUnderDirectory(path.toString()));
    files.ifPresent(options::mappingSource);
    settings
        .notes()
        .ifPresent(notes -> options.extensions(new Reload(notes), new Unmatched(notes)));
    options.extensions(calls);
    server = new Server(options);
  }

  static WireMockStubs start(Settings settings) {
    var stubs = new WireMockStubs(settings);
    stubs.server.start();
    settings
        .recordFrom()
        .ifPresent(
            target ->
                stubs.server.startRecording(
                    new RecordSpecBuilder()
                        .forTarget(target)
                        .makeStubsPersistent(true)
                        .chooseBodyMatchTypeAutomatically()
                        .extractTextBodiesOver(INLINE_BYTES)
                        .extractBinaryBodiesOver(INLINE_BYTES)
                        .transformers("recorded-secrets")));
    return stubs;
  }

  /**
   * Reads changed mapping files before each call, so that an edit needs no watcher and no delay.
   */
  private final class Reload implements StubRequestFilterV2 {
    private final Consumer<String> notes;

    private Reload(Consumer<String> notes) {
      this.notes = notes;
    }

    @Override
    public String getName() {
      return "reload";
    }

    @Override
    public RequestFilterAction filter(Request request, ServeEvent event) {
      files.ifPresent(each -> each.reload(server, notes));
      return RequestFilterAction.continueWith(request);
    }
  }

  /**
   * The calls under way. WireMock writes a call into its journal once more after it has answered,
   * so a call that a client has finished can reappear after a reset.
   */
  private static final class Calls implements ServeEventListener {
    /** A call that a client abandons may never complete. */
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Set<UUID> open = new HashSet<>();

    @Override
    public String getName() {
      return "calls";
    }

    @Override
    public synchronized void beforeMatch(ServeEvent event, Parameters parameters) {
      open.add(event.getId());
    }

    @Override
    public synchronized void afterComplete(ServeEvent event, Parameters parameters) {
      open.remove(event.getId());
      notifyAll();
    }

    synchronized void awaitEnd() {
      long end = System.nanoTime() + MOST_NANOS;
      try {
        for (long left = MOST_NANOS; !open.isEmpty() && left > 0; left = end - System.nanoTime()) {
          TimeUnit.NANOSECONDS.timedWait(this, left);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      open.clear();
    }
  }

  /** Says which calls have no stub. */
  private static final class Unmatched implements ServeEventListener {
    private final Consumer<String> notes;

    private Unmatched(Consumer<String> notes) {
      this.notes = notes;
    }

    @Override
    public String getName() {
      return "unmatched";
    }

    @Override
    public void afterComplete(ServeEvent event, Parameters parameters) {
      if (!event.getWasMatched()) {
        LoggedRequest request = event.getRequest();
        notes.accept("stubs: no stub matches " + request.getMethod() + " " + request.getUrl());
      }
    }
  }

  @Override
  public String baseUrl() {
    return server.baseUrl();
  }

  @Override
  public Object instance(String type) {
    if (type.equals(WireMock.class.getName())) {
      return new WireMock(server);
    }
    return type.equals(WireMockServer.class.getName()) ? server : new WireMockRuntimeInfo(server);
  }

  @Override
  public void reset() {
    calls.awaitEnd();
    server.resetAll();
  }

  @Override
  public void resetRequests() {
    calls.awaitEnd();
    server.resetRequests();
  }

  @Override
  public int mappings() {
    return server.getStubMappings().size();
  }

  @Override
  public List<UnmatchedCall> unmatched() {
    return server.findAllUnmatchedRequests().stream()
        .map(
            request ->
                new UnmatchedCall(
                    request.getMethod().getName(),
                    request.getUrl(),
                    server.findNearMissesFor(request).stream()
                        .findFirst()
                        .map(NearMiss::toString)
                        .orElse("")))
        .toList();
  }

  @Override
  public void checkUnmatched() {
    calls.awaitEnd();
    server.checkForUnmatchedRequests();
  }

  @Override
  public synchronized void close() {
    try {
      if (settings.recordFrom().isPresent() && server.isRunning()) {
        int recorded = server.stopRecording().getStubMappings().size();
        settings
            .notes()
            .ifPresent(
                notes ->
                    notes.accept(
                        "stubs: "
                            + recorded
                            + (recorded == 1 ? " call" : " calls")
                            + " recorded; look for secrets in the bodies before you share the"
                            + " files"));
      }
    } finally {
      server.stop();
    }
  }
}
