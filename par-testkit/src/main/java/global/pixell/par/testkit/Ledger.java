package global.pixell.par.testkit;

import java.util.Collection;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;

/**
 * Every request from the moment it was understood, so that a client which has its answer finds it
 * here. Thread-safe, and as fast for the last as for the first.
 */
final class Ledger {

  private record Line(Trail trail, Supplier<FakeS3.Request> state) {}

  private final Collection<Line> lines = new ConcurrentLinkedQueue<>();

  /**
   * Enters a request.
   *
   * @param state what it has come to when it is asked for
   */
  void begin(Trail trail, Supplier<FakeS3.Request> state) {
    lines.add(new Line(trail, state));
  }

  /** Oldest first. */
  List<FakeS3.Request> requests() {
    return lines.stream().map(Line::state).map(Supplier::get).toList();
  }

  /** What somebody asked for, granted or not, oldest first. */
  List<AccessRequest> askedBy(Principal principal) {
    return lines.stream()
        .map(Line::trail)
        .filter(trail -> trail.principal().equals(principal))
        .flatMap(trail -> trail.entries().stream())
        .map(Trail.Entry::request)
        .toList();
  }
}
