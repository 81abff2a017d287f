package global.pixell.par.testkit;

import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** What an admitted caller may do. */
interface AuthorizedRequest {

  /** Who it is. */
  Principal principal();

  /**
   * For what shows only while the operation runs: a key of DeleteObjects, the source of a copy.
   *
   * @throws S3Failure AccessDenied
   */
  default void demand(Permission permission) throws S3Failure {
    demand(permission, Map.of());
  }

  /**
   * As above.
   *
   * @param more condition keys that show only now
   */
  void demand(Permission permission, Map<String, List<String>> more) throws S3Failure;

  /**
   * What the caller is told instead of a missing key's 404: that, or 403 when it may not list.
   *
   * @param noSuchKey the answer to one who may list
   */
  S3Failure missing(S3Request request, S3Failure noSuchKey) throws S3Failure;

  /**
   * The body, which is refused with its last bytes unless it has the hash that was signed.
   *
   * @throws S3Failure XAmzContentSHA256Mismatch, at once for a body that is not there
   */
  InputStream body() throws S3Failure;

  /** Proves the chunks of an {@code aws-chunked} body that is signed chunk by chunk. */
  ChunkVerifier chunkVerifier();
}
