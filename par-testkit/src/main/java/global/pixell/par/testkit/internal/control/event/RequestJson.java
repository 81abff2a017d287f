package global.pixell.par.testkit.internal.control.event;

import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.StatementSource;
import global.pixell.par.testkit.internal.iam.SuggestedGrant;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Requests of the journal as JSON. */
public final class RequestJson {
  private RequestJson() {}

  public static Map<String, ?> of(JournalEntry entry) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("id", entry.id());
    fields.put("time", entry.time());
    fields.put("method", entry.method());
    fields.put("operation", entry.operation());
    fields.put("bucket", entry.bucket());
    fields.put("key", entry.key());
    fields.put("prefix", entry.prefix());
    fields.put("range", entry.range());
    fields.put("status", entry.status());
    fields.put("error", entry.error());
    fields.put("bytes", entry.bytes());
    fields.put("duration_ms", entry.duration().map(RequestJson::millis).orElse(null));
    fields.put("principal", entry.principal().arn());
    fields.put("fault", entry.fault());
    fields.put("accesses", entry.decisions().stream().map(RequestJson::of).toList());
    return fields;
  }

  /** To the microsecond. */
  private static double millis(Duration duration) {
    return Math.rint(duration.toNanos() / 1e3) / 1e3;
  }

  private static Map<String, ?> of(JournalEntry.Access access) {
    Decision decision = access.decision();
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("action", access.request().action());
    fields.put("resource", access.request().resource());
    fields.put("allowed", decision.allowed());
    fields.put("explicit", decision.explicit());
    fields.put("reason", decision.sentence());
    fields.put("statements", decision.statements().stream().map(RequestJson::of).toList());
    fields.put("would_allow", wouldAllow(access));
    fields.put("missing_key", access.missingKey());
    return fields;
  }

  private static @Nullable Map<String, ?> wouldAllow(JournalEntry.Access access) {
    return SuggestedGrant.of(access.request(), access.decision())
        .map(
            grant ->
                Map.of(
                    "attach_to",
                    grant.toBucket() ? "bucket" : "identity",
                    "statement",
                    parsed(grant.statement())))
        .orElse(null);
  }

  private static Map<String, ?> of(StatementSource source) {
    var fields = new LinkedHashMap<String, @Nullable Object>();
    fields.put("policy", source.policy());
    fields.put("sid", source.sid());
    fields.put("index", source.index() < 0 ? null : source.index());
    fields.put("json", parsed(source.json()));
    return fields;
  }

  /** A text that was written as JSON. */
  private static Map<String, ?> parsed(String json) {
    try {
      return Json.read(json);
    } catch (IOException e) {
      throw new IllegalStateException("a statement is not JSON: " + json, e);
    }
  }

  public static List<Map<String, ?>> of(List<JournalEntry> entries) {
    var all = new ArrayList<Map<String, ?>>();
    entries.forEach(entry -> all.add(of(entry)));
    return all;
  }
}
