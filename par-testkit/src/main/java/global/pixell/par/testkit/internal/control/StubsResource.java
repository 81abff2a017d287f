package global.pixell.par.testkit.internal.control;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** {@code /_par/stubs}: the stubs for what the agent calls. */
final class StubsResource {

  private final Attachments attachments;
  private final EventLog events;

  StubsResource(Attachments attachments, EventLog events) {
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

  ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    StubsView stubs = stubs();
    var fields = new LinkedHashMap<String, Object>();
    fields.put("url", stubs.url());
    fields.put("mappings", stubs.mappings());
    fields.put("unmatched", stubs.unmatched());
    return ControlResponse.json(fields);
  }

  ControlResponse delete(ControlRequest request) throws ControlException {
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
