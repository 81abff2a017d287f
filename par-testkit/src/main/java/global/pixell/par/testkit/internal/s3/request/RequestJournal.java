package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Every request from the moment it was understood: a client that has its answer finds the request
 * in the journal. Thread-safe, and as fast for the last request as for the first.
 */
public final class RequestJournal {

  private final Queue<JournalEntry> entries = new ConcurrentLinkedQueue<>();
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

  /** Enters a request to S3. */
  public JournalEntry begin(S3Request request) {
    return begin(
        new JournalEntry(
            request.operation().title(), request.bucket(), request.key(), request.header("Range")));
  }

  /** Enters a request of which only the operation is known. */
  public JournalEntry begin(String operation) {
    return begin(new JournalEntry(operation, "", "", ""));
  }

  private JournalEntry begin(JournalEntry entry) {
    entries.add(entry);
    if (count.incrementAndGet() > capacity) {
      count.decrementAndGet();
      entries.poll();
    }
    return entry;
  }

  /** Oldest first. */
  public List<JournalEntry> entries() {
    return List.copyOf(entries);
  }

  /**
   * What somebody asked for, granted or not, oldest first. Without the requests that a fault
   * answered: S3 throttles before it asks the policies, so they prove nothing; their retries do.
   */
  public List<AccessRequest> accessesOf(Principal principal) {
    return entries.stream()
        .filter(entry -> entry.principal().equals(principal) && !entry.isFaulted())
        .flatMap(entry -> entry.accesses().stream())
        .map(JournalEntry.Access::request)
        .toList();
  }
}
