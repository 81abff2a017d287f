package global.pixell.par.launcher;

import global.pixell.par.ParEvent;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/**
 * A download on a terminal: one line, drawn again in place whenever the library tells of progress,
 * gone when it is over. Without colours.
 */
final class ProgressBar {

  private static final int CELLS = 24;
  // The narrowest terminal in use is 80 wide; a line over the edge could not be drawn again in
  // place.
  private static final int MOST_COLUMNS = 79;
  private static final String ERASE = "\r\u001b[K";
  private static final double MB = 1_000_000;

  private final PrintStream err;
  private boolean drawn;

  ProgressBar(PrintStream err) {
    this.err = err;
  }

  synchronized void show(ParEvent reported) {
    ParEvent.Detail event = reported.detail();
    if (event instanceof ParEvent.Downloading e) {
      draw(line(e));
    } else if (event instanceof ParEvent.Retried e) {
      clear();
      err.println(
          "par: attempt "
              + e.attempt()
              + " failed: "
              + e.reason()
              + " Next in "
              + e.delay().toMillis()
              + " ms.");
    } else if (event instanceof ParEvent.Downloaded) {
      clear();
    }
  }

  private void draw(String line) {
    // One write a frame, so that no half of one is seen.
    err.print(ERASE + line);
    err.flush();
    drawn = true;
  }

  /** Leaves the line as if nothing had been there. */
  synchronized void clear() {
    if (drawn) {
      err.print(ERASE);
      err.flush();
      drawn = false;
    }
  }

  static String line(ParEvent.Downloading e) {
    String rate = e.bytesPerSecond() > 0 ? "  " + megabytes(e.bytesPerSecond()) + " MB/s" : "";
    if (e.total().isEmpty()) {
      return cut("%s MB%s".formatted(megabytes((double) e.bytes()), rate));
    }
    long total = e.total().getAsLong();
    double share = total == 0 ? 1 : Math.min(1, (double) e.bytes() / total);
    int full = (int) (share * CELLS);
    return cut(
        "[%s%s] %3d %%  %s of %s MB%s%s"
            .formatted(
                "#".repeat(full),
                "-".repeat(CELLS - full),
                (int) (share * 100),
                megabytes((double) e.bytes()),
                megabytes((double) total),
                rate,
                e.eta().map(left -> "  " + minutes(left) + " left").orElse("")));
  }

  private static String cut(String line) {
    return line.length() <= MOST_COLUMNS ? line : line.substring(0, MOST_COLUMNS);
  }

  private static String megabytes(double bytes) {
    return String.format(Locale.ROOT, "%.1f", bytes / MB);
  }

  private static String minutes(Duration left) {
    return String.format(Locale.ROOT, "%d:%02d", left.toMinutes(), left.toSecondsPart());
  }
}
