package global.pixell.par.internal.download;

import global.pixell.par.internal.download.partial.ArrivingFile;
import global.pixell.par.internal.download.partial.ByteRangeSet.Range;
import global.pixell.par.internal.io.DaemonThreads;
import global.pixell.par.internal.remote.ContentPin;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.ObjectSource;
import global.pixell.par.internal.remote.ObjectSource.RangeRequest;
import global.pixell.par.internal.remote.ObjectSource.Response;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One content of one object on its way into one file, over one connection or several.
 *
 * <p>The thread that wants the download waits in {@link #await} and looks after the connections
 * from there; no socket can hold it up. A connection that fails ends and tells; the others go on,
 * and {@link #goOn} finds a successor for what it leaves.
 */
final class Transfer {

  /** What the waiting thread looks for besides. */
  interface Watch {
    void look() throws FetchFailure;
  }

  /** How often the waiting thread looks for stalls and late parts. */
  private static final long TICK_MILLIS = 100;

  private final ObjectSource source;
  private final DownloadSettings settings;
  private final ContentPin pin;
  private final ArrivingFile file;
  private final PartQueue queue;
  private final TransferErrors faults;
  private final HedgePolicy hedges = new HedgePolicy();
  private final SingleStreamPolicy trial;
  private final LongAdder wireBytes = new LongAdder();

  // Guarded by this.
  private final Set<RangeWorker> active = new LinkedHashSet<>();
  private final List<FetchFailure> failures = new ArrayList<>();
  private @Nullable Throwable broken;
  private int width;
  private int requests;
  private boolean stopped;

  // The first connection, while it is quick enough to need no other.
  private @Nullable RangeWorker alone;

  Transfer(ObjectSource source, DownloadSettings settings, ContentPin pin, ArrivingFile file) {
    this.source = source;
    this.settings = settings;
    this.pin = pin;
    this.file = file;
    faults = new TransferErrors(source, settings, pin);
    long total = total();
    trial = SingleStreamPolicy.of(settings.aloneBytesPerSecond(), total);
    List<Range> missing = file.missing(0, total);
    boolean parts = pin.supportsRanges() && settings.parallel(total);
    width = parts ? settings.connections() : 1;
    queue =
        parts
            ? PartQueue.cut(missing, total, settings.partBytes(total), settings.tailBytes())
            : PartQueue.whole(missing);
  }

  /** The size of the content; {@link Ask#END} where nobody has told it. */
  long total() {
    return pin.total().orElse(RangeRequest.END);
  }

  Optional<String> eTag() {
    return pin.eTag();
  }

  ArrivingFile file() {
    return file;
  }

  long wireBytes() {
    return wireBytes.sum();
  }

  synchronized int requests() {
    return requests;
  }

  synchronized int hedgesMade() {
    return hedges.count();
  }

  // What the waiting thread does.

  /** The first thing to ask for, for the thread that begins. */
  synchronized @Nullable Range firstPart() {
    return queue.next(file.wanted());
  }

  /** The part that begins here, for an answer that was not asked for a part. */
  synchronized @Nullable Range firstPart(long offset) {
    return queue.at(offset);
  }

  /** Begins with an answer at hand, which holds the part. */
  synchronized void begin(Response answer, Range part) {
    requests++;
    var first = new RangeWorker(this, source, file, answer);
    assign(first, part);
    if (settings.aloneBytesPerSecond() != DownloadSettings.NEVER_ALONE && width > 1) {
      alone = first;
      trial.begin();
    }
    start(first);
    fill();
  }

  /**
   * Goes on after a failure, with as many connections fewer as have failed: a server that has too
   * much to do is not asked for as much again.
   */
  synchronized void goOn() {
    width = Math.max(1, width - failures.size());
    failures.clear();
    alone = null;
    // Nobody has looked during the wait.
    active.forEach(this::mark);
    fill();
  }

  /**
   * Waits until every byte is here.
   *
   * @param watch called about ten times a second
   * @throws FetchFailure when a connection failed; call {@link #goOn} and this to go on
   */
  void await(Watch watch) throws FetchFailure, InterruptedException {
    while (true) {
      watch.look();
      synchronized (this) {
        throwIfBroken();
        if (file.isComplete()) {
          return;
        }
        dropStalled();
        throwIfFailed();
        hedge();
        if (active.isEmpty()) {
          // Nobody is at work on what is missing.
          file.missing(0, total()).forEach(queue::putBack);
          throw shortBody();
        }
        judge();
        wait(alone == null ? TICK_MILLIS : SingleStreamPolicy.TRIAL_MILLIS);
      }
    }
  }

  /** Ends every connection; what they still bring is not taken. */
  synchronized void stop() {
    stopped = true;
    active.forEach(RangeWorker::abandon);
    active.clear();
    notifyAll();
  }

  synchronized void wake() {
    notifyAll();
  }

  /** Lets others in beside the first connection, unless they would only be in its way. */
  private void judge() {
    RangeWorker first = alone;
    if (first == null) {
      return;
    }
    if (trial.isOver() && !trial.passed(first.received())) {
      cutOff(first);
    } else if (trial.hasSettled()) {
      helpReader();
    }
  }

  /**
   * Asks anew for what the first answer has not brought, in parts that have an end. At once, not
   * after its first part: a connection that is judged slow has little under way at that moment.
   */
  private void cutOff(RangeWorker first) {
    alone = null;
    first.abandon();
    active.remove(first);
    Range part = first.part;
    if (part != null) {
      file.missing(part.from(), part.to()).forEach(queue::putBack);
    }
    fill();
  }

  /** What a reader waits for may be the last part, which the first connection brings last. */
  private void helpReader() {
    OptionalLong wanted = file.wanted();
    Range part = wanted.isPresent() ? queue.holding(wanted.getAsLong()) : null;
    if (part != null && part.to() == total() && active.size() == 1) {
      var second = new RangeWorker(this, source, file, null);
      assign(second, Objects.requireNonNull(queue.at(part.from())));
      start(second);
    }
  }

  private void fill() {
    // One that was stopped would leave at once, and leave as many to start as it found. Of a
    // failure the waiting thread has to hear first.
    if (stopped || alone != null || !failures.isEmpty()) {
      return;
    }
    int successors = Math.min(width - active.size(), queue.size());
    for (int i = 0; i < successors; i++) {
      start(new RangeWorker(this, source, file, null));
    }
  }

  private void start(RangeWorker connection) {
    active.add(connection);
    DaemonThreads.start("par-download", connection);
  }

  private void throwIfBroken() {
    if (broken instanceof Error error) {
      throw error;
    }
    if (broken instanceof RuntimeException e) {
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
    long now = settings.nanoClock().getAsLong();
    for (RangeWorker connection : List.copyOf(active)) {
      boolean due = now - connection.markedAt >= settings.window().toNanos();
      long brought = connection.received() - connection.markedBytes;
      // Before there is an answer, the socket's own timeout is at work.
      if (connection.isWriting()) {
        mark(connection);
      } else if (connection.reading && due && brought < settings.leastBytes()) {
        connection.abandon();
        lost(connection, faults.stalled(brought));
      } else if (due) {
        mark(connection);
      }
    }
  }

  /** From here on it is counted anew what a connection brings. */
  private void mark(RangeWorker connection) {
    connection.markedAt = settings.nanoClock().getAsLong();
    connection.markedBytes = connection.received();
  }

  private void hedge() {
    boolean idle = queue.size() == 0 && active.size() < width;
    if (!settings.hedge() || !idle || !hedges.affordable(requests)) {
      return;
    }
    long now = settings.nanoClock().getAsLong();
    for (RangeWorker late : active) {
      Range part = late.part;
      if (part == null || late.hedged || !hedges.late(part.length(), now - late.partSince)) {
        continue;
      }
      List<Range> missing = file.missing(part.from(), part.to());
      if (!missing.isEmpty()) {
        hedges.made();
        late.hedged = true;
        var second = new RangeWorker(this, source, file, null);
        assign(second, new Range(missing.get(0).from(), part.to()));
        second.hedged = true;
        start(second);
        return;
      }
    }
  }

  // What connections do.

  /** What a new connection begins with. */
  @Nullable Range firstOf(RangeWorker connection) {
    Range assigned;
    synchronized (this) {
      assigned = connection.part;
    }
    return assigned == null ? next(connection) : assigned;
  }

  /** Ends a part and gives the next; none when there is nothing left for this connection. */
  synchronized @Nullable Range next(RangeWorker connection) {
    finished(connection);
    if (alone != null && alone != connection) {
      return null;
    }
    while (!stopped && !connection.isAbandoned() && active.size() <= width) {
      Range part = queue.next(file.wanted());
      if (part == null) {
        break;
      }
      List<Range> missing = file.missing(part.from(), part.to());
      if (!missing.isEmpty()) {
        return assign(connection, new Range(missing.get(0).from(), part.to()));
      }
    }
    return null;
  }

  /**
   * Ends a part of an answer that has no end of its own.
   *
   * @return where to read on to; the same offset when somebody else is at work there
   */
  synchronized long goingOnAt(RangeWorker connection, long offset) {
    finished(connection);
    Range more = stopped ? null : queue.at(offset);
    return more == null ? offset : assign(connection, more).to();
  }

  private Range assign(RangeWorker connection, Range part) {
    connection.part = part;
    connection.partSince = settings.nanoClock().getAsLong();
    connection.hedged = false;
    return part;
  }

  private void finished(RangeWorker connection) {
    Range part = connection.part;
    if (part != null && !connection.hedged && part.to() != RangeRequest.END) {
      hedges.finished(part.length(), settings.nanoClock().getAsLong() - connection.partSince);
    }
    connection.part = null;
    notifyAll();
  }

  /** A body begins or ends. */
  synchronized void reading(RangeWorker connection, boolean now) {
    connection.reading = now;
    mark(connection);
  }

  synchronized void requested() {
    requests++;
  }

  /**
   * Holds an answer against what is known of the content.
   *
   * @return what of it to read; null when another connection reads the whole already
   */
  synchronized @Nullable Range agreed(RangeWorker connection, Response answer, Range wanted)
      throws FetchFailure {
    if (!pin.matches(answer)) {
      throw faults.changed();
    }
    if (answer.partial()) {
      if (answer.start() != wanted.from()) {
        throw faults.otherRange(wanted.from(), answer.start());
      }
      return wanted;
    }
    // The server knows no ranges: one connection takes it all.
    width = 1;
    if (active.size() > 1) {
      queue.putBack(wanted);
      connection.part = null;
      return null;
    }
    return assign(connection, new Range(0, total()));
  }

  /** Counts body bytes, and holds them against the limit. */
  void received(long end, int bytes) {
    wireBytes.add(bytes);
    if (end > settings.maxBytes()) {
      throw TransferErrors.oversize(source, end, settings.maxBytes());
    }
  }

  /** The end of a body whose size nobody had told. */
  void endedAt(long size) {
    file.sizeIs(size);
  }

  boolean isHere(Range range) {
    return file.missing(range.from(), range.to()).isEmpty();
  }

  /** Whether the part at hand is here, whoever brought it. */
  synchronized boolean hasAllOf(RangeWorker connection) {
    return connection.part != null && isHere(connection.part);
  }

  synchronized void left(RangeWorker connection) {
    active.remove(connection);
    if (connection == alone) {
      alone = null;
    }
    fill();
    notifyAll();
  }

  synchronized void failed(RangeWorker connection, FetchFailure failure) {
    if (!connection.isAbandoned()) {
      lost(connection, failure);
    }
  }

  synchronized void broke(RangeWorker connection, Throwable e) {
    // Also of one that was given up: what it began to write, nobody else writes.
    if (!stopped && broken == null) {
      broken = e;
    }
    active.remove(connection);
    notifyAll();
  }

  /** What it leaves is for others, unless a second connection is at it already. */
  private void lost(RangeWorker connection, FetchFailure failure) {
    active.remove(connection);
    Range part = connection.part;
    boolean covered =
        part != null
            && (isHere(part)
                || active.stream()
                    .map(other -> other.part)
                    .anyMatch(other -> other != null && other.to() == part.to()));
    if (!covered || failure.isObjectChanged()) {
      failures.add(failure);
      if (part != null) {
        file.missing(part.from(), part.to()).forEach(queue::putBack);
      }
    }
    notifyAll();
  }

  FetchFailure shortBody() {
    return faults.shortBody(file.bytesHere());
  }
}
