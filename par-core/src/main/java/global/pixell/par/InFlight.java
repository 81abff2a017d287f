package global.pixell.par;

import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The requests of one source that still wait for their answer. A thread that waits for the first
 * byte of an answer cannot be interrupted; another one can take its connection away. Thread-safe.
 */
final class InFlight {

  /** What waits. */
  interface Request<T> {
    T answer() throws IOException;
  }

  private final Set<Runnable> aborts = ConcurrentHashMap.newKeySet();
  private volatile boolean aborted;

  /**
   * Waits for an answer.
   *
   * @param abort takes the connection away
   * @throws IOException from the request, and from every request after {@link #abort}
   */
  <T> T await(Runnable abort, Request<T> request) throws IOException {
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
  void abort() {
    aborted = true;
    aborts.forEach(Runnable::run);
  }
}
