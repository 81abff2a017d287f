package global.pixell.par.testkit.internal.control.resource;

import global.pixell.par.testkit.internal.control.event.RequestJson;
import global.pixell.par.testkit.internal.control.http.ControlException;
import global.pixell.par.testkit.internal.control.http.ControlRequest;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.text.Glob;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** A query over the journal, from the parameters of a control request. */
final class RequestQuery {

  private static final int DEFAULT_LIMIT = 1_000;
  private static final int MAX_LIMIT = 10_000;

  private final List<Predicate<JournalEntry>> filters = new ArrayList<>();
  private final OptionalLong since;
  private final int limit;

  RequestQuery(ControlRequest request) throws ControlException {
    request.requireOnly(
        "operation", "bucket", "key", "status", "fault", "denied", "since", "limit");
    request
        .parameter("operation")
        .ifPresent(name -> filters.add(entry -> entry.operation().equalsIgnoreCase(name)));
    request
        .parameter("bucket")
        .ifPresent(name -> filters.add(entry -> entry.bucket().equals(name)));
    request
        .parameter("key")
        .map(Glob::of)
        .ifPresent(glob -> filters.add(entry -> glob.matches(entry.key())));
    Optional<String> status = request.parameter("status");
    if (status.isPresent()) {
      filters.add(ofStatus(status.get()));
    }
    request
        .flag("fault")
        .ifPresent(wanted -> filters.add(entry -> entry.fault().isEmpty() != wanted));
    request.flag("denied").ifPresent(wanted -> filters.add(entry -> isDenied(entry) == wanted));
    since = request.number("since", Long.MAX_VALUE);
    limit = (int) request.number("limit", MAX_LIMIT).orElse(DEFAULT_LIMIT);
  }

  private static Predicate<JournalEntry> ofStatus(String text) throws ControlException {
    if (text.matches("\\d{1,3}")) {
      int status = Integer.parseInt(text);
      return entry -> entry.status() == status;
    }
    if (text.matches("[1-5]xx")) {
      int hundreds = text.charAt(0) - '0';
      return entry -> entry.status() / 100 == hundreds;
    }
    throw ControlException.badRequest(
        "status must be a number such as 403, or a class such as 4xx, and '"
            + text
            + "' is neither.",
        "0 finds requests without an answer.");
  }

  static boolean isDenied(JournalEntry entry) {
    return entry.decisions().stream().anyMatch(access -> !access.decision().allowed());
  }

  /**
   * Runs the query. With {@code since}, finds the first requests after it, so that a program that
   * asks again with {@code next} gets all; without, the newest ones.
   */
  Map<String, ?> run(List<JournalEntry> entries) {
    var found = new ArrayList<JournalEntry>();
    long next = since.orElse(0);
    for (JournalEntry entry : entries) {
      if (entry.id() <= since.orElse(0)) {
        continue;
      }
      if (since.isPresent() && found.size() == limit) {
        break;
      }
      next = entry.id();
      if (filters.stream().allMatch(filter -> filter.test(entry))) {
        found.add(entry);
      }
    }
    List<JournalEntry> page =
        found.size() > limit ? found.subList(found.size() - limit, found.size()) : found;
    var answer = new LinkedHashMap<String, Object>();
    answer.put("requests", RequestJson.of(page));
    answer.put("next", next);
    return answer;
  }
}
