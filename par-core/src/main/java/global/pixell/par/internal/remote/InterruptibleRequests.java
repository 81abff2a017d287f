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
 * Requests that their caller leaves at once, on an interrupt or an abort. A thread that resolves a
 * name, connects, or waits for the first byte of an answer cannot be interrupted, so each request
 * runs on a thread of its own, which ends by itself later. Thread-safe.
 */
@SuppressWarnings("CollectionUndefinedEquality") // A future is equal to itself alone, as it should.
public final class InterruptibleRequests {

  /** A request and its answer. */
  public interface Request<T> {
    T answer() throws FetchFailure;
  }

  private final Set<CompletableFuture<?>> waiting = ConcurrentHashMap.newKeySet();

  private volatile boolean aborted;

  /**
   * Waits for an answer.
   *
   * @param doing what the request does, as the beginning of a sentence
   * @param abort takes the connection away; called when the caller is interrupted
   * @param discard receives an answer that comes after the caller has left
   * @throws FetchFailure from the request, and after {@link #abort}
   * @throws ParException of kind {@code CANCELLED} on an interrupt, whose flag stays set
   */
  public <T> T run(String doing, Request<T> request, Runnable abort, Consumer<? super T> discard)
      throws FetchFailure {
    var answer = new CompletableFuture<T>();
    waiting.add(answer);
    try {
      if (aborted) {
        throw ended(doing);
      }
      DaemonThreads.start("par-request", () -> complete(answer, request, discard));
      return answer.get();
    } catch (InterruptedException e) {
      if (!answer.completeExceptionally(e) && !answer.isCompletedExceptionally()) {
        discard.accept(answer.join());
      }
      abort.run();
      Thread.currentThread().interrupt();
      throw new ParException(
          Kind.CANCELLED, doing + " was stopped.", "Fetch again to begin anew.", e);
    } catch (ExecutionException e) {
      throw failure(doing, e.getCause());
    } finally {
      waiting.remove(answer);
    }
  }

  private static <T> void complete(
      CompletableFuture<T> answer, Request<T> request, Consumer<? super T> discard) {
    try {
      T value = request.answer();
      if (!answer.complete(value)) {
        discard.accept(value);
      }
    } catch (FetchFailure | RuntimeException | Error e) {
      answer.completeExceptionally(e);
    }
  }

  private static FetchFailure failure(String doing, @Nullable Throwable cause) {
    if (cause instanceof FetchFailure failure) {
      return failure;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    if (cause instanceof Error e) {
      throw e;
    }
    return ended(doing);
  }

  /** Ends every request that waits, and those to come. */
  public void abort() {
    aborted = true;
    waiting.forEach(answer -> answer.completeExceptionally(new IOException("Request aborted")));
  }

  private static FetchFailure ended(String doing) {
    return FetchFailure.passing(
        new ParException(
            Kind.UNAVAILABLE,
            doing + " failed: there was no answer in time.",
            "Check the network between this machine and S3."),
        java.util.Optional.empty());
  }
}
