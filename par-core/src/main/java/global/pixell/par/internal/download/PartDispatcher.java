package global.pixell.par.internal.download;

import global.pixell.par.internal.download.RangeWorker.Assignment;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Gives the parts of a content to workers, and takes back what they did not bring.
 *
 * <p>Not thread-safe: its {@link Transfer} guards it.
 */
final class PartDispatcher {

  private final ArrivingFile file;
  private final long total;
  private final PartQueue queue;
  private final LongSupplier nanoClock;
  private final HedgePolicy hedging = new HedgePolicy();

  PartDispatcher(ArrivingFile file, long total, PartQueue queue, LongSupplier nanoClock) {
    this.file = file;
    this.total = total;
    this.queue = queue;
    this.nanoClock = nanoClock;
  }

  /** Takes the part to request first. */
  @Nullable ByteRange takeFirst() {
    return queue.next(file.wanted());
  }

  /** Takes the part at an offset. */
  @Nullable ByteRange takeAt(long offset) {
    return queue.at(offset);
  }

  /** Takes all before an offset as one part. */
  ByteRange takeUpTo(long end) {
    return queue.upTo(end);
  }

  /** Takes the last part where a reader waits for it, because a single stream brings it last. */
  @Nullable ByteRange takeTailForReader() {
    OptionalLong wanted = file.wanted();
    ByteRange part = wanted.isPresent() ? queue.holding(wanted.getAsLong()) : null;
    return part != null && part.to() == total ? queue.at(part.from()) : null;
  }

  int queuedParts() {
    return queue.size();
  }

  /** Gives a part to a worker. */
  ByteRange assign(RangeWorker worker, ByteRange part) {
    worker.assign(new Assignment(part, nanoClock.getAsLong(), false));
    return part;
  }

  /** Ends the worker's part. */
  void end(RangeWorker worker) {
    Assignment done = worker.assignment();
    if (done != null && !done.hedged() && done.part().to() != RangeRequest.END) {
      hedging.recordPart(done.part().length(), age(done));
    }
    worker.assign(null);
  }

  /** Gives the worker the next part that has missing bytes; null where there is none. */
  @Nullable ByteRange next(RangeWorker worker) {
    for (ByteRange part = takeFirst(); part != null; part = takeFirst()) {
      List<ByteRange> missing = file.missing(part.from(), part.to());
      if (!missing.isEmpty()) {
        return assign(worker, new ByteRange(missing.get(0).from(), part.to()));
      }
    }
    return null;
  }

  /** Takes the part away from a worker that will not read it. */
  void giveBack(RangeWorker worker, ByteRange part) {
    queue.putBack(part);
    worker.assign(null);
  }

  /** Puts the missing bytes of a part back into the queue. */
  void reassign(ByteRange part) {
    file.missing(part.from(), part.to()).forEach(queue::putBack);
  }

  /** Puts all missing bytes back into the queue. */
  void reassignAll() {
    file.missing(0, total).forEach(queue::putBack);
  }

  /**
   * The end of what is missing from an offset on; the offset itself where more is missing behind.
   */
  long missingUntil(long offset) {
    List<ByteRange> missing = file.missing(offset, total);
    boolean one = missing.size() == 1 && missing.get(0).from() == offset;
    return one ? missing.get(0).to() : offset;
  }

  boolean isPresent(ByteRange part) {
    return file.missing(part.from(), part.to()).isEmpty();
  }

  /** Whether another worker has the part, or it has arrived. */
  boolean isCovered(ByteRange part, Collection<RangeWorker> others) {
    return isPresent(part)
        || others.stream()
            .map(RangeWorker::assignment)
            .anyMatch(other -> other != null && other.part().to() == part.to());
  }

  /**
   * Finds a straggler that is worth a second request.
   *
   * @param requests how many there were
   * @return what a second worker should read; null where no worker is that late, or no more hedges
   *     are allowed
   */
  @Nullable Assignment hedge(Collection<RangeWorker> active, int requests) {
    if (!hedging.withinBudget(requests)) {
      return null;
    }
    for (RangeWorker worker : active) {
      Assignment late = worker.assignment();
      if (late == null
          || late.hedged()
          || !hedging.isStraggler(late.part().length(), age(late))
          || isPresent(late.part())) {
        continue;
      }
      hedging.recordHedge();
      worker.assign(new Assignment(late.part(), late.startedAt(), true));
      long from = file.missing(late.part().from(), late.part().to()).get(0).from();
      var rest = new ByteRange(from, late.part().to());
      return new Assignment(rest, nanoClock.getAsLong(), true);
    }
    return null;
  }

  private long age(Assignment assignment) {
    return nanoClock.getAsLong() - assignment.startedAt();
  }
}
