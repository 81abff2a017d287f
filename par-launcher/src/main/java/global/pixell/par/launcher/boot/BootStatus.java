package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.launcher.agent.Supervisor;
import global.pixell.par.launcher.health.Health;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What {@code /health} and {@code /meta} report about a run. Thread-safe; never waits. */
final class BootStatus {

  private final String agentAppId;
  private final BootState state;
  private final BootPhases phases;

  private volatile @Nullable Supervisor supervisor;
  private volatile Optional<String> degraded = Optional.empty();
  private volatile Map<String, Object> description = Map.of();

  BootStatus(String agentAppId, BootState state, BootPhases phases) {
    this.agentAppId = agentAppId;
    this.state = state;
    this.phases = phases;
  }

  void agent(Supervisor started) {
    supervisor = started;
  }

  /** Empty before the agent is started. */
  Optional<Supervisor> agent() {
    return Optional.ofNullable(supervisor);
  }

  void degraded(String reason) {
    degraded = Optional.of(reason);
  }

  /** Why the agent is not from the configured package; empty if it is. */
  Optional<String> degraded() {
    return degraded;
  }

  /** Stores the description of the agent for {@code /meta}, and returns it for the log. */
  Map<String, Object> describe(AgentPackage agent) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("name", agent.manifest().name());
    fields.put("version", agent.manifest().version());
    agent.digest().ifPresent(digest -> fields.put("digest", digest.toString()));
    fields.put("address", agent.origin().toString());
    description = Collections.unmodifiableMap(fields);
    return description;
  }

  Health health() {
    BootState.Snapshot now = state.snapshot();
    Health.State shown =
        switch (now.state()) {
          case STARTING -> Health.State.STARTING;
          case READY -> degraded.isPresent() ? Health.State.DEGRADED : Health.State.READY;
          case UNREADY, FAILED -> Health.State.FAILED;
          case STOPPING, ENDED -> Health.State.STOPPING;
        };
    boolean alive = agent().filter(Supervisor::isAlive).isPresent();
    Optional<String> reason =
        shown == Health.State.READY ? Optional.empty() : Optional.of(now.reason());
    return new Health(shown, agentAppId, now.since(), Map.of("agent_alive", alive), reason);
  }

  Map<String, Object> meta() {
    var fields = new LinkedHashMap<>(description);
    degraded.ifPresent(reason -> fields.put("degraded", reason));
    fields.put("phases", phases.toMap());
    return fields;
  }
}
