package global.pixell.par.testkit.internal.s3.model;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * One setting of all buckets that have it, such as their tags, and the baseline to which a reset
 * returns. Thread-safe.
 */
public final class BucketSetting<T> {

  private final Map<String, T> byBucket = new ConcurrentHashMap<>();
  private volatile Map<String, T> baseline = Map.of();

  /** The setting of a bucket; empty without one. */
  public Optional<T> of(String bucket) {
    return Optional.ofNullable(byBucket.get(bucket));
  }

  public void put(String bucket, T value) {
    byBucket.put(bucket, value);
  }

  public void remove(String bucket) {
    byBucket.remove(bucket);
  }

  /** Makes the present settings the baseline; at first, no bucket has the setting. */
  public void markBaseline() {
    baseline = Map.copyOf(byBucket);
  }

  /** Sets every bucket to the baseline. */
  public void restoreBaseline() {
    Map<String, T> restored = baseline;
    byBucket.keySet().retainAll(restored.keySet());
    byBucket.putAll(restored);
  }
}
