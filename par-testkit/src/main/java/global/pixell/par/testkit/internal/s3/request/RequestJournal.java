package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * All requests. A request enters the journal as soon as it has been parsed, so a client that has an
 * answer finds its request there, and the numbers of the entries are in their order. Thread-safe;
 * adding a request takes constant time, and reading does not block it.
 */
public final class RequestJournal {

  private final Queue<JournalEntry> entries = new ConcurrentLinkedQueue<>();
  private final int capacity;
  private int count;
  private long total;

  /**
   * Creates an empty journal.
   *
   * @param capacity how many requests the journal keeps; it drops the oldest first
   */
  public RequestJournal(int capacity) {
    this.capacity = capacity;
  }

  /** Adds a request to S3. */
  public synchronized JournalEntry begin(S3Request request) {
    return begin(
        new JournalEntry(
            ++total,
            request.method(),
            request.operation().title(),
            request.bucket(),
            request.key(),
            request.operation().lists() ? request.query("prefix") : "",
            request.header("Range")));
  }

  /** Adds a request of which only the operation is known. */
  public synchronized JournalEntry begin(String method, String operation) {
    return begin(new JournalEntry(++total, method, operation, "", "", "", ""));
  }

  /** How many requests there were, including those that the journal no longer has. */
  public synchronized long total() {
    return total;
  }

  /** How many requests the journal keeps. */
  public int capacity() {
    return capacity;
  }

  /** Forgets all requests; their numbers are not used again. */
  public synchronized void clear() {
    entries.clear();
    count = 0;
  }

  private JournalEntry begin(JournalEntry entry) {
    entries.add(entry);
    if (count == capacity) {
      entries.poll();
    } else {
      count++;
    }
    return entry;
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
