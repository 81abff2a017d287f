package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/** Logs events through SLF4J, their values as key-value pairs of numbers, booleans and text. */
final class EventLog {

  private static final Logger LOG = LoggerFactory.getLogger("global.pixell.par");

  private EventLog() {}

  static void write(ParEvent event) {
    ParEvent.Detail detail = event.detail();
    boolean warning = detail instanceof ParEvent.Retried || detail instanceof ParEvent.Warned;
    LoggingEventBuilder line = LOG.atLevel(warning ? Level.WARN : Level.INFO);
    line = line.addKeyValue("fetch_id", event.fetchId());
    if (detail instanceof ParEvent.Resolved e) {
      line = line.addKeyValue("address", e.address());
      line = add(line, "bucket", e.bucket().orElse(null));
      line = add(line, "key", e.key().orElse(null));
      line = add(line, "version_id", e.versionId().orElse(null));
      line = add(line, "etag", e.eTag().orElse(null));
      line = add(line, "bytes", e.bytes().isPresent() ? e.bytes().getAsLong() : null);
      add(line, "sha256", e.digest().map(Digest::hex).orElse(null)).log("Package resolved");
    } else if (detail instanceof ParEvent.Downloading e) {
      line = line.addKeyValue("bytes", e.bytes());
      line = add(line, "total_bytes", e.total().isPresent() ? e.total().getAsLong() : null);
      line = line.addKeyValue("bytes_per_second", Math.round(e.bytesPerSecond()));
      add(line, "eta_ms", e.eta().isPresent() ? e.eta().get().toMillis() : null)
          .log("Package downloading");
    } else if (detail instanceof ParEvent.Retried e) {
      line.addKeyValue("attempt", e.attempt())
          .addKeyValue("delay_ms", e.delay().toMillis())
          .addKeyValue("error", e.reason())
          .log("Download retried");
    } else if (detail instanceof ParEvent.Downloaded e) {
      line.addKeyValue("bytes", e.bytes())
          .addKeyValue("wire_bytes", e.wireBytes())
          .addKeyValue("attempts", e.attempts())
          .addKeyValue("duration_ms", e.duration().toMillis())
          .log("Package downloaded");
    } else if (detail instanceof ParEvent.Verified e) {
      line.addKeyValue("sha256", e.digest().hex())
          .addKeyValue("evidence", e.evidence())
          .log("Package verified");
    } else if (detail instanceof ParEvent.Cached e) {
      line.addKeyValue("sha256", e.digest().hex())
          .addKeyValue("hit", e.hit())
          .log("Package cached");
    } else if (detail instanceof ParEvent.Unpacked e) {
      line.addKeyValue("directory", e.directory().toString())
          .addKeyValue("entries", e.entries())
          .addKeyValue("bytes", e.bytes())
          .addKeyValue("duration_ms", e.duration().toMillis())
          .log("Package unpacked");
    } else if (detail instanceof ParEvent.Warned e) {
      line.addKeyValue("message", e.message()).addKeyValue("hint", e.hint()).log("Package warning");
    }
  }

  /** A listener of the host that threw; a stack trace tells the host where. */
  static void listenerFailed(ParEvent event, Throwable e) {
    LOG.atWarn()
        .addKeyValue("fetch_id", event.fetchId())
        .addKeyValue("during", event.detail().getClass().getSimpleName())
        .setCause(e)
        .log("Listener failed");
  }

  private static LoggingEventBuilder add(
      LoggingEventBuilder line, String key, @org.jspecify.annotations.Nullable Object value) {
    return value == null ? line : line.addKeyValue(key, value);
  }
}
