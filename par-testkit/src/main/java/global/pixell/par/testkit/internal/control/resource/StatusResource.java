package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.testkit.internal.control.context.ControlContext;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.server.FakeServer;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code /_par/status}: the fake at a glance. */
public final class StatusResource {

  private final FakeServer server;
  private final ControlContext context;

  public StatusResource(FakeServer server, ControlContext context) {
    this.server = server;
    this.context = context;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    return ControlResponse.json(fields());
  }

  public Map<String, ?> fields() {
    URI endpoint = context.endpoint().get();
    List<JournalEntry> entries = server.journal().entries();
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("endpoint", endpoint);
    fields.put("control", endpoint + "/_par/");
    fields.put("region", server.store().region());
    fields.put("environment", context.environment().get());
    fields.put("directory", context.directory().map(Object::toString).orElse(null));
    fields.put("started", server.started());
    fields.put("uptime_ms", Duration.between(server.started(), Instant.now()).toMillis());
    fields.put("requests", server.journal().total());
    fields.put("kept_requests", server.journal().capacity());
    fields.put("denied", entries.stream().filter(RequestQuery::isDenied).count());
    fields.put("faulted", entries.stream().filter(entry -> !entry.fault().isEmpty()).count());
    fields.put("pid", ProcessHandle.current().pid());
    fields.put("version", ParVersion.current());
    fields.put("clock", ClockResource.fields(context.clock()));
    fields.put("network", NetworkResource.fields(server.network()));
    fields.put(
        "stubs",
        context.attachments().stubs().map(stubs -> Map.of("url", stubs.url())).orElse(null));
    fields.put("agent", context.attachments().agent().isPresent());
    return fields;
  }
}
