package global.pixell.par.launcher.boot;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * PAR's report to the shell that started it and waits for it. It says that the final line is
 * written, or how to become the agent. Without a report the shell knows that this JVM failed
 * earlier, and writes the final line itself.
 *
 * <p>The shell holds the reading end of a pipe; PAR opens the other end through {@code /proc}.
 */
public final class ShellReport {

  /** A pipe on Linux holds at least 64 KiB, and the shell reads only after PAR has ended. */
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

  /** Reports how the run ended, after its final line was written. Never throws. */
  void send(Outcome outcome) {
    send(outcome.execPlan().map(plan -> "exec\n" + plan).orElse("ended\n"));
  }

  /** Reports that this process ends and that the shell must write nothing. Never throws. */
  public void sendEnded() {
    send("ended\n");
  }

  /** Makes the shell write the final line for a command line that was refused. Never throws. */
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
