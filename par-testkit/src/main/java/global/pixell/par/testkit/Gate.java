package global.pixell.par.testkit;

/** Who may come in: authentication, then authorization. */
interface Gate {

  /**
   * Admits a request.
   *
   * @param trail is told who asks, and for what
   * @return what its caller may do
   * @throws S3Failure when it is not who it says, or may not do what it asks
   */
  AuthorizedRequest admit(S3Request request, Trail trail) throws S3Failure;
}
