package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Objects by key, and their versions. Thread-safe; each change is atomic. */
public interface Bucket {

  /** Whether old versions are kept. */
  enum Versioning {
    /** Versioning was never enabled. */
    OFF,
    ENABLED,
    SUSPENDED
  }

  /** A condition on the existing object, without which no change happens. */
  interface WriteCondition {
    WriteCondition NONE = existing -> {};

    /**
     * Checks the condition.
     *
     * @param existing empty for a missing key and for a delete marker
     * @throws S3ErrorException when it does not hold
     */
    void check(Optional<StoredObject> existing) throws S3ErrorException;
  }

  Versioning versioning() throws IOException;

  /**
   * Sets the versioning state.
   *
   * @throws S3ErrorException when the bucket cannot keep versions
   */
  void versioning(Versioning state) throws IOException;

  /** The newest version, which may be a delete marker. */
  Optional<StoredObject> newest(String key) throws IOException;

  /** One version of a key. */
  Optional<StoredObject> version(String key, String versionId) throws IOException;

  /**
   * Puts a version.
   *
   * @return the stored object, with its version id
   */
  StoredObject put(StoredObject object, WriteCondition condition) throws IOException;

  /**
   * Deletes the newest version, or adds a delete marker.
   *
   * @return the marker, if one was made
   */
  Optional<StoredObject> delete(String key, WriteCondition condition) throws IOException;

  /**
   * Deletes one version for good.
   *
   * @return the deleted version
   */
  Optional<StoredObject> deleteVersion(String key, String versionId) throws IOException;

  /** Replaces the tags of one version, if it exists; nothing else of it changes. */
  void tag(String key, String versionId, String tags) throws IOException;

  /** Whether it has no objects, old versions or delete markers. */
  boolean isEmpty() throws IOException;

  /**
   * The newest versions, without delete markers, in the order of their keys' UTF-8 bytes. They may
   * be read only as they are iterated over.
   *
   * @param after the key that they come after; empty for all
   */
  Iterable<StoredObject> current(String prefix, String after) throws IOException;

  /** All versions, ordered by key, then newest first. */
  List<StoredObject> versions(String prefix) throws IOException;
}
