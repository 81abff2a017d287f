package global.pixell.par.testkit.internal.control;

import global.pixell.par.ParException;
import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.event.EventStream;
import global.pixell.par.testkit.internal.control.http.AccessGuard;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.control.page.PageFile;
import global.pixell.par.testkit.internal.control.resource.AgentResource;
import global.pixell.par.testkit.internal.control.resource.BucketsResource;
import global.pixell.par.testkit.internal.control.resource.ClockResource;
import global.pixell.par.testkit.internal.control.resource.CodeResource;
import global.pixell.par.testkit.internal.control.resource.FaultsResource;
import global.pixell.par.testkit.internal.control.resource.NetworkResource;
import global.pixell.par.testkit.internal.control.resource.ObjectsResource;
import global.pixell.par.testkit.internal.control.resource.PolicyResource;
import global.pixell.par.testkit.internal.control.resource.RequestsResource;
import global.pixell.par.testkit.internal.control.resource.ResetResource;
import global.pixell.par.testkit.internal.control.resource.StatusResource;
import global.pixell.par.testkit.internal.control.resource.StubsResource;
import global.pixell.par.testkit.internal.http.HttpConnection;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.LoopbackHttpServer;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Answers the requests under {@code /_par/}. These are not requests to S3: faults and limits of the
 * network do not apply to them, and the journal does not record them.
 */
public final class ControlHandler implements LoopbackHttpServer.Handler {

  /** The time limit for a body that does not arrive. */
  private static final Duration BODY_TIMEOUT = Duration.ofSeconds(10);

  /** Answers one kind of request. */
  interface Route {
    ControlResponse answer(ControlRequest request) throws IOException, ControlException;
  }

  private final Map<String, Map<String, Route>> routes = new TreeMap<>();
  private final AccessGuard guard;
  private final EventStream stream;

  /** Creates the API of one fake. */
  public ControlHandler(FakeServer server, ControlContext context) {
    guard = new AccessGuard(context.access());
    var status = new StatusResource(server, context);
    stream = new EventStream(context.events(), status::fields);
    routes.put("status", Map.of("GET", status::get));
    var requests = new RequestsResource(server.journal(), context.events());
    routes.put("requests", Map.of("GET", requests::get, "DELETE", requests::delete));
    var faults = new FaultsResource(server.faults(), context.events());
    routes.put(
        "faults", Map.of("GET", faults::get, "POST", faults::post, "DELETE", faults::delete));
    var clock = new ClockResource(context.clock(), context.events());
    routes.put("clock", Map.of("GET", clock::get, "PATCH", clock::patch));
    var network = new NetworkResource(server, context.events());
    routes.put("network", Map.of("GET", network::get, "PATCH", network::patch));
    routes.put("objects", Map.of("PUT", new ObjectsResource(server)::put));
    var buckets = new BucketsResource(server, context);
    routes.put(
        "buckets", Map.of("GET", buckets::get, "PUT", buckets::put, "DELETE", buckets::delete));
    var policy = new PolicyResource(context.owner(), server.journal(), context.events());
    routes.put("policy", Map.of("GET", policy::get, "PUT", policy::put, "DELETE", policy::delete));
    routes.put("grants", Map.of("GET", policy::grants));
    routes.put("code", Map.of("GET", new CodeResource(server, context)::get));
    routes.put("agent", Map.of("GET", new AgentResource(context.attachments())::get));
    var stubs = new StubsResource(context.attachments(), context.events());
    routes.put("stubs", Map.of("GET", stubs::get, "DELETE", stubs::delete));
    routes.put("reset", Map.of("POST", new ResetResource(server, context)::post));
  }

  @Override
  public void handle(HttpRequest wire, HttpConnection connection) throws IOException {
    connection.socket().setSoTimeout((int) BODY_TIMEOUT.toMillis());
    ControlResponse response;
    try {
      if (wire.target().startsWith("/_localstack")) {
        response = localstack(wire);
      } else {
        ControlRequest request = ControlRequest.of(wire);
        guard.check(wire, connection.socket().getInetAddress(), request.path().isEmpty());
        if (request.path().equals(List.of("events"))) {
          if (!request.method().equals("GET")) {
            throw methodNotAllowed(request, "GET");
          }
          stream.serve(request, connection);
          return;
        }
        response = answer(request);
      }
    } catch (ControlException e) {
      response = ControlResponse.error(e);
    } catch (ParException e) {
      response =
          ControlResponse.error(
              ControlException.badRequest(String.valueOf(e.getMessage()), e.hint()));
    } catch (S3ErrorException e) {
      response =
          ControlResponse.error(
              new ControlException(
                  e.status(), e.code() + ": " + e.getMessage(), "Change the request."));
    } catch (RuntimeException | StackOverflowError bug) {
      response =
          ControlResponse.error(
              new ControlException(
                  500, "The control API failed: " + bug, "This is a fault of the testkit."));
    }
    send(response, wire, connection);
  }

  private static void send(ControlResponse response, HttpRequest wire, HttpConnection connection)
      throws IOException {
    boolean headOnly = wire.method().equals("HEAD");
    if (response.status() >= 400 && wire.hasBody()) {
      // The rest of a refused body may be long, or never come.
      response.with("Connection", "close").send(connection, headOnly);
      connection.close();
      return;
    }
    response.send(connection, headOnly);
    connection.socket().setSoTimeout(0);
  }

  private ControlResponse answer(ControlRequest request) throws IOException, ControlException {
    Optional<ControlResponse> page = page(request);
    if (page.isPresent()) {
      return page.get();
    }
    Map<String, Route> methods = routes.get(request.segment(0));
    if (methods == null) {
      throw ControlException.notFound(
          "There is nothing at " + request.wire().target() + ".",
          "There are " + String.join(", ", routes.keySet()) + " and events under /_par/.");
    }
    Route route = methods.get(request.headOnly() ? "GET" : request.method());
    if (route == null) {
      throw methodNotAllowed(request, String.join(", ", new TreeMap<>(methods).keySet()));
    }
    return route.answer(request);
  }

  /** A file of the page; empty when the request is for something else. */
  private static Optional<ControlResponse> page(ControlRequest request) {
    if (request.path().size() > 1 || !(request.headOnly() || request.method().equals("GET"))) {
      return Optional.empty();
    }
    String path = request.wire().target().split("\\?", 2)[0];
    if (path.equals("/_par")) {
      // The page names its files relative to the directory.
      return Optional.of(new ControlResponse(308, Map.of("Location", "/_par/"), new byte[0]));
    }
    return PageFile.find(request.segment(0))
        .map(file -> new ControlResponse(200, headers(file), file.content()));
  }

  private static Map<String, String> headers(PageFile file) {
    var headers = new LinkedHashMap<>(PageFile.HEADERS);
    headers.put("Content-Type", file.contentType());
    return headers;
  }

  private static ControlException methodNotAllowed(ControlRequest request, String allowed) {
    return new ControlException(
        405, request.method() + " is not possible here.", "Use " + allowed + ".");
  }

  /** Compose files wait for this address until the service is up. */
  private static ControlResponse localstack(HttpRequest wire) throws ControlException {
    if (!wire.target().split("\\?", 2)[0].equals("/_localstack/health")) {
      throw ControlException.notFound(
          "This is not LocalStack; of LocalStack's addresses it answers only /_localstack/health.",
          "The control API is at /_par/.");
    }
    var fields = new LinkedHashMap<String, Object>();
    fields.put("services", Map.of("s3", "running"));
    fields.put("edition", "par-testkit");
    fields.put("version", ParVersion.current());
    return ControlResponse.json(fields);
  }
}
