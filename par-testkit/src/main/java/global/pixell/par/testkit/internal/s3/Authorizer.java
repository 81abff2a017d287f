package global.pixell.par.testkit.internal.s3;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;

/** Who may come in: authentication, then authorization. */
public interface Authorizer {

  /**
   * Admits a request.
   *
   * @param entry is told who asks, and for what
   * @return what its caller may do
   * @throws S3ErrorException when it is not who it says, or may not do what it asks
   */
  AuthorizedRequest authorize(S3Request request, JournalEntry entry) throws S3ErrorException;
}
