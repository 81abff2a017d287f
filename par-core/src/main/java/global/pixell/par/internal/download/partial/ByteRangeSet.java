package global.pixell.par.internal.download.partial;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A set of offsets, kept as sorted and joined ranges, so that it stays as small as the number of
 * its holes.
 *
 * <p>Not thread-safe.
 */
public final class ByteRangeSet {

  private final TreeMap<Long, Long> runs = new TreeMap<>();
  private long bytes;

  /** Adds a range, which may overlap ranges of the set. */
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

  /** The number of bytes in the set. */
  public long bytes() {
    return bytes;
  }

  /** Whether the set has every byte from one offset to before another. */
  public boolean has(long from, long to) {
    return from >= to || endOfRun(from) >= to;
  }

  /** The first offset at or after this one that is not in the set. */
  long endOfRun(long offset) {
    Map.Entry<Long, Long> run = runs.floorEntry(offset);
    return run == null ? offset : Math.max(offset, run.getValue());
  }

  /** The ranges of the set, in order. */
  List<ByteRange> ranges() {
    return runs.entrySet().stream()
        .map(run -> new ByteRange(run.getKey(), run.getValue()))
        .toList();
  }

  /** The ranges between two offsets that the set lacks, in order. */
  public List<ByteRange> missing(long from, long to) {
    var holes = new ArrayList<ByteRange>();
    for (long offset = endOfRun(from); offset < to; ) {
      Long next = runs.higherKey(offset);
      long end = next == null ? to : Math.min(next, to);
      holes.add(new ByteRange(offset, end));
      offset = endOfRun(end);
    }
    return holes;
  }
}
