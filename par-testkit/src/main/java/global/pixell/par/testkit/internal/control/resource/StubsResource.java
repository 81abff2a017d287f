package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.control.context.StubsView;
import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /_par/stubs}: the stubs for what the agent calls. */
public final class StubsResource {

  private final Attachments attachments;
  private final EventLog events;

  public StubsResource(Attachments attachments, EventLog events) {
    this.attachments = attachments;
    this.events = events;
  }

  private StubsView stubs() throws ControlException {
    return attachments
        .stubs()
        .orElseThrow(
            () ->
                ControlException.notFound(
                    "This fake runs no stubs.", "Start it with --stubs DIR."));
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    StubsView stubs = stubs();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("url", stubs.url());
    fields.put("mappings", stubs.mappings());
    fields.put("unmatched", stubs.unmatched());
    return ControlResponse.json(fields);
  }

  public ControlResponse delete(ControlRequest request) throws ControlException {
    request.requirePath(2);
    request.requireOnly();
    if (!request.segment(1).equals("requests")) {
      throw ControlException.notFound(
          "The stubs themselves are files.", "DELETE /_par/stubs/requests forgets the calls.");
    }
    stubs().resetRequests();
    events.publish("reset", () -> Map.of("what", List.of("stubs")));
    return ControlResponse.noContent();
  }
}
