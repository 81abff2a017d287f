package global.pixell.par.launcher.boot;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * PAR's report to the shell that started it and waits: the terminal line is written, or how to
 * become the agent. Without a report the shell knows that this JVM failed before, and writes the
 * terminal line itself.
 *
 * <p>The shell holds the reading end of a pipe; PAR opens the other end through {@code /proc}.
 */
public final class ShellReport {

  /** A pipe of Linux holds at least 64 KiB, and nobody reads before PAR has ended. */
  static final int MAX_PLAN = 60_000;

  private final Optional<String> pipe;

  private ShellReport(Optional<String> pipe) {
    this.pipe = pipe;
  }

  /**
   * A report to the shell of {@code bin/par}.
   *
   * @param pipe the value of the property {@code par.report}; null where no shell waits
   */
  public static ShellReport to(@Nullable String pipe) {
    return new ShellReport(Optional.ofNullable(pipe));
  }

  /** Whether a shell waits. */
  boolean isPresent() {
    return pipe.isPresent();
  }

  /** Tells how the run ended, once its terminal line is written. Never throws. */
  void send(Outcome outcome) {
    send(outcome.execPlan().map(plan -> "exec\n" + plan).orElse("ended\n"));
  }

  /** Tells that this process ends and nothing is to be written. Never throws. */
  public void sendEnded() {
    send("ended\n");
  }

  /** Makes the shell write the terminal line of a command line that is refused. Never throws. */
  public void sendRefusal(String error, String hint) {
    send("refused\n" + error.replace('\n', ' ') + "\n" + hint + "\n");
  }

  private void send(String text) {
    if (pipe.isPresent()) {
      try (OutputStream out = new FileOutputStream(pipe.get())) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      } catch (IOException e) {
        // The shell has ended, so nobody waits for the report.
      }
    }
  }
}
