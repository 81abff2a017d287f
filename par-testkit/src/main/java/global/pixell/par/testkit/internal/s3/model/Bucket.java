package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Objects by key, and their versions. Thread-safe; each change is atomic. */
public interface Bucket {

  /** Whether the bucket keeps old versions. */
  enum Versioning {
    /** Versioning was never enabled. */
    OFF,
    ENABLED,
    SUSPENDED
  }

  /** A condition on the existing object; the change happens only if the condition holds. */
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
   * @return the delete marker, if one was added
   */
  Optional<StoredObject> delete(String key, WriteCondition condition) throws IOException;

  /**
   * Deletes one version for good.
   *
   * @return the deleted version
   */
  Optional<StoredObject> deleteVersion(String key, String versionId) throws IOException;

  /** Replaces the tags of one version, if it exists. The rest of the version does not change. */
  void tag(String key, String versionId, String tags) throws IOException;

  /** Whether the bucket has no objects, old versions or delete markers. */
  boolean isEmpty() throws IOException;

  /**
   * The newest versions, without delete markers, in the order of their keys' UTF-8 bytes. The
   * bucket may read them lazily, during the iteration.
   *
   * @param after the key after which the iteration begins; empty for all
   */
  Iterable<StoredObject> current(String prefix, String after) throws IOException;

  /** All versions, ordered by key, then newest first. */
  List<StoredObject> versions(String prefix) throws IOException;
}
