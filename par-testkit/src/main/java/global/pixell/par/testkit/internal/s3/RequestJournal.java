package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Every request from the moment it was understood, so that a client which has its answer finds it
 * here. Thread-safe, and as fast for the last as for the first.
 */
public final class RequestJournal {

  /** One request: what it has come to so far, and once it has ended no more than that. */
  public static final class JournalEntry {
    private final RequestAudit trail;
    private volatile Supplier<RequestRecord> state;

    private JournalEntry(RequestAudit trail, Supplier<RequestRecord> state) {
      this.trail = trail;
      this.state = state;
    }

    /** The request has ended; nothing of its connection is kept. */
    public RequestRecord end() {
      RequestRecord request = state.get();
      state = () -> request;
      return request;
    }
  }

  private final Queue<JournalEntry> lines = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final int capacity;

  /**
   * An empty journal.
   *
   * @param capacity how many requests are kept: the newest
   */
  public RequestJournal(int capacity) {
    this.capacity = capacity;
  }

  /**
   * Enters a request.
   *
   * @param state what it has come to when it is asked for
   */
  public JournalEntry begin(RequestAudit trail, Supplier<RequestRecord> state) {
    var line = new JournalEntry(trail, state);
    lines.add(line);
    if (count.incrementAndGet() > capacity) {
      count.decrementAndGet();
      lines.poll();
    }
    return line;
  }

  /** Oldest first. */
  public List<RequestRecord> requests() {
    return lines.stream().map(line -> line.state.get()).toList();
  }

  /**
   * What somebody asked for, granted or not, oldest first. A request that a fault cut short proves
   * nothing: S3 throttles before it asks the policies, and who needs the answer asks again.
   */
  public List<AccessRequest> askedBy(Principal principal) {
    return lines.stream()
        .map(line -> line.trail)
        .filter(trail -> trail.principal().equals(principal) && !trail.isCutShort())
        .flatMap(trail -> trail.entries().stream())
        .map(RequestAudit.Entry::request)
        .toList();
  }
}
