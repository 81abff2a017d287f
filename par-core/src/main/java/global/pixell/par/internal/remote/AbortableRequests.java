package global.pixell.par.internal.remote;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The requests of one source that still wait for their response. A thread that waits for the first
 * byte of a response cannot be interrupted, but another thread can close its connection.
 * Thread-safe.
 */
public final class AbortableRequests {

  /** A request; returns its response. */
  public interface Request<T> {
    T send() throws IOException;
  }

  private static final long PAUSE_MILLIS = 20;

  private final Set<Runnable> aborts = ConcurrentHashMap.newKeySet();
  private final AtomicBoolean repeating = new AtomicBoolean();
  private volatile boolean aborted;

  /**
   * Sends a request and waits for its response.
   *
   * @param abort closes the connection
   * @throws IOException from the request, and from every request after {@link #abort}
   */
  public <T> T run(Runnable abort, Request<T> request) throws IOException {
    aborts.add(abort);
    try {
      if (aborted) {
        throw new IOException("Request aborted");
      }
      return request.send();
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

  /** A connection cannot be closed while it is being made, so this tries until it is made. */
  private void abortUntilAllHaveEnded() {
    try {
      while (!aborts.isEmpty()) {
        aborts.forEach(Runnable::run);
        Thread.sleep(PAUSE_MILLIS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      repeating.set(false);
    }
  }
}
