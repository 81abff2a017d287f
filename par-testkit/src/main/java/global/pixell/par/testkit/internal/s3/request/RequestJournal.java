package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * All requests. A request enters the journal as soon as it has been parsed, so a client that has an
 * answer finds its request there. Thread-safe; adding a request takes constant time.
 */
public final class RequestJournal {

  private final Queue<JournalEntry> entries = new ConcurrentLinkedQueue<>();
  private final AtomicInteger count = new AtomicInteger();
  private final int capacity;

  /**
   * Creates an empty journal.
   *
   * @param capacity how many requests the journal keeps; it drops the oldest first
   */
  public RequestJournal(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a request to S3. */
  public JournalEntry begin(S3Request request) {
    return begin(
        new JournalEntry(
            request.operation().title(),
            request.bucket(),
            request.key(),
            request.operation().lists() ? request.query("prefix") : "",
            request.header("Range")));
  }

  /** Adds a request of which only the operation is known. */
  public JournalEntry begin(String operation) {
    return begin(new JournalEntry(operation, "", "", "", ""));
  }

  private JournalEntry begin(JournalEntry entry) {
    entries.add(entry);
    if (count.incrementAndGet() > capacity) {
      count.decrementAndGet();
      entries.poll();
    }
    return entry;
  }

  /** Forgets all requests. */
  public void clear() {
    // One by one, because a request that arrives meanwhile must stay counted.
    while (entries.poll() != null) {
      count.decrementAndGet();
    }
  }

  /** All entries, oldest first. */
  public List<JournalEntry> entries() {
    return List.copyOf(entries);
  }

  /**
   * The accesses that a principal needed, granted or not, oldest first. Excludes requests that a
   * fault answered: S3 throttles before it evaluates policies, so these prove nothing. Their
   * retries count.
   */
  public List<AccessRequest> accessesOf(Principal principal) {
    return entries.stream()
        .filter(entry -> entry.principal().equals(principal) && !entry.isFaulted())
        .flatMap(entry -> entry.accesses().stream())
        .map(JournalEntry.Access::request)
        .toList();
  }
}
