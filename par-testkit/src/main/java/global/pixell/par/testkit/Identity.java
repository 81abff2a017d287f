package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.iam.Principal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may sign requests to a {@link FakeS3}: credentials, and what they are good for.
 *
 * <p>Without a policy an identity may do everything. All identities are of one account, and its
 * buckets are theirs. Thread-safe; a change holds from the next request on.
 */
public final class Identity {

  private final Credentials credentials;

  Identity(Credentials credentials) {
    this.credentials = credentials;
  }

  /**
   * Gives it one policy instead of all it had.
   *
   * @param file an IAM identity policy, for instance {@code iam/task-role-policy.json}
   * @return this
   * @throws global.pixell.par.ParException when the document cannot be read, or cannot be enforced
   */
  public Identity policy(Path file) {
    return policy(Policy.read(file));
  }

  /**
   * Gives it these policies instead of all it had.
   *
   * @param first an identity policy
   * @param more further ones
   * @return this
   * @throws global.pixell.par.ParException when one of them is not an identity policy
   */
  public Identity policy(Policy first, Policy... more) {
    credentials.policies(
        Stream.concat(Stream.of(first), Stream.of(more)).map(Policy::document).toList());
    return this;
  }

  /**
   * Makes its credentials temporary: requests have to carry this token.
   *
   * @param token the session token
   * @param expires from when on it is answered with ExpiredToken; null for never
   * @return this
   */
  public Identity session(String token, @Nullable Instant expires) {
    credentials.session(token, expires);
    return this;
  }

  /**
   * Its access key id.
   *
   * @return for {@code AWS_ACCESS_KEY_ID}
   */
  public String accessKey() {
    return credentials.accessKey();
  }

  /**
   * Its secret.
   *
   * @return for {@code AWS_SECRET_ACCESS_KEY}
   */
  public String secretKey() {
    return credentials.secretKey();
  }

  /**
   * Its session token.
   *
   * @return for {@code AWS_SESSION_TOKEN}; empty for credentials that do not end
   */
  public Optional<String> sessionToken() {
    return credentials.session().map(Credentials.Session::token);
  }

  /**
   * Who it is, as policies, denials and {@code sts get-caller-identity} have it.
   *
   * @return an ARN
   */
  public String arn() {
    return principal().arn();
  }

  /**
   * The id that S3 puts into owners.
   *
   * @return 64 hex digits unless it was given another
   */
  public String canonicalId() {
    return principal().canonicalId();
  }

  /**
   * The name that S3 puts into owners.
   *
   * @return as it was given
   */
  public String displayName() {
    return principal().displayName();
  }

  Principal principal() {
    return credentials.principal();
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return credentials.toString();
  }
}
