package global.pixell.par.launcher.health;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** How the task is at a moment. */
public record Health(State state, String agentAppId, Instant since, Map<String, Boolean> checks) {

  public enum State {
    STARTING,
    READY,
    STOPPING,
    FAILED
  }

  boolean ok() {
    return state == State.READY;
  }

  Map<String, Object> toMap() {
    var map = new LinkedHashMap<String, Object>();
    map.put("state", state.name().toLowerCase(Locale.ROOT));
    map.put("ok", ok());
    map.put("agent_app_id", agentAppId);
    map.put("since", since.toString());
    map.put("checks", checks);
    return map;
  }
}
