package global.pixell.par.launcher.health;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The health of the task at one moment.
 *
 * @param state in one word
 * @param agentAppId the id of the agent app
 * @param since when this state began
 * @param checks the results of the checks
 * @param reason why it is not healthy, for people
 */
public record Health(
    State state,
    String agentAppId,
    Instant since,
    Map<String, Boolean> checks,
    Optional<String> reason) {

  /** The state in one word, which {@code /health} shows in lower case. */
  public enum State {
    /** Not ready yet. */
    STARTING,
    /** All is well. */
    READY,
    /** The agent is ready, but it is not from the configured package. */
    DEGRADED,
    /** The task is stopping. */
    STOPPING,
    /** The boot failed, or the agent's probe does. */
    FAILED
  }

  boolean ok() {
    return state == State.READY || state == State.DEGRADED;
  }

  Map<String, Object> toMap() {
    var map = new LinkedHashMap<String, Object>();
    map.put("state", state.name().toLowerCase(Locale.ROOT));
    map.put("ok", ok());
    map.put("agent_app_id", agentAppId);
    map.put("since", since.toString());
    reason.ifPresent(text -> map.put("reason", text));
    map.put("checks", checks);
    return map;
  }
}
