package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;

/** An authenticated request, and what its caller may do. */
public interface AuthorizedRequest {

  /** The caller. */
  Principal principal();

  /**
   * Checks a permission that only the running operation knows, such as one for a key of
   * DeleteObjects or for the source of a copy.
   *
   * @throws S3ErrorException AccessDenied
   */
  default void requirePermission(Permission permission) throws S3ErrorException {
    requirePermission(permission, Map.of());
  }

  /**
   * Checks a permission with further context.
   *
   * @param more condition keys that only the operation knows
   */
  void requirePermission(Permission permission, Map<String, List<String>> more)
      throws S3ErrorException;

  /**
   * Checks all permissions that a request needs.
   *
   * @throws S3ErrorException AccessDenied
   */
  default void requirePermissions(S3Request request) throws S3ErrorException {
    for (Permission permission : request.permissions()) {
      requirePermission(permission);
    }
  }

  /**
   * The same request with the signer of a form as its caller; no permission has been checked for
   * it.
   *
   * @param upload the upload that the form asks for
   * @param fields the form, by names in lower case
   * @throws S3ErrorException when the signature is wrong
   */
  AuthorizedRequest ofForm(S3Request upload, Map<String, String> fields) throws S3ErrorException;

  /**
   * The error for a missing key: 404, or 403 when the caller may not list the bucket.
   *
   * @param noSuchKey the error for a caller that may list
   */
  S3ErrorException notFoundOrDenied(S3Request request, S3ErrorException noSuchKey)
      throws S3ErrorException;

  /**
   * The body. Unless it has the signed hash, a read fails before it returns the last bytes.
   *
   * @throws S3ErrorException XAmzContentSHA256Mismatch, at once for a missing body
   */
  InputStream body() throws S3ErrorException;

  /** Verifies an {@code aws-chunked} body that is signed chunk by chunk. */
  ChunkVerifier chunkVerifier();
}
