package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;

/** Authenticates and authorizes requests. */
public interface Authorizer {

  /**
   * Authenticates and authorizes a request.
   *
   * @param entry records the caller and the decisions
   * @return the request with its caller
   * @throws S3ErrorException when authentication or authorization fails
   */
  AuthorizedRequest authorize(S3Request request, JournalEntry entry) throws S3ErrorException;
}
