package global.pixell.par.internal.download;

import global.pixell.par.internal.download.partial.ByteRange;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The parts that no worker has started, in the order of the file, except urgent ones.
 *
 * <p>Not thread-safe.
 */
final class PartQueue {

  private final TreeMap<Long, ByteRange> waiting = new TreeMap<>();
  private OptionalLong urgent = OptionalLong.empty();

  /** One part for each missing range, for a single stream. */
  static PartQueue whole(List<ByteRange> missing) {
    var queue = new PartQueue();
    missing.forEach(queue::putBack);
    return queue;
  }

  /**
   * Cuts the missing ranges into parts. The tail of the object is a part of its own, and urgent.
   */
  static PartQueue cut(List<ByteRange> missing, long total, long partBytes, long tailBytes) {
    var queue = new PartQueue();
    long tail = Math.max(0, total - tailBytes);
    for (ByteRange range : missing) {
      for (long from = range.from(); from < range.to(); ) {
        long end = Math.min(range.to(), (from / partBytes + 1) * partBytes);
        if (from < tail && end > tail) {
          end = tail;
        } else if (from >= tail) {
          end = range.to();
        }
        queue.putBack(new ByteRange(from, end));
        from = end;
      }
    }
    queue.urgent = OptionalLong.of(tail);
    return queue;
  }

  /** Takes the part that a reader waits for, else the urgent one, else the first. */
  @Nullable ByteRange next(OptionalLong wanted) {
    ByteRange part = wanted.isPresent() ? holding(wanted.getAsLong()) : null;
    if (part == null && urgent.isPresent()) {
      part = holding(urgent.getAsLong());
      urgent = OptionalLong.empty();
    }
    if (part == null) {
      part = first();
    }
    return part == null ? null : waiting.remove(part.from());
  }

  /** Takes the part that starts at an offset. */
  @Nullable ByteRange at(long offset) {
    return waiting.remove(offset);
  }

  /**
   * Takes all before an offset as one part, and leaves the rest of the part that has the offset.
   */
  ByteRange upTo(long end) {
    for (ByteRange part = first(); part != null && part.from() < end; part = first()) {
      waiting.remove(part.from());
      if (part.to() > end) {
        putBack(new ByteRange(end, part.to()));
      }
    }
    return new ByteRange(0, end);
  }

  private @Nullable ByteRange first() {
    return waiting.isEmpty() ? null : waiting.firstEntry().getValue();
  }

  /** The part that has the byte at an offset; it stays in the queue. */
  @Nullable ByteRange holding(long offset) {
    Map.Entry<Long, ByteRange> entry = waiting.floorEntry(offset);
    return entry == null || entry.getValue().to() <= offset ? null : entry.getValue();
  }

  void putBack(ByteRange part) {
    waiting.put(part.from(), part);
  }

  int size() {
    return waiting.size();
  }
}
