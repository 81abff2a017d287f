package global.pixell.par.testkit.internal.control.context;

import global.pixell.par.testkit.internal.control.event.EventLog;
import java.util.Collections;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The agent and the stubs that run beside a fake, for its control API. The command line attaches it
 * here, because no public type may show an internal one. Thread-safe.
 */
public final class Attachments {

  private static final Map<Object, Attachments> BY_FAKE =
      Collections.synchronizedMap(new WeakHashMap<>());

  private final EventLog events;
  private volatile @Nullable AgentBoard agent;
  private volatile @Nullable StubsView stubs;

  private Attachments(EventLog events) {
    this.events = events;
  }

  /** Makes the attachments of a new fake. They live as long as the fake is used. */
  public static Attachments register(Object fake, EventLog events) {
    var attachments = new Attachments(events);
    BY_FAKE.put(fake, attachments);
    return attachments;
  }

  /** The attachments of a fake. */
  public static Attachments of(Object fake) {
    return Objects.requireNonNull(BY_FAKE.get(fake), "not a fake");
  }

  /** Adds the agent of {@code dev}. */
  public synchronized AgentBoard addAgent() {
    var board = new AgentBoard(events);
    agent = board;
    return board;
  }

  /** Adds the stubs that run beside the fake. */
  public void addStubs(StubsView view) {
    stubs = view;
  }

  public Optional<AgentBoard> agent() {
    return Optional.ofNullable(agent);
  }

  public Optional<StubsView> stubs() {
    return Optional.ofNullable(stubs);
  }
}
