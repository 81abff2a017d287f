package global.pixell.par.internal.fetch;

import global.pixell.par.AgentPackage;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A fetch on another thread, which {@code cancel(true)} interrupts. */
final class FetchTask extends CompletableFuture<AgentPackage> implements Runnable {

  private final Supplier<AgentPackage> fetch;

  // Guarded by this. Set while the worker may be interrupted.
  private @Nullable Thread worker;
  private boolean interrupted;

  FetchTask(Supplier<AgentPackage> fetch) {
    this.fetch = fetch;
  }

  @Override
  public void run() {
    synchronized (this) {
      if (isDone()) {
        return;
      }
      worker = Thread.currentThread();
    }
    AgentPackage fetched = null;
    Throwable failure = null;
    try {
      fetched = fetch.get();
    } catch (RuntimeException | Error e) {
      failure = e;
    }
    synchronized (this) {
      worker = null;
      if (interrupted) {
        // The interrupt was for this task, not for the next one of the same thread.
        Thread.interrupted();
      }
    }
    if (failure != null) {
      completeExceptionally(failure);
    } else if (fetched != null && !complete(fetched)) {
      fetched.close();
    }
  }

  @Override
  public boolean cancel(boolean mayInterruptIfRunning) {
    boolean cancelled = super.cancel(mayInterruptIfRunning);
    synchronized (this) {
      if (cancelled && mayInterruptIfRunning && worker != null) {
        interrupted = true;
        worker.interrupt();
      }
    }
    return cancelled;
  }
}
