package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Requests whose caller returns at once on an interrupt or an abort. A thread that resolves a name,
 * connects, or waits for the first byte of a response cannot be interrupted. So each request runs
 * on a thread of its own, which ends later by itself. Thread-safe.
 */
@SuppressWarnings("CollectionUndefinedEquality") // Two futures are never equal, as this set needs.
public final class InterruptibleRequests {

  /** A request; returns its response. */
  public interface Request<T> {
    T send() throws FetchFailure;
  }

  private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();

  private volatile boolean aborted;

  /**
   * Sends a request and waits for its response.
   *
   * @param description what the request does, as the beginning of a sentence
   * @param abort closes the connection; called when the caller is interrupted
   * @param discard receives a response that comes after the caller has returned
   * @throws FetchFailure from the request, and after {@link #abort}
   * @throws ParException of kind {@code CANCELLED} on an interrupt, whose flag stays set
   */
  public <T> T run(
      String description, Request<T> request, Runnable abort, Consumer<? super T> discard)
      throws FetchFailure {
    var response = new CompletableFuture<T>();
    waiting.add(response);
    try {
      if (aborted) {
        throw ended(description);
      }
      DaemonThreads.start("par-request", () -> complete(response, request, discard));
      return response.get();
    } catch (InterruptedException e) {
      if (!response.completeExceptionally(e) && !response.isCompletedExceptionally()) {
        discard.accept(response.join());
      }
      abort.run();
      Thread.currentThread().interrupt();
      throw new ParException(
          Kind.CANCELLED, description + " was stopped.", "Fetch again to start over.", e);
    } catch (ExecutionException e) {
      throw failure(description, e.getCause());
    } finally {
      waiting.remove(response);
    }
  }

  private static <T> void complete(
      CompletableFuture<T> response, Request<T> request, Consumer<? super T> discard) {
    try {
      T value = request.send();
      if (!response.complete(value)) {
        discard.accept(value);
      }
    } catch (FetchFailure | RuntimeException | Error e) {
      response.completeExceptionally(e);
    }
  }

  private static FetchFailure failure(String description, @Nullable Throwable cause) {
    if (cause instanceof FetchFailure failure) {
      return failure;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return ended(description);
  }

  /** Ends every request that waits, and those to come. */
  public void abort() {
    aborted = true;
    waiting.forEach(response -> response.completeExceptionally(new IOException("Request aborted")));
  }

  private static FetchFailure ended(String description) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.UNAVAILABLE,
            description + " failed: no response came in time.",
            "Check the network between this machine and S3."));
  }
}
