package global.pixell.par.internal.remote;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The requests of one source that still wait for their answer. A thread that waits for the first
 * byte of an answer cannot be interrupted; another one can take its connection away. Thread-safe.
 */
public final class AbortableRequests {

  /** What waits. */
  public interface Request<T> {
    T answer() throws IOException;
  }

  private static final long PAUSE_MS = 20;

  private final Set<Runnable> aborts = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean repeating = new AtomicBoolean();
  private volatile boolean aborted;

  /**
   * Waits for an answer.
   *
   * @param abort takes the connection away
   * @throws IOException from the request, and from every request after {@link #abort}
   */
  public <T> T await(Runnable abort, Request<T> request) throws IOException {
    aborts.add(abort);
    try {
      if (aborted) {
        throw new IOException("Request aborted");
      }
      return request.answer();
    } finally {
      aborts.remove(abort);
    }
  }

  /** Ends every request that waits, and those to come. */
  public void abort() {
    aborted = true;
    aborts.forEach(Runnable::run);
    if (!aborts.isEmpty() && !repeating.getAndSet(true)) {
      DaemonThreads.start("par-abort", this::abortUntilAllHaveEnded);
    }
  }

  /** A connection that is still being made cannot be taken away; as soon as it is made, it can. */
  private void abortUntilAllHaveEnded() {
    try {
      while (!aborts.isEmpty()) {
        aborts.forEach(Runnable::run);
        Thread.sleep(PAUSE_MS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      repeating.set(false);
    }
  }
}
