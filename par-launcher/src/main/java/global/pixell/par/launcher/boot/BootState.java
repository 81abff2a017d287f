package global.pixell.par.launcher.boot;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The state of a run, and the arbiter of its transitions: when a signal, a deadline and a passing
 * probe coincide, exactly one of them wins. It never logs and never blocks.
 *
 * <pre>starting → ready ⇄ unready → stopping → ended, or failed from any of them</pre>
 *
 * <p>Thread-safe. Listeners run after the transition, on the thread that made it, outside any lock.
 */
final class BootState {

  /** The steps of a run. */
  public enum State {
    /** The package is fetched, or the agent is not ready yet. */
    STARTING,
    /** The agent is ready. */
    READY,
    /** The agent was ready, and its probe fails. */
    UNREADY,
    /** The run is stopping. */
    STOPPING,
    /** The run failed. */
    FAILED,
    /** Nothing runs any more. */
    ENDED
  }

  /**
   * The state at one moment.
   *
   * @param state the step
   * @param since when it began
   * @param reason why, as a sentence for people
   */
  public record Snapshot(State state, Instant since, String reason) {}

  /** Hears of each transition. */
  public interface Listener {

    /** Must not block. */
    void changed(Snapshot before, Snapshot after);
  }

  private static final Set<State> RUNNING = EnumSet.of(State.STARTING, State.READY, State.UNREADY);

  private final Clock clock;
  private final AtomicReference<Snapshot> current;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();
  private final CompletableFuture<Outcome> end = new CompletableFuture<>();

  BootState(Clock clock) {
    this.clock = clock;
    this.current =
        new AtomicReference<>(new Snapshot(State.STARTING, clock.instant(), "PAR has started"));
  }

  void onChange(Listener listener) {
    listeners.add(listener);
  }

  /** The current state. */
  public Snapshot snapshot() {
    return Objects.requireNonNull(current.get());
  }

  /** Whether the step is {@code READY}. */
  boolean isReady() {
    return snapshot().state() == State.READY;
  }

  /** The agent is ready for the first time; false if the run was stopped before. */
  boolean ready(String reason) {
    return move(EnumSet.of(State.STARTING), State.READY, reason);
  }

  /** A probe passed or failed; only a change is a transition. */
  boolean probed(boolean passes, String reason) {
    return passes
        ? move(EnumSet.of(State.UNREADY), State.READY, reason)
        : move(EnumSet.of(State.READY), State.UNREADY, reason);
  }

  /** An order to stop arrived; false if the run is over or already stopping. */
  boolean stopping(String reason) {
    return move(RUNNING, State.STOPPING, reason);
  }

  /** The boot took too long; false if it is ready, over or stopping. */
  boolean timedOut(String reason) {
    return move(EnumSet.of(State.STARTING), State.STOPPING, reason);
  }

  /** The run failed, whatever it was doing. */
  boolean failed(String reason) {
    return move(EnumSet.complementOf(EnumSet.of(State.FAILED, State.ENDED)), State.FAILED, reason);
  }

  /** The run is over: each caller of {@link #awaitEnd} gets this outcome. */
  void end(Outcome outcome) {
    move(EnumSet.complementOf(EnumSet.of(State.FAILED, State.ENDED)), State.ENDED, "it is over");
    end.complete(outcome);
  }

  /** Waits for {@link #end}; empty when the time passes without it. */
  Optional<Outcome> awaitEnd(Duration atMost) {
    try {
      return Optional.of(end.get(Math.max(0, atMost.toNanos()), TimeUnit.NANOSECONDS));
    } catch (TimeoutException | ExecutionException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.ofNullable(end.getNow(null));
    }
  }

  private boolean move(Set<State> from, State to, String reason) {
    var after = new Snapshot(to, clock.instant(), reason);
    while (true) {
      Snapshot before = snapshot();
      if (!from.contains(before.state())) {
        return false;
      }
      if (current.compareAndSet(before, after)) {
        listeners.forEach(listener -> listener.changed(before, after));
        return true;
      }
    }
  }
}
