package global.pixell.par.launcher.config;

import global.pixell.par.internal.io.DaemonThreads;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Makes a call that may hang in the kernel, such as into a network mount or the resolver. Nothing
 * can stop such a thread, so it continues after the timeout, but it does not keep the process
 * alive.
 */
public final class TimedCall {

  private TimedCall() {}

  /**
   * Calls in a separate thread.
   *
   * @param thread the thread's name
   * @throws TimeoutException when the call takes longer than the timeout
   * @throws ExecutionException with the exception of the call
   */
  public static <T> T get(String thread, Duration timeout, Callable<T> call)
      throws TimeoutException, ExecutionException, InterruptedException {
    var task = new FutureTask<T>(call);
    DaemonThreads.start(thread, task);
    return task.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
  }
}
