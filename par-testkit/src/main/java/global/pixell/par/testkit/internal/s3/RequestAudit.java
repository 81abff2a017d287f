package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.Principal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a request leaves behind while it runs: who asked, which permissions it needed, what the
 * policies said. Written by the thread that answers, read by any.
 */
public final class RequestAudit {

  /** One permission that was asked for. */
  public record Entry(AccessRequest request, Decision decision) {}

  private final List<Entry> entries = new CopyOnWriteArrayList<>();
  private volatile Principal principal = Principal.ANONYMOUS;
  private volatile String fault = "";
  private volatile boolean cutShort;

  void caller(Principal caller) {
    principal = caller;
  }

  void asked(AccessRequest request, Decision decision) {
    entries.add(new Entry(request, decision));
  }

  /** A scripted fault befalls the request. */
  public void fault(String name) {
    fault = name;
  }

  /** The fault came before S3 would have asked the policies. */
  public void cutShort() {
    cutShort = true;
  }

  boolean isCutShort() {
    return cutShort;
  }

  public Principal principal() {
    return principal;
  }

  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  public String fault() {
    return fault;
  }
}
