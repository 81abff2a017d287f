package global.pixell.par.testkit.internal.s3.model;

import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/** A bucket in memory. */
final class MemoryBucket implements Bucket {

  private static final String VERSION_ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._";
  private static final int VERSION_LENGTH = 32;

  private final Clock clock;

  /** The versions of each key, newest first; never empty. */
  private final NavigableMap<String, List<StoredObject>> keys = new TreeMap<>(Utf8Order.INSTANCE);

  private Versioning versioning = Versioning.OFF;

  MemoryBucket(Clock clock) {
    this.clock = clock;
  }

  /** An independent bucket with the same objects and the same versioning. */
  synchronized MemoryBucket copy() {
    var copy = new MemoryBucket(clock);
    keys.forEach((key, versions) -> copy.keys.put(key, new ArrayList<>(versions)));
    copy.versioning = versioning;
    return copy;
  }

  /** Gives a key the versions that it has in another bucket, or none. */
  synchronized void copyKey(String key, MemoryBucket from) {
    List<StoredObject> versions = from.allVersions(key);
    if (versions.isEmpty()) {
      keys.remove(key);
    } else {
      keys.put(key, versions);
    }
  }

  private synchronized List<StoredObject> allVersions(String key) {
    return new ArrayList<>(keys.getOrDefault(key, List.of()));
  }

  @Override
  public synchronized Versioning versioning() {
    return versioning;
  }

  @Override
  public synchronized void versioning(Versioning state) {
    versioning = state;
  }

  @Override
  public synchronized Optional<StoredObject> newest(String key) {
    return Optional.ofNullable(keys.get(key)).map(versions -> versions.get(0));
  }

  @Override
  public synchronized Optional<StoredObject> version(String key, String versionId) {
    return keys.getOrDefault(key, List.of()).stream()
        .filter(object -> object.versionId().equals(versionId))
        .findFirst();
  }

  @Override
  public synchronized StoredObject put(StoredObject object, WriteCondition condition)
      throws S3ErrorException {
    condition.check(newest(object.key()).filter(existing -> !existing.deleteMarker()));
    StoredObject stored = object.at(clock.instant(), nextVersionId());
    add(stored);
    return stored;
  }

  @Override
  public synchronized Optional<StoredObject> delete(String key, WriteCondition condition)
      throws S3ErrorException {
    condition.check(newest(key).filter(existing -> !existing.deleteMarker()));
    if (versioning == Versioning.OFF) {
      keys.remove(key);
      return Optional.empty();
    }
    StoredObject marker = StoredObject.marker(key, clock.instant(), nextVersionId());
    add(marker);
    return Optional.of(marker);
  }

  @Override
  public synchronized Optional<StoredObject> deleteVersion(String key, String versionId) {
    Optional<StoredObject> deleted = version(key, versionId);
    deleted.ifPresent(this::remove);
    return deleted;
  }

  @Override
  public synchronized void tag(String key, String versionId, String tags) {
    keys.getOrDefault(key, new ArrayList<>())
        .replaceAll(
            object -> object.versionId().equals(versionId) ? object.withTags(tags) : object);
  }

  private void add(StoredObject object) {
    if (object.versionId().equals(StoredObject.NULL_VERSION)) {
      version(object.key(), StoredObject.NULL_VERSION).ifPresent(this::remove);
    }
    keys.computeIfAbsent(object.key(), key -> new ArrayList<>()).add(0, object);
  }

  private void remove(StoredObject object) {
    List<StoredObject> versions = keys.getOrDefault(object.key(), new ArrayList<>());
    versions.removeIf(each -> each.versionId().equals(object.versionId()));
    if (versions.isEmpty()) {
      keys.remove(object.key());
    }
  }

  private String nextVersionId() {
    if (versioning != Versioning.ENABLED) {
      return StoredObject.NULL_VERSION;
    }
    var id = new StringBuilder(VERSION_LENGTH);
    ThreadLocalRandom.current()
        .ints(VERSION_LENGTH, 0, VERSION_ALPHABET.length())
        .forEach(index -> id.append(VERSION_ALPHABET.charAt(index)));
    return id.toString();
  }

  @Override
  public synchronized boolean isEmpty() {
    return keys.isEmpty();
  }

  @Override
  public synchronized List<StoredObject> current(String prefix, String after) {
    var found = new ArrayList<StoredObject>();
    boolean within = Utf8Order.INSTANCE.compare(after, prefix) >= 0;
    for (var entry : keys.tailMap(within ? after : prefix, !within).entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      StoredObject newest = entry.getValue().get(0);
      if (!newest.deleteMarker()) {
        found.add(newest);
      }
    }
    return found;
  }

  @Override
  public synchronized List<StoredObject> versions(String prefix) {
    var found = new ArrayList<StoredObject>();
    for (var entry : keys.tailMap(prefix, true).entrySet()) {
      if (!entry.getKey().startsWith(prefix)) {
        break;
      }
      found.addAll(entry.getValue());
    }
    return found;
  }
}
