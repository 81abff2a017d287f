package global.pixell.par.launcher.receipt;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import java.util.LinkedHashMap;
import java.util.Map;

/** Collects facts of a fetch from its events. Thread-safe. */
public final class FetchSummary {

  private final Map<String, Object> facts = new LinkedHashMap<>();
  private int retries;

  public synchronized void note(ParEvent reported) {
    ParEvent.Detail event = reported.detail();
    if (event instanceof ParEvent.Resolved e) {
      facts.put("address", e.address());
      e.bucket().ifPresent(bucket -> facts.put("bucket", bucket));
      e.key().ifPresent(key -> facts.put("key", key));
      e.versionId().ifPresent(id -> facts.put("version_id", id));
      e.eTag().ifPresent(tag -> facts.put("etag", tag));
      e.bytes().ifPresent(bytes -> facts.put("bytes", bytes));
      e.digest().ifPresent(digest -> facts.put("expected_sha256", digest.hex()));
    } else if (event instanceof ParEvent.Retried) {
      facts.put("retries", ++retries);
    } else if (event instanceof ParEvent.Downloaded e) {
      facts.put("bytes", e.bytes());
      facts.put("wire_bytes", e.wireBytes());
      facts.put("attempts", e.attempts());
      facts.put("download_ms", e.duration().toMillis());
    } else if (event instanceof ParEvent.Verified e) {
      digest(e.digest());
      facts.put("verified_by", e.evidence());
    } else if (event instanceof ParEvent.Cached e) {
      digest(e.digest());
      facts.put("cache_hit", e.hit());
    } else if (event instanceof ParEvent.Unpacked e) {
      facts.put("unpack_ms", e.duration().toMillis());
    }
  }

  private void digest(Digest digest) {
    facts.put("sha256", digest.hex());
  }

  public synchronized Map<String, Object> toMap() {
    return new LinkedHashMap<>(facts);
  }
}
