package global.pixell.par.launcher.stop;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The order to end a boot: given once, with its reason and the deadline for everything.
 * Thread-safe.
 */
public final class StopSignal {

  /** Who wants the end. */
  public enum Kind {
    /** A signal of the operating system. */
    SIGNAL,
    /** The hard limit of the boot passed. */
    BOOT_TIMEOUT
  }

  /**
   * An order to stop.
   *
   * @param kind the cause of the stop
   * @param reason for the log, such as {@code SIGTERM}
   * @param deadlineNanos when all must be over, on the clock of {@link System#nanoTime()}
   */
  public record Stop(Kind kind, String reason, long deadlineNanos) {

    /** The time that remains; never negative. */
    public Duration remaining() {
      return Duration.ofNanos(Math.max(0, deadlineNanos - System.nanoTime()));
    }
  }

  /** An action that runs when the signal is set, unless this was closed before. */
  public interface Registration extends AutoCloseable {

    /** Forgets the action. If it is running, waits for its end: afterwards it never runs. */
    @Override
    void close();
  }

  private final List<Action> actions = new ArrayList<>();
  private Optional<Stop> stop = Optional.empty();

  /**
   * Sets the signal and runs the registered actions on this thread, the newest first. An action
   * that throws does not keep the others from running.
   *
   * @param grace the time until everything must be over
   * @return false if it was set before; then nothing happens
   */
  public boolean set(Kind kind, String reason, Duration grace) {
    List<Action> newestFirst;
    synchronized (this) {
      if (stop.isPresent()) {
        return false;
      }
      stop = Optional.of(new Stop(kind, reason, System.nanoTime() + grace.toNanos()));
      newestFirst = new ArrayList<>(actions);
      actions.clear();
    }
    Collections.reverse(newestFirst);
    newestFirst.forEach(Action::run);
    return true;
  }

  /** Whether it was set. */
  public boolean isSet() {
    return order().isPresent();
  }

  /** The order, if it was set. */
  public synchronized Optional<Stop> order() {
    return stop;
  }

  /**
   * Registers an action that ends some work at once. It must not block.
   *
   * @param action runs on the thread that sets the signal; immediately, on this one, if it is set
   * @return closed when the work is over
   */
  public Registration onStop(Runnable action) {
    var registered = new Action(action);
    synchronized (this) {
      if (stop.isEmpty()) {
        actions.add(registered);
        return () -> forget(registered);
      }
    }
    registered.run();
    return () -> {};
  }

  private void forget(Action action) {
    synchronized (this) {
      actions.remove(action);
    }
    action.cancelOrAwait();
  }

  private static final class Action {
    private final Runnable work;
    private final AtomicBoolean taken = new AtomicBoolean();
    private final CountDownLatch done = new CountDownLatch(1);

    Action(Runnable work) {
      this.work = work;
    }

    void run() {
      if (!taken.compareAndSet(false, true)) {
        return;
      }
      try {
        work.run();
      } catch (RuntimeException e) {
        // The other actions end work too, and must run.
      } finally {
        done.countDown();
      }
    }

    void cancelOrAwait() {
      if (taken.compareAndSet(false, true)) {
        return;
      }
      boolean interrupted = false;
      while (true) {
        try {
          done.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
