package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.event.EventLog;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;
import global.pixell.par.testkit.internal.s3.request.RequestJournal;
import java.util.List;
import java.util.Map;

/** {@code /_par/requests}: the journal. */
public final class RequestsResource {

  private final RequestJournal journal;
  private final EventLog events;

  public RequestsResource(RequestJournal journal, EventLog events) {
    this.journal = journal;
    this.events = events;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    request.requirePath(1);
    return ControlResponse.json(new RequestQuery(request).run(journal.entries()));
  }

  public ControlResponse delete(ControlRequest request) throws ControlException {
    request.requirePath(1);
    request.requireOnly();
    journal.clear();
    events.publish("reset", () -> Map.of("what", List.of("requests")));
    return ControlResponse.noContent();
  }
}
