package global.pixell.par.launcher.terminal;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A download on a terminal: one line that is drawn again in place and erased at the end. Without
 * colours. Thread-safe.
 */
public final class ProgressBar {

  private static final int CELLS = 24;
  // The narrowest terminal in use has 80 columns. A longer line would wrap, and could not be
  // erased.
  private static final int MAX_COLUMNS = 79;
  private static final String ERASE = "\r\u001b[K";
  private static final double MB = 1_000_000;

  private final PrintStream out;
  private boolean drawn;

  /** Creates a bar, and draws nothing yet. */
  public ProgressBar(PrintStream out) {
    this.out = out;
  }

  /** Draws a line in place of the one before; see {@link #line}. */
  public synchronized void draw(String line) {
    // One write a frame, so that half a frame is never displayed.
    out.print(ERASE + line);
    out.flush();
    drawn = true;
  }

  /** Erases the line, if there is one. */
  public synchronized void clear() {
    if (drawn) {
      out.print(ERASE);
      out.flush();
      drawn = false;
    }
  }

  /**
   * The progress of a download, at most 79 columns wide.
   *
   * @param bytes that have arrived
   * @param total bytes of the package, if S3 has reported it
   * @param bytesPerSecond 0 when unknown
   * @param remaining time, where it can be estimated
   */
  public static String line(
      long bytes, OptionalLong total, double bytesPerSecond, Optional<Duration> remaining) {
    String rate = bytesPerSecond > 0 ? "  " + megabytes(bytesPerSecond) + " MB/s" : "";
    if (total.isEmpty()) {
      return cut("%s MB%s".formatted(megabytes((double) bytes), rate));
    }
    long all = total.getAsLong();
    double share = all <= 0 ? 1 : Math.max(0, Math.min(1, (double) bytes / all));
    int full = (int) (share * CELLS);
    return cut(
        "[%s%s] %3d %%  %s of %s MB%s%s"
            .formatted(
                "#".repeat(full),
                "-".repeat(CELLS - full),
                (int) (share * 100),
                megabytes((double) bytes),
                megabytes((double) all),
                rate,
                remaining.map(time -> "  " + minutes(time) + " left").orElse("")));
  }

  private static String cut(String line) {
    return line.length() <= MAX_COLUMNS ? line : line.substring(0, MAX_COLUMNS);
  }

  private static String megabytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / MB);
  }

  private static String minutes(Duration time) {
    return String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}
