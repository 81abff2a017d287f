package global.pixell.par.launcher.log;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The newest lines of one of the agent's streams, for the report of its failure. The lines are kept
 * as bytes; they are decoded and redacted only for a report. Thread-safe.
 */
final class LastLines {

  /** Enough for a stack trace and its message. */
  private static final int KEPT = 40;

  private static final int MAX_BYTES = 4 * 1024;

  private final byte[][] lines = new byte[KEPT][128];
  private final int[] lengths = new int[KEPT];
  private long count;

  synchronized void add(byte[] bytes, int from, int to) {
    int slot = (int) (count++ % KEPT);
    int length = Math.min(to - from, MAX_BYTES);
    if (lines[slot].length < length) {
      lines[slot] = new byte[Math.min(MAX_BYTES, length * 2)];
    }
    System.arraycopy(bytes, from, lines[slot], 0, length);
    lengths[slot] = length;
  }

  /** Oldest first, as they were written. */
  synchronized List<String> list() {
    var all = new ArrayList<String>();
    for (long i = Math.max(0, count - KEPT); i < count; i++) {
      int slot = (int) (i % KEPT);
      all.add(new String(Arrays.copyOf(lines[slot], lengths[slot]), StandardCharsets.UTF_8));
    }
    return all;
  }
}
