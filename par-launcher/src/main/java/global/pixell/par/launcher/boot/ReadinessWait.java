package global.pixell.par.launcher.boot;

import global.pixell.par.ParException;
import global.pixell.par.launcher.agent.AgentProcess;
import global.pixell.par.launcher.probe.ReadinessProbe;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Waits for an agent to become ready, or for the reason why it does not. */
public final class ReadinessWait {

  private static final Duration POLL = Duration.ofMillis(50);

  private ReadinessWait() {}

  /**
   * Returns when the probe passes.
   *
   * @param throwIfStopped asked between two probes
   * @throws ParException of kind {@code AGENT_FAILED} when the agent exits or the time is over
   */
  static void await(
      AgentProcess process, ReadinessProbe probe, Duration timeout, Runnable throwIfStopped)
      throws InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (!probe.passes()) {
      if (exitsWithin(process, POLL)) {
        int code = process.awaitExit();
        throwIfStopped.run();
        throw failed("The agent exited with code " + code + " before it was ready.", process);
      }
      throwIfStopped.run();
      if (System.nanoTime() - deadline >= 0) {
        throw failed(
            "The agent was not ready within "
                + timeout.toMillis()
                + " ms; asked was "
                + probe.describe()
                + ".",
            process);
      }
    }
  }

  private static boolean exitsWithin(AgentProcess process, Duration wait)
      throws InterruptedException {
    try {
      process.exited().get(wait.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (ExecutionException e) {
      return true;
    }
  }

  static ParException failed(String what, AgentProcess process) {
    return new ParException(
        ParException.Kind.AGENT_FAILED,
        what + " " + process.lastWords().sentence(),
        "See the agent's output above this line.");
  }
}
