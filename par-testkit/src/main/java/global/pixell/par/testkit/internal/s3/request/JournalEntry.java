package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.Principal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One request in the journal: its target, its caller, the decisions of the policies, and the answer
 * so far. One thread, the one that answers, writes it; any thread may read it.
 */
public final class JournalEntry {

  /**
   * One permission, and the verdict.
   *
   * @param missingKey whether the request did not need it, but S3 hides without it that the key
   *     does not exist
   */
  public record Access(AccessRequest request, Decision decision, boolean missingKey) {}

  private static final long UNFINISHED = -1;

  private final long id;
  private final Instant time = Instant.now();
  private final long started = System.nanoTime();
  private final String method;
  private final String operation;
  private final String bucket;
  private volatile String key;
  private final String prefix;
  private final String range;
  private final List<Access> accesses = new CopyOnWriteArrayList<>();
  private final AtomicLong bytes = new AtomicLong();
  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile String fault = "";
  private volatile boolean faulted;
  private volatile int status;
  private volatile String error = "";
  private volatile long nanos = UNFINISHED;

  JournalEntry(
      long id,
      String method,
      String operation,
      String bucket,
      String key,
      String prefix,
      String range) {
    this.id = id;
    this.method = method;
    this.operation = operation;
    this.bucket = bucket;
    this.key = key;
    this.prefix = prefix;
    this.range = range;
  }

  /** The number of the request; later requests have larger numbers. */
  public long id() {
    return id;
  }

  /** When the request arrived, by the host's clock. */
  public Instant time() {
    return time;
  }

  public String method() {
    return method;
  }

  /** How long the answer took, without the journey to the client; empty until it is complete. */
  public Optional<Duration> duration() {
    long measured = nanos;
    return measured == UNFINISHED ? Optional.empty() : Optional.of(Duration.ofNanos(measured));
  }

  /** Records that the answer is complete, or its connection broken. */
  public void recordEnd() {
    nanos = Math.max(0, System.nanoTime() - started);
  }

  /** The code of S3's error, such as {@code NoSuchKey}; empty without one. */
  public String error() {
    return error;
  }

  public void recordError(String code) {
    error = code;
  }

  public String operation() {
    return operation;
  }

  public String bucket() {
    return bucket;
  }

  public String key() {
    return key;
  }

  /** Records the key of a form, which is in the form's body. */
  void recordKey(String found) {
    key = found;
  }

  /** The prefix of a listing; empty otherwise. */
  public String prefix() {
    return prefix;
  }

  public String range() {
    return range;
  }

  /** The HTTP status; 0 until an answer begins. */
  public int status() {
    return status;
  }

  public void recordStatus(int sent) {
    status = sent;
  }

  /** The number of body bytes sent so far. */
  public long bytes() {
    return bytes.get();
  }

  /** Adds to the number of body bytes; negative for bytes that were counted but not sent. */
  public void recordBytes(long sent) {
    bytes.addAndGet(sent);
  }

  public Principal principal() {
    return principal;
  }

  public void recordPrincipal(Principal caller) {
    principal = caller;
  }

  /** The permissions that the request needed. */
  public List<Access> accesses() {
    return accesses.stream().filter(access -> !access.missingKey()).toList();
  }

  /** Everything that the policies decided on the way to the answer. */
  public List<Access> decisions() {
    return List.copyOf(accesses);
  }

  /** Records that a missing key is not admitted, because the caller may not list. */
  void recordHiddenKey(AccessRequest list, Decision denial) {
    accesses.add(new Access(list, denial, true));
  }

  public void recordDecision(AccessRequest request, Decision decision) {
    accesses.add(new Access(request, decision, false));
  }

  /** The injected fault that the request met; empty without one. */
  public String fault() {
    return fault;
  }

  public void recordFault(String name) {
    fault = name;
  }

  /**
   * Records that the fault answered, or ended the connection, before S3 would have evaluated the
   * policies.
   */
  public void markFaulted() {
    faulted = true;
  }

  boolean isFaulted() {
    return faulted;
  }
}
