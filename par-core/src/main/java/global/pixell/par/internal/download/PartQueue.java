package global.pixell.par.internal.download;

import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts nobody has begun yet, in the order of the file, but for what is wanted sooner.
 *
 * <p>Not thread-safe.
 */
final class PartQueue {

  private final TreeMap<Long, Range> waiting = new TreeMap<>();
  private OptionalLong urgent = OptionalLong.empty();

  /** One part for each missing range: for a single stream. */
  static PartQueue whole(List<Range> missing) {
    var queue = new PartQueue();
    missing.forEach(queue::putBack);
    return queue;
  }

  /** Cuts what is missing into parts; the tail of the object is a part of its own, and urgent. */
  static PartQueue cut(List<Range> missing, long total, long partBytes, long tailBytes) {
    var queue = new PartQueue();
    long tail = Math.max(0, total - tailBytes);
    for (Range range : missing) {
      for (long at = range.from(); at < range.to(); ) {
        long end = Math.min(range.to(), (at / partBytes + 1) * partBytes);
        if (at < tail && end > tail) {
          end = tail;
        } else if (at >= tail) {
          end = range.to();
        }
        queue.putBack(new Range(at, end));
        at = end;
      }
    }
    queue.urgent = OptionalLong.of(tail);
    return queue;
  }

  /** The part somebody waits for, the urgent one, or the first. */
  @Nullable Range next(OptionalLong wanted) {
    Range part = wanted.isPresent() ? holding(wanted.getAsLong()) : null;
    if (part == null && urgent.isPresent()) {
      part = holding(urgent.getAsLong());
      urgent = OptionalLong.empty();
    }
    if (part == null) {
      part = waiting.isEmpty() ? null : waiting.firstEntry().getValue();
    }
    return part == null ? null : waiting.remove(part.from());
  }

  /** The part that begins here, for a stream that can simply go on. */
  @Nullable Range at(long offset) {
    return waiting.remove(offset);
  }

  /** The part that has this byte, which stays in the queue. */
  @Nullable Range holding(long offset) {
    Map.Entry<Long, Range> entry = waiting.floorEntry(offset);
    return entry == null || entry.getValue().to() <= offset ? null : entry.getValue();
  }

  void putBack(Range part) {
    waiting.put(part.from(), part);
  }

  int size() {
    return waiting.size();
  }
}
