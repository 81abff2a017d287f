package global.pixell.par.launcher.probe;

import global.pixell.par.AgentManifest;
import global.pixell.par.launcher.config.LauncherConfig;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Checks whether the agent is ready, in the way that its manifest declares. Without a declaration
 * an agent is ready when {@code REST_PORT} accepts a connection or it has run for the grace time,
 * whichever comes first.
 *
 * <p>One thread checks; {@link #line} and {@link #abort} may be called from others.
 */
public final class ReadinessProbe {

  /** The limit for one check: an agent that takes longer to answer is not healthy. */
  private static final int TIMEOUT_SECONDS = 2;

  private static final Duration TIMEOUT = Duration.ofSeconds(TIMEOUT_SECONDS);

  private final Optional<AgentManifest.Readiness> declared;
  private final LauncherConfig.Ports ports;
  private final Duration grace;
  private final long started = System.nanoTime();
  private volatile boolean lineSeen;
  private volatile boolean aborted;
  private volatile @Nullable HttpCheck current;
  private volatile String lastAnswer = "there was no check yet";

  /**
   * A probe of an agent that is being started.
   *
   * @param declared in the manifest
   * @param grace the time after which an agent without a declared probe counts as ready
   */
  public ReadinessProbe(
      Optional<AgentManifest.Readiness> declared, LauncherConfig.Ports ports, Duration grace) {
    this.declared = declared;
    this.ports = ports;
    this.grace = grace;
  }

  /** Whether the manifest declares a probe. */
  public boolean isDeclared() {
    return declared.isPresent();
  }

  /**
   * Whether the probe makes sense after readiness: a line is printed only once, and without a
   * declared probe PAR does not know what a healthy agent answers.
   */
  public boolean isRepeatable() {
    return declared.filter(r -> r.probe() != AgentManifest.Probe.LINE).isPresent();
  }

  /**
   * Takes a line that the agent printed.
   *
   * @return whether it is the one that was declared
   */
  public boolean line(String text) {
    if (declared
        .filter(r -> r.probe() == AgentManifest.Probe.LINE && text.contains(r.value()))
        .isPresent()) {
      lineSeen = true;
      return true;
    }
    return false;
  }

  /** Whether the ready line is declared and has not come yet. */
  public boolean isWaitingForLine() {
    return !lineSeen && declared.filter(r -> r.probe() == AgentManifest.Probe.LINE).isPresent();
  }

  /** What this probe checks, for people. */
  public String describe() {
    return declared
        .map(
            r ->
                switch (r.probe()) {
                  case HTTP -> "GET " + r.value() + " on port " + ports.rest();
                  case TCP -> "a connection to port " + ports.a2a();
                  case LINE -> "the line '" + r.value() + "'";
                })
        .orElse(
            "a connection to port "
                + ports.rest()
                + ", or "
                + grace.toMillis()
                + " ms without an exit");
  }

  /** The last result, for people, such as {@code HTTP 503} or {@code connection refused}. */
  public String lastAnswer() {
    return lastAnswer;
  }

  /**
   * Checks once.
   *
   * @param atMost how long; never more than {@value #TIMEOUT_SECONDS} s
   */
  public boolean passes(Duration atMost) {
    Duration timeout = atMost.compareTo(TIMEOUT) < 0 ? atMost : TIMEOUT;
    if (declared.isEmpty()) {
      return livedLongEnough() || accepts(ports.rest(), timeout);
    }
    return switch (declared.get().probe()) {
      case HTTP -> note(check(ports.rest(), timeout).get(declared.get().value()));
      case TCP -> accepts(ports.a2a(), timeout);
      case LINE -> {
        lastAnswer = lineSeen ? "the line was printed" : "the line was not printed";
        yield lineSeen;
      }
    };
  }

  private boolean livedLongEnough() {
    if (System.nanoTime() - started < grace.toNanos()) {
      return false;
    }
    lastAnswer = "it ran for " + grace.toMillis() + " ms";
    return true;
  }

  /** The time after which an agent without a declared probe is ready; never negative. */
  public Duration graceRemaining() {
    long nanos = grace.toNanos() - (System.nanoTime() - started);
    return Duration.ofNanos(Math.max(0, nanos));
  }

  private boolean accepts(int port, Duration timeout) {
    return note(check(port, timeout).accepts());
  }

  private HttpCheck check(int port, Duration timeout) {
    var check = new HttpCheck(port, timeout);
    current = check;
    if (aborted) {
      check.abort();
    }
    return check;
  }

  private boolean note(HttpCheck.Answer answer) {
    lastAnswer = answer.description();
    return answer.ok();
  }

  /** Ends the current check and every later one, when no result is needed any more. */
  public void abort() {
    aborted = true;
    HttpCheck check = current;
    if (check != null) {
      check.abort();
    }
  }
}
