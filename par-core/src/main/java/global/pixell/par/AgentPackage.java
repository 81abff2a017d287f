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

  /** Where the bytes came from. */
  enum Source {
    /** This call downloaded them. */
    DOWNLOAD,
    /** They were in the cache. For a pinned digest, PAR made no request. */
    CACHE,
    /** A file or directory of this machine, which the caller named. */
    LOCAL
  }

  /**
   * Where a package came from. When PAR asked S3, the address names one object, never "latest".
   *
   * @param address the address without its query, such as {@code s3://bucket/key}; the local path;
   *     or the reference itself when the cache had the package and PAR did not ask S3
   * @param versionId the S3 version that PAR read; empty when the bucket keeps no versions or PAR
   *     did not ask S3
   * @param eTag the S3 entity tag, without quotes; empty when PAR did not ask S3
   * @param source where the bytes came from
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
   * Where the package came from.
   *
   * @return the address and the source of the bytes
   */
  Origin origin();

  /**
   * The unpacked tree.
   *
   * @return an absolute path, valid until {@link #close}; read-only unless it is the caller's own
   *     local directory
   */
  Path directory();

  /**
   * Problems that an operator should know although they do not stop a boot, such as a {@code .env}
   * file in the package.
   *
   * @return sentences, possibly none
   */
  List<String> warnings();

  /**
   * Copies the tree into a directory that the caller may keep and write to. The copy appears
   * complete, by one rename. Nothing can be renamed over a mount point, so there the entries appear
   * one after the other, after PAR has copied all of them.
   *
   * @param target a directory that is absent or empty
   * @throws ParException of kind {@code CONFIG} when {@code target} is neither, {@code DISK} when
   *     it cannot be written
   */
  void copyTo(Path target);

  /**
   * Ends the lease of the directory: afterwards the cache may evict the package. Idempotent. Never
   * deletes a local directory.
   */
  @Override
  void close();
}
