package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;

/** Objects by key, and their versions. Thread-safe; each change happens at once. */
public interface Bucket {

  /** Whether old versions stay. */
  enum Versioning {
    /** Never was on. */
    OFF,
    ENABLED,
    SUSPENDED
  }

  /** What must hold of the object that is there, for a change to happen. */
  interface WriteCondition {
    WriteCondition NONE = existing -> {};

    /**
     * Checks it.
     *
     * @param existing nothing for a missing key and for a delete marker
     * @throws S3ErrorException when it does not hold
     */
    void check(Optional<StoredObject> existing) throws S3ErrorException;
  }

  Versioning versioning() throws IOException;

  /**
   * Changes it.
   *
   * @throws S3ErrorException where there is no place for versions
   */
  void versioning(Versioning state) throws IOException;

  /** The newest version, which may be a delete marker. */
  Optional<StoredObject> newest(String key) throws IOException;

  /** One version of a key. */
  Optional<StoredObject> version(String key, String versionId) throws IOException;

  /**
   * Puts a version.
   *
   * @return it, with its version id
   */
  StoredObject put(StoredObject object, WriteCondition condition) throws IOException;

  /**
   * Deletes the newest, or hides it behind a delete marker.
   *
   * @return the marker, where one was made
   */
  Optional<StoredObject> delete(String key, WriteCondition condition) throws IOException;

  /**
   * Deletes one version for good.
   *
   * @return what it was
   */
  Optional<StoredObject> deleteVersion(String key, String versionId) throws IOException;

  /** Whether nothing is in it, no delete marker either. */
  boolean isEmpty() throws IOException;

  /** The newest versions that are no delete markers, in the order of their UTF-8 bytes. */
  NavigableMap<String, StoredObject> current(String prefix) throws IOException;

  /** All versions: by key, then newest first. */
  List<StoredObject> versions(String prefix) throws IOException;
}
