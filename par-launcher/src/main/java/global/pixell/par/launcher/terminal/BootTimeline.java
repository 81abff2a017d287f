package global.pixell.par.launcher.terminal;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The phases of a boot as bars under one scale: each bar begins where the bar before it ends, and
 * its length is the share of its phase. Ends are rounded, not lengths, so rounding never adds up.
 */
public final class BootTimeline {

  private static final int CELLS = 40;
  private static final String TOTAL = "total";

  private BootTimeline() {}

  /**
   * Draws the phases.
   *
   * @param phases milliseconds by name, in their order; {@code total} is the whole boot
   * @return a line for each phase; none when nothing was measured
   */
  public static List<String> of(Map<?, ?> phases, Paint paint) {
    long total = Math.max(millis(phases.get(TOTAL)), sum(phases));
    if (total <= 0) {
      return List.of();
    }
    int names =
        phases.keySet().stream()
            .filter(name -> !TOTAL.equals(name))
            .mapToInt(name -> name(name).length())
            .max()
            .orElse(0);
    var lines = new ArrayList<String>();
    long begin = 0;
    for (Map.Entry<?, ?> phase : phases.entrySet()) {
      long length = millis(phase.getValue());
      if (!TOTAL.equals(phase.getKey())) {
        int from = cell(begin, total);
        int to = cell(begin + length, total);
        lines.add(
            String.format(Locale.ROOT, "%-" + names + "s  ", name(phase.getKey()))
                + " ".repeat(from)
                // A phase that is shorter than half a cell is a mark, not a bar.
                + (to == from ? "." : paint.paint(Paint.Colour.GREEN, "#".repeat(to - from)))
                + " ".repeat(Math.max(0, CELLS - Math.max(to, from + 1)))
                + String.format(
                    Locale.ROOT, "%8d ms %3d %%", length, Math.round(100.0 * length / total)));
        begin += length;
      }
    }
    return lines;
  }

  private static int cell(long millis, long total) {
    return (int) Math.round((double) millis * CELLS / total);
  }

  private static String name(@Nullable Object name) {
    return TerminalText.printable(String.valueOf(name));
  }

  private static long sum(Map<?, ?> phases) {
    return phases.entrySet().stream()
        .filter(phase -> !TOTAL.equals(phase.getKey()))
        .mapToLong(phase -> millis(phase.getValue()))
        .sum();
  }

  private static long millis(@Nullable Object value) {
    return value instanceof Number number ? Math.max(0, number.longValue()) : 0;
  }
}
