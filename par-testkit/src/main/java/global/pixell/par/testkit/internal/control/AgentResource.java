package global.pixell.par.testkit.internal.control;

/** {@code /_par/agent}: the agent that {@code dev} runs, and its log. */
final class AgentResource {

  private final Attachments attachments;

  AgentResource(Attachments attachments) {
    this.attachments = attachments;
  }

  ControlResponse get(ControlRequest request) throws ControlException {
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
