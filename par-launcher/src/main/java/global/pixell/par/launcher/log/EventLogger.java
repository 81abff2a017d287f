package global.pixell.par.launcher.log;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import java.util.LinkedHashMap;
import java.util.Map;

/** What the library tells, as lines of the log. */
public final class EventLogger {
  private EventLogger() {}

  public static void write(ParEvent reported, LogStream log) {
    ParEvent.Detail event = reported.detail();
    var fields = new LinkedHashMap<String, Object>();
    if (event instanceof ParEvent.Resolved e) {
      fields.put("address", e.address());
      e.bucket().ifPresent(v -> fields.put("bucket", v));
      e.key().ifPresent(v -> fields.put("key", v));
      e.versionId().ifPresent(v -> fields.put("version_id", v));
      e.eTag().ifPresent(v -> fields.put("etag", v));
      e.bytes().ifPresent(v -> fields.put("bytes", v));
      e.digest().map(Digest::hex).ifPresent(v -> fields.put("sha256", v));
      log.info("Package resolved", fields);
    } else if (event instanceof ParEvent.Downloading e) {
      fields.put("bytes", e.bytes());
      e.total().ifPresent(v -> fields.put("total_bytes", v));
      fields.put("bytes_per_second", Math.round(e.bytesPerSecond()));
      e.eta().ifPresent(v -> fields.put("eta_ms", v.toMillis()));
      log.info("Package downloading", fields);
    } else if (event instanceof ParEvent.Retried e) {
      fields.put("attempt", e.attempt());
      fields.put("delay_ms", e.delay().toMillis());
      fields.put("error", e.reason());
      log.warning("Download retried", fields);
    } else if (event instanceof ParEvent.Downloaded e) {
      fields.put("bytes", e.bytes());
      fields.put("wire_bytes", e.wireBytes());
      fields.put("attempts", e.attempts());
      fields.put("duration_ms", e.duration().toMillis());
      log.info("Package downloaded", fields);
    } else if (event instanceof ParEvent.Verified e) {
      log.info("Package verified", Map.of("sha256", e.digest().hex(), "evidence", e.evidence()));
    } else if (event instanceof ParEvent.Cached e) {
      log.info("Package cached", Map.of("sha256", e.digest().hex(), "hit", e.hit()));
    } else if (event instanceof ParEvent.Unpacked e) {
      fields.put("directory", e.directory().toString());
      fields.put("entries", e.entries());
      fields.put("bytes", e.bytes());
      fields.put("duration_ms", e.duration().toMillis());
      log.info("Package unpacked", fields);
    } else if (event instanceof ParEvent.Warned e) {
      log.warning("Package warning", Map.of("message", e.message(), "hint", e.hint()));
    }
  }
}
