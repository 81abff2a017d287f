package global.pixell.par.internal.download;

import global.pixell.par.internal.download.RangeWorker.Assignment;
import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRange;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The transfer of one content of one object into one file, over one connection or several.
 *
 * <p>The thread that wants the download waits in {@link #await} and supervises the workers from
 * there, so no socket can block it. When a worker fails it reports the failure and stops. The other
 * workers continue; {@link #resume} reassigns its remaining ranges.
 */
final class Transfer {

  /** What the waiting thread also does. */
  interface Watch {
    void check() throws FetchFailure;
  }

  /** How often the waiting thread looks for stalls and stragglers. */
  private static final long TICK_MILLIS = 100;

  private final ObjectSource source;
  private final DownloadSettings settings;
  private final ContentPin pin;
  private final ArrivingFile file;
  private final PartDispatcher parts;
  private final TransferErrors errors;
  private final LongAdder wireBytes = new LongAdder();

  // Guarded by this.
  private final Set<RangeWorker> active = new LinkedHashSet<>();
  private final List<FetchFailure> failures = new ArrayList<>();
  private @Nullable Throwable crash;
  private int connections;
  private int requests;
  private boolean stopped;
  private SingleStreamPolicy singleStream;

  // The first worker, while it is fast enough to need no other.
  private @Nullable RangeWorker soleWorker;

  Transfer(ObjectSource source, DownloadSettings settings, ContentPin pin, ArrivingFile file) {
    this.source = source;
    this.settings = settings;
    this.pin = pin;
    this.file = file;
    errors = new TransferErrors(source, settings);
    long total = total();
    singleStream = SingleStreamPolicy.of(settings.singleStreamBytesPerSecond(), total);
    connections = ParallelismPolicy.initial(settings, pin.supportsRanges(), total);
    List<ByteRange> missing = file.missing(0, total);
    PartQueue queue =
        connections > 1
            ? PartQueue.cut(missing, total, settings.partBytes(total), settings.tailBytes())
            : PartQueue.whole(missing);
    parts = new PartDispatcher(file, total, queue, settings.nanoClock());
  }

  /** The size of the content; {@link RangeRequest#END} where the server did not state it. */
  long total() {
    return pin.total().orElse(RangeRequest.END);
  }

  Optional<String> eTag() {
    return pin.eTag();
  }

  long wireBytes() {
    return wireBytes.sum();
  }

  // For the waiting thread.

  /** Takes the part to request first, for a download that continues. */
  synchronized @Nullable ByteRange takeFirst() {
    return parts.takeFirst();
  }

  /** Takes the part at an offset, for a response that was not requested as a part. */
  synchronized @Nullable ByteRange takeAt(long offset) {
    return parts.takeAt(offset);
  }

  /** Takes all before an offset as one part, for a response that ends there. */
  synchronized ByteRange takeUpTo(long end) {
    return parts.takeUpTo(end);
  }

  /** Starts with a response that has come already and holds this part. */
  synchronized void start(Response response, ByteRange part) {
    requests++;
    RangeWorker first = newWorker(response);
    parts.assign(first, part);
    if (ParallelismPolicy.startsWithOne(settings, connections)) {
      soleWorker = first;
      if (!first.readsOn()) {
        singleStream = SingleStreamPolicy.ofPart(settings.singleStreamBytesPerSecond());
      }
      singleStream.start();
    }
    start(first);
    startWorkers();
  }

  /** Continues after a failed attempt. */
  synchronized void resume() {
    connections = ParallelismPolicy.afterFailures(connections, failures.size());
    failures.clear();
    soleWorker = null;
    // Nobody checked for stalls during the wait.
    active.forEach(RangeWorker::restartMeter);
    startWorkers();
  }

  /**
   * Waits until every byte has arrived.
   *
   * @param watch called about ten times a second
   * @throws FetchFailure when a connection failed; call {@link #resume} and this to continue
   */
  void await(Watch watch) throws FetchFailure, InterruptedException {
    while (true) {
      watch.check();
      synchronized (this) {
        throwIfCrashed();
        if (file.isComplete()) {
          return;
        }
        dropStalled();
        throwIfFailed();
        hedge();
        if (active.isEmpty()) {
          // No worker has the ranges that are missing.
          parts.reassignAll();
          throw shortBody();
        }
        reconsiderParallelism();
        wait(soleWorker == null ? TICK_MILLIS : SingleStreamPolicy.SAMPLE_MILLIS);
      }
    }
  }

  /** Ends every connection. Bytes that still arrive are dropped. */
  synchronized void stop() {
    stopped = true;
    active.forEach(RangeWorker::abandon);
    active.clear();
    notifyAll();
  }

  synchronized void wake() {
    notifyAll();
  }

  /** Adds connections beside the first one, unless it is fast enough. */
  private void reconsiderParallelism() {
    RangeWorker first = soleWorker;
    if (first == null) {
      return;
    }
    if (singleStream.isSampleOver()) {
      boolean slow = !singleStream.isFastEnough(first.received());
      first.mayYield(slow);
      if (slow && singleStream.isSilent()) {
        if (first.readsOn()) {
          first.abandon();
          active.remove(first);
        }
        endSoleStream(first);
      }
    }
    if (soleWorker != null && singleStream.hasSettled()) {
      fetchTailForReader();
    }
  }

  /**
   * Lets others help. A response that ends with its part is read on. What another one has not
   * brought is requested again, in parts that have an end. This happens at once and not after its
   * part: little of a slow response is under way.
   */
  private void endSoleStream(RangeWorker first) {
    soleWorker = null;
    Assignment cut = first.assignment();
    if (cut != null && first.readsOn()) {
      first.assign(null);
      parts.reassign(cut.part());
    }
    startWorkers();
  }

  /**
   * Lets others help the first worker, at a moment when it has read all that has come.
   *
   * @return whether it must stop reading its response
   */
  synchronized boolean onYield(RangeWorker worker) {
    boolean sole = worker == soleWorker;
    if (sole) {
      endSoleStream(worker);
    }
    return sole && worker.readsOn();
  }

  private void fetchTailForReader() {
    ByteRange tail = active.size() == 1 ? parts.takeTailForReader() : null;
    if (tail != null) {
      RangeWorker second = newWorker(null);
      parts.assign(second, tail);
      start(second);
    }
  }

  private void startWorkers() {
    // The waiting thread must hear of a failure before new workers start. A worker of a stopped
    // transfer would end at once, and its end would start the next.
    if (stopped || soleWorker != null || !failures.isEmpty()) {
      return;
    }
    int more = ParallelismPolicy.toStart(connections, active.size(), parts.queuedParts());
    for (int i = 0; i < more; i++) {
      start(newWorker(null));
    }
  }

  private RangeWorker newWorker(@Nullable Response firstResponse) {
    return new RangeWorker(this, source, file, new StallMeter(settings), firstResponse);
  }

  private void start(RangeWorker worker) {
    active.add(worker);
    DaemonThreads.start("par-download", worker);
  }

  private void throwIfCrashed() {
    if (crash instanceof Error error) {
      throw error;
    }
    if (crash instanceof RuntimeException e) {
      throw e;
    }
  }

  private void throwIfFailed() throws FetchFailure {
    for (FetchFailure failure : failures) {
      if (failure.isObjectChanged()) {
        throw failure;
      }
    }
    if (!failures.isEmpty()) {
      throw failures.get(0);
    }
  }

  private void dropStalled() {
    for (RangeWorker worker : List.copyOf(active)) {
      OptionalLong bytes = worker.stalledWith();
      if (bytes.isPresent()) {
        worker.abandon();
        drop(worker, errors.stalled(bytes.getAsLong()));
      }
    }
  }

  private void hedge() {
    boolean idle = parts.queuedParts() == 0 && active.size() < connections;
    Assignment hedge = settings.hedge() && idle ? parts.hedge(active, requests) : null;
    if (hedge != null) {
      RangeWorker second = newWorker(null);
      second.assign(hedge);
      start(second);
    }
  }

  // For the workers.

  /** The first part of a worker; null where there is none left. */
  @Nullable ByteRange onStart(RangeWorker worker) {
    Assignment given = worker.assignment();
    return given == null ? nextRange(worker) : given.part();
  }

  /** Ends a worker's part and gives it the next one; null where there is none left for it. */
  synchronized @Nullable ByteRange nextRange(RangeWorker worker) {
    Assignment done = worker.assignment();
    endPart(worker);
    boolean mayContinue =
        (soleWorker == null || soleWorker == worker)
            && !stopped
            && !worker.isAbandoned()
            && active.size() <= connections;
    if (mayContinue && worker == soleWorker && done != null && !worker.readsOn()) {
      ByteRange rest = parts.takeAt(done.part().to());
      if (rest != null) {
        singleStream = SingleStreamPolicy.of(settings.singleStreamBytesPerSecond(), total());
        singleStream.start(worker.received());
        return parts.assign(worker, rest);
      }
    }
    return mayContinue ? parts.next(worker) : null;
  }

  /** What a worker requests for its part: all that follows, too, while it is fast and alone. */
  synchronized RangeRequest request(RangeWorker worker, ByteRange part) {
    long to = worker == soleWorker ? parts.missingUntil(part.to()) : part.to();
    return RangeRequest.part(part.from(), to == total() ? RangeRequest.END : to, eTag());
  }

  /**
   * Ends a part of a response that has no end of its own.
   *
   * @return the end of the next part; the offset itself where another worker has that part
   */
  synchronized long extendTo(RangeWorker worker, long offset) {
    endPart(worker);
    ByteRange more = stopped ? null : parts.takeAt(offset);
    return more == null ? offset : parts.assign(worker, more).to();
  }

  private void endPart(RangeWorker worker) {
    parts.end(worker);
    notifyAll();
  }

  synchronized void onResponse() {
    requests++;
  }

  /**
   * Compares a response with what is known of the content.
   *
   * @return the range of it to read; null when another worker reads the whole object already
   */
  synchronized @Nullable ByteRange accept(RangeWorker worker, Response response, ByteRange wanted)
      throws FetchFailure {
    if (!pin.matches(response)) {
      throw errors.changed();
    }
    if (response.partial()) {
      if (response.start() != wanted.from()) {
        throw errors.otherRange(wanted.from(), response.start());
      }
      return wanted;
    }
    // The server does not support ranges, so one connection reads the whole object.
    connections = 1;
    if (active.size() > 1) {
      parts.giveBack(worker, wanted);
      return null;
    }
    return parts.assign(worker, new ByteRange(0, total()));
  }

  /** Counts body bytes, and compares them with the limit. */
  void onReceived(long end, int bytes) {
    wireBytes.add(bytes);
    if (end > settings.maxBytes()) {
      throw errors.oversize(end);
    }
  }

  boolean isPresent(ByteRange range) {
    return parts.isPresent(range);
  }

  /** Whether all of a worker's part has arrived, from whichever connection. */
  synchronized boolean hasAllOf(RangeWorker worker) {
    Assignment current = worker.assignment();
    return current != null && isPresent(current.part());
  }

  synchronized void onFinished(RangeWorker worker) {
    active.remove(worker);
    if (worker == soleWorker) {
      soleWorker = null;
    }
    startWorkers();
    notifyAll();
  }

  synchronized void onFailed(RangeWorker worker, FetchFailure failure) {
    if (!worker.isAbandoned()) {
      drop(worker, failure);
    }
  }

  /** Counts for an abandoned worker too, because no other worker writes what it began to write. */
  synchronized void onCrashed(RangeWorker worker, Throwable e) {
    if (!stopped && crash == null) {
      crash = e;
    }
    active.remove(worker);
    notifyAll();
  }

  /** Removes a worker. Its failure counts, unless another worker has the same part. */
  private void drop(RangeWorker worker, FetchFailure failure) {
    active.remove(worker);
    Assignment dropped = worker.assignment();
    if (dropped == null || !parts.isCovered(dropped.part(), active) || failure.isObjectChanged()) {
      failures.add(failure);
      if (dropped != null) {
        parts.reassign(dropped.part());
      }
    }
    notifyAll();
  }

  FetchFailure shortBody() {
    return errors.shortBody(pin, file.bytesPresent());
  }
}
