package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.context.AgentBoard;
import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.control.http.ControlResponse;

/** {@code /_par/agent}: the agent that {@code dev} runs, and its log. */
public final class AgentResource {

  private final Attachments attachments;

  public AgentResource(Attachments attachments) {
    this.attachments = attachments;
  }

  public ControlResponse get(ControlRequest request) throws ControlException {
    AgentBoard agent =
        attachments
            .agent()
            .orElseThrow(
                () ->
                    ControlException.notFound(
                        "This fake runs no agent.", "Start it with par-testkit dev DIR."));
    if (request.segment(1).equals("logs")) {
      request.requirePath(2);
      return agent.log().get(request);
    }
    request.requirePath(1);
    request.requireOnly();
    return ControlResponse.json(agent.fields());
  }
}
