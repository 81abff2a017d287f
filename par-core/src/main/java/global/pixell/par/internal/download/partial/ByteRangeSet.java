package global.pixell.par.internal.download.partial;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which bytes of an object are here, and which are still missing: a set of byte ranges, kept sorted
 * and joined, so that it stays as small as the number of its holes.
 *
 * <p>Not thread-safe.
 */
public final class ByteRangeSet {

  /**
   * Bytes from one offset to before another.
   *
   * @param from the first byte
   * @param to the byte after the last; greater than {@code from}
   */
  public record Range(long from, long to) {
    public Range {
      if (from < 0 || to <= from) {
        throw new IllegalArgumentException("not a range of bytes: " + from + " to " + to);
      }
    }

    public long length() {
      return to - from;
    }
  }

  private final TreeMap<Long, Long> runs = new TreeMap<>();
  private long bytes;

  /** Takes bytes in; those that are here already stay so. */
  public void add(long from, long to) {
    if (from >= to) {
      return;
    }
    long start = from;
    long end = to;
    Map.Entry<Long, Long> run = runs.floorEntry(to);
    // Every run that overlaps or touches becomes one with the new bytes.
    while (run != null && run.getValue() >= from) {
      start = Math.min(start, run.getKey());
      end = Math.max(end, run.getValue());
      bytes -= run.getValue() - run.getKey();
      runs.remove(run.getKey());
      run = runs.floorEntry(to);
    }
    runs.put(start, end);
    bytes += end - start;
  }

  /** How many bytes are here. */
  public long bytes() {
    return bytes;
  }

  /** Whether every byte from one offset to before another is here. */
  public boolean has(long from, long to) {
    return from >= to || endOfRun(from) >= to;
  }

  /** The first byte at or after the offset that is missing. */
  long endOfRun(long offset) {
    Map.Entry<Long, Long> run = runs.floorEntry(offset);
    return run == null ? offset : Math.max(offset, run.getValue());
  }

  /** What is here, in order. */
  List<Range> present() {
    return runs.entrySet().stream().map(run -> new Range(run.getKey(), run.getValue())).toList();
  }

  /** What is missing from one offset to before another, in order. */
  public List<Range> missing(long from, long to) {
    var holes = new ArrayList<Range>();
    for (long at = endOfRun(from); at < to; ) {
      Long next = runs.higherKey(at);
      long end = next == null ? to : Math.min(next, to);
      holes.add(new Range(at, end));
      at = endOfRun(end);
    }
    return holes;
  }
}
