package global.pixell.par.internal.remote.s3;

import global.pixell.par.internal.remote.AbortableRequests;
import software.amazon.awssdk.auth.credentials.AwsCredentials;

/** Where the credentials of a request come from. Thread-safe. */
interface CredentialsSource {

  /**
   * The current credentials.
   *
   * @param requests of the caller; may end the wait for them
   * @throws RuntimeException when there are none
   */
  AwsCredentials resolve(AbortableRequests requests);
}
