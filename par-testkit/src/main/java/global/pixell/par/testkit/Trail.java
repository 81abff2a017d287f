package global.pixell.par.testkit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * What a request leaves behind while it runs: who asked, which permissions it needed, what the
 * policies said. Written by the thread that answers, read by any.
 */
final class Trail {

  /** One permission that was asked for. */
  record Entry(AccessRequest request, Decision decision) {}

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
  void fault(String name) {
    fault = name;
  }

  /** The fault came before S3 would have asked the policies. */
  void cutShort() {
    cutShort = true;
  }

  boolean isCutShort() {
    return cutShort;
  }

  Principal principal() {
    return principal;
  }

  List<Entry> entries() {
    return List.copyOf(entries);
  }

  String fault() {
    return fault;
  }
}
