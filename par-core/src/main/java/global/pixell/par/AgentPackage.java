package global.pixell.par;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A package on this machine: verified, unpacked, complete.
 *
 * <p>The directory is the cache's own read-only tree. The cache keeps it until the package or the
 * {@link Par} is closed; use {@link #copyTo(Path)} for a tree to keep or to write in. Immutable and
 * thread-safe.
 *
 * <p>An interface so that hosts can mock it; new methods may be added in any version.
 */
public interface AgentPackage extends AutoCloseable {

  /** How the bytes came to be on this machine. */
  enum Source {
    /** Downloaded by this call. */
    DOWNLOAD,
    /** In the cache already; for a pinned digest, no request was made. */
    CACHE,
    /** A file or a directory of this machine, named by the caller. */
    LOCAL
  }

  /**
   * Where a package came from, pinned: no part of it means "latest".
   *
   * @param address the address without its query, such as {@code s3://bucket/key}, or the local
   *     path
   * @param versionId the S3 version that was read, where the bucket keeps versions
   * @param eTag the S3 entity tag, without quotes, where S3 was asked
   * @param source how the bytes came here
   */
  record Origin(String address, Optional<String> versionId, Optional<String> eTag, Source source) {
    @Override
    public String toString() {
      return address + versionId.map(v -> "?versionId=" + v).orElse("");
    }
  }

  /**
   * The manifest of the package.
   *
   * @return the parsed and checked {@code agent.yaml}
   */
  AgentManifest manifest();

  /**
   * The digest of the archive.
   *
   * @return empty only for a local directory, which has no archive
   */
  Optional<Digest> digest();

  /**
   * Where it came from.
   *
   * @return the pinned address and how its bytes came here
   */
  Origin origin();

  /**
   * The unpacked tree.
   *
   * @return an absolute path; read-only unless it is the caller's own local directory
   */
  Path directory();

  /**
   * What an operator should know and a boot need not stop for, such as a {@code .env} file in the
   * package.
   *
   * @return sentences, possibly none
   */
  List<String> warnings();

  /**
   * Makes an own, writable copy that appears whole, by one rename; in a mount point, which nothing
   * can be renamed over, its files and folders appear one after the other once all are copied.
   *
   * @param target a directory that is absent or empty
   * @throws ParException of kind {@code CONFIG} when {@code target} is neither, {@code DISK} when
   *     it cannot be written
   */
  void copyTo(Path target);

  /**
   * Ends the use of the directory: the cache may evict it from now on. Idempotent; deletes nothing
   * of a local directory.
   */
  @Override
  void close();
}
