package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import java.util.List;

/**
 * One request and its answer. Immutable.
 *
 * @param operation the operation, such as {@code GetObject}, or {@code ListTasks} of another
 *     service; {@code InvalidURI} when the fake cannot parse the address
 * @param bucket the bucket; empty when the request names none
 * @param key the decoded key; empty when the request names none
 * @param prefix the decoded prefix of a listing; empty without one
 * @param range the {@code Range} header; empty without one
 * @param status the HTTP status that the fake sent; 0 before it has sent one, and when a fault
 *     broke the connection instead
 * @param bytes the number of body bytes sent
 * @param principal the ARN of the caller; {@code anonymous} without a valid signature
 * @param accesses the permissions that the request needed, in the order of the checks, each with
 *     its verdict, even if a fault then answered instead. Empty when the request ended before the
 *     checks
 * @param fault the fault that the request met, such as {@code resetAt(1000)}; empty without one
 */
public record RecordedRequest(
    String operation,
    String bucket,
    String key,
    String prefix,
    String range,
    int status,
    long bytes,
    String principal,
    List<Access> accesses,
    String fault) {

  /** Copies the list. */
  public RecordedRequest {
    accesses = List.copyOf(accesses);
  }

  boolean isListing() {
    return operation.startsWith("List") && key.isEmpty() && !bucket.isEmpty();
  }

  /** One line: what was asked for, the answer, the fault, and the verdict of the policies. */
  @Override
  public String toString() {
    return RequestLine.of(this);
  }

  static RecordedRequest of(JournalEntry entry) {
    return new RecordedRequest(
        entry.operation(),
        entry.bucket(),
        entry.key(),
        entry.prefix(),
        entry.range(),
        entry.status(),
        entry.bytes(),
        entry.principal().arn(),
        entry.accesses().stream().map(Access::of).toList(),
        entry.fault());
  }

  /**
   * One permission that a request needed, and the verdict of the policies.
   *
   * @param action for instance {@code s3:GetObject}
   * @param resource an ARN, or {@code *} for an action that has no resource
   * @param allowed whether the policies allowed it
   * @param reason AWS's sentence for a denial; otherwise the statement that allowed the access
   */
  public record Access(String action, String resource, boolean allowed, String reason) {

    private static Access of(JournalEntry.Access access) {
      AccessRequest request = access.request();
      Decision decision = access.decision();
      return new Access(
          request.action(), request.resource(), decision.allowed(), decision.sentence());
    }
  }
}
