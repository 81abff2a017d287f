package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.FetchOptions;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.cache.PackageCache;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The running calls. Events and uses of packages belong to the call of the current thread.
 * Thread-safe.
 */
final class FetchCalls implements PackageCache.UseListener {

  private static final long CLOSE_WAIT_MILLIS = 1_000;

  private final List<EventListener> listeners = new ArrayList<>();

  @SuppressWarnings("ThreadLocalUsage") // One for each Par: its calls are not another's.
  private final ThreadLocal<@Nullable FetchCall> current = new ThreadLocal<>();

  private final Set<FetchCall> active = ConcurrentHashMap.newKeySet();

  FetchCalls(List<Consumer<? super ParEvent>> listeners) {
    listeners.forEach(listener -> this.listeners.add(new EventListener(listener)));
  }

  FetchCall begin(String address, FetchOptions options) {
    var call = new FetchCall(address, options, current.get());
    current.set(call);
    active.add(call);
    return call;
  }

  void end(FetchCall call) {
    if (call.outer == null) {
      current.remove();
    } else {
      current.set(call.outer);
    }
    synchronized (this) {
      active.remove(call);
      notifyAll();
    }
  }

  /** Logs an event of the thread's call and calls the listeners. */
  void report(ParEvent.Detail detail) {
    FetchCall call = current.get();
    ParEvent event = call == null ? new ParEvent("", "", detail) : call.event(detail);
    EventLog.write(event);
    listeners.forEach(listener -> listener.accept(event));
    if (call != null) {
      call.listener().accept(event);
    }
  }

  /** Whether the deadline of the thread's call has passed. */
  boolean isLate() {
    FetchCall call = current.get();
    return call != null && call.isLate();
  }

  @Override
  public void taken(Digest digest) {
    FetchCall call = current.get();
    if (call != null) {
      call.took(digest);
    }
  }

  @Override
  public void released(Digest digest) {
    FetchCall call = current.get();
    if (call != null) {
      call.released(digest);
    }
  }

  /** Waits up to a second for the calls of other threads. */
  synchronized void awaitEnd() {
    long end = System.nanoTime() + CLOSE_WAIT_MILLIS * 1_000_000;
    try {
      while (active.stream().anyMatch(call -> call.thread != Thread.currentThread())) {
        long remaining = (end - System.nanoTime()) / 1_000_000;
        if (remaining <= 0) {
          return;
        }
        wait(remaining);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
