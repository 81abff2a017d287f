package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** What an admitted caller may do. */
public interface AuthorizedRequest {

  /** Who it is. */
  Principal principal();

  /**
   * For what shows only while the operation runs: a key of DeleteObjects, the source of a copy.
   *
   * @throws S3ErrorException AccessDenied
   */
  default void requirePermission(Permission permission) throws S3ErrorException {
    requirePermission(permission, Map.of());
  }

  /**
   * As above.
   *
   * @param more condition keys that show only now
   */
  void requirePermission(Permission permission, Map<String, List<String>> more)
      throws S3ErrorException;

  /**
   * What the caller is told instead of a missing key's 404: that, or 403 when it may not list.
   *
   * @param noSuchKey the answer to one who may list
   */
  S3ErrorException notFoundOrDenied(S3Request request, S3ErrorException noSuchKey)
      throws S3ErrorException;

  /**
   * The body, which is refused with its last bytes unless it has the hash that was signed.
   *
   * @throws S3ErrorException XAmzContentSHA256Mismatch, at once for a body that is not there
   */
  InputStream body() throws S3ErrorException;

  /** Proves the chunks of an {@code aws-chunked} body that is signed chunk by chunk. */
  ChunkVerifier chunkVerifier();
}
