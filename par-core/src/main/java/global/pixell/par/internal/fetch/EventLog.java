package global.pixell.par.internal.fetch;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * Logs events through SLF4J. The message is the name of the event; the values are key-value pairs
 * of numbers, booleans and text. A value that is not known has no pair.
 */
final class EventLog {

  private static final Logger LOG = LoggerFactory.getLogger("global.pixell.par");

  private LoggingEventBuilder line;

  private EventLog(LoggingEventBuilder line) {
    this.line = line;
  }

  static void write(ParEvent event) {
    ParEvent.Detail detail = event.detail();
    boolean warning = detail instanceof ParEvent.Retried || detail instanceof ParEvent.Warned;
    Level level = warning ? Level.WARN : Level.INFO;
    if (!LOG.isEnabledForLevel(level)) {
      return;
    }
    var log = new EventLog(LOG.atLevel(level));
    log.add("fetch_id", event.fetchId());
    if (!(detail instanceof ParEvent.Resolved)) {
      // That event has an address of its own, the one that the reference led to.
      log.add("address", event.address());
    }
    String name = log.add(detail);
    log.line.log(name);
  }

  /** Logs that a listener of the host threw; the stack trace says where. */
  static void listenerFailed(ParEvent event, Throwable e) {
    LOG.atWarn()
        .addKeyValue("fetch_id", event.fetchId())
        .addKeyValue("during", event.detail().getClass().getSimpleName())
        .setCause(e)
        .log("Listener failed");
  }

  /** Adds the values of an event; its name. */
  private String add(ParEvent.Detail detail) {
    if (detail instanceof ParEvent.Resolved e) {
      return add(e);
    }
    if (detail instanceof ParEvent.Downloading e) {
      add("bytes", e.bytes());
      add("total_bytes", e.total().isPresent() ? e.total().getAsLong() : null);
      add("bytes_per_second", Math.round(e.bytesPerSecond()));
      add("eta_ms", e.eta().map(Duration::toMillis).orElse(null));
      return "Package downloading";
    }
    if (detail instanceof ParEvent.Retried e) {
      add("attempt", e.attempt());
      add("delay_ms", e.delay().toMillis());
      add("error", e.reason());
      return "Download retried";
    }
    if (detail instanceof ParEvent.Downloaded e) {
      add("bytes", e.bytes());
      add("wire_bytes", e.wireBytes());
      add("attempts", e.attempts());
      add("duration_ms", e.duration().toMillis());
      return "Package downloaded";
    }
    if (detail instanceof ParEvent.Verified e) {
      add("sha256", e.digest().hex());
      add("evidence", e.evidence());
      return "Package verified";
    }
    if (detail instanceof ParEvent.Cached e) {
      add("sha256", e.digest().hex());
      add("hit", e.hit());
      return "Package cached";
    }
    if (detail instanceof ParEvent.Unpacked e) {
      add("directory", e.directory().toString());
      add("entries", e.entries());
      add("bytes", e.bytes());
      add("duration_ms", e.duration().toMillis());
      return "Package unpacked";
    }
    var warned = (ParEvent.Warned) detail;
    add("message", warned.message());
    add("hint", warned.hint());
    return "Package warning";
  }

  private String add(ParEvent.Resolved e) {
    add("address", e.address());
    add("bucket", e.bucket().orElse(null));
    add("key", e.key().orElse(null));
    add("version_id", e.versionId().orElse(null));
    add("etag", e.eTag().orElse(null));
    add("bytes", e.bytes().isPresent() ? e.bytes().getAsLong() : null);
    add("sha256", e.digest().map(Digest::hex).orElse(null));
    return "Package resolved";
  }

  private void add(String key, @Nullable Object value) {
    if (value != null && !value.equals("")) {
      line = line.addKeyValue(key, value);
    }
  }
}
