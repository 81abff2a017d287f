package global.pixell.par.testkit;

import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.iam.Principal;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A caller of a {@link FakeS3}: credentials and the policies attached to them.
 *
 * <p>Without a policy an identity has full access. All identities and buckets belong to one
 * account. Thread-safe; a change applies from the next request on.
 */
public final class Identity {

  private final Credentials credentials;

  Identity(Credentials credentials) {
    this.credentials = credentials;
  }

  /**
   * Replaces its policies with one policy.
   *
   * @param file an IAM identity policy, for instance {@code iam/task-role-policy.json}
   * @return this
   * @throws global.pixell.par.ParException {@code CONFIG} when the file cannot be read, or the fake
   *     cannot enforce the policy
   */
  public Identity policy(Path file) {
    return policy(Policy.read(file));
  }

  /**
   * Replaces its policies.
   *
   * @param first an identity policy
   * @param more further identity policies
   * @return this
   * @throws global.pixell.par.ParException {@code CONFIG} when one of them is not an identity
   *     policy
   */
  public Identity policy(Policy first, Policy... more) {
    credentials.policies(
        Stream.concat(Stream.of(first), Stream.of(more)).map(Policy::document).toList());
    return this;
  }

  /**
   * Makes its credentials temporary: requests must carry this token.
   *
   * @param token the session token
   * @param expires the moment, by {@link FakeS3#clock}, from which requests get ExpiredToken; null
   *     for never
   * @return this
   */
  public Identity session(String token, @Nullable Instant expires) {
    credentials.session(token, expires);
    return this;
  }

  /**
   * Its access key id.
   *
   * @return the value for {@code AWS_ACCESS_KEY_ID}
   */
  public String accessKey() {
    return credentials.accessKey();
  }

  /**
   * Its secret.
   *
   * @return the value for {@code AWS_SECRET_ACCESS_KEY}
   */
  public String secretKey() {
    return credentials.secretKey();
  }

  /**
   * Its session token.
   *
   * @return the value for {@code AWS_SESSION_TOKEN}; empty for permanent credentials
   */
  public Optional<String> sessionToken() {
    return credentials.session().map(Credentials.Session::token);
  }

  /**
   * Its ARN, as in policies, denials and {@code sts get-caller-identity}.
   *
   * @return an ARN
   */
  public String arn() {
    return principal().arn();
  }

  /**
   * The canonical user id in S3's Owner elements.
   *
   * @return 64 hex digits unless another was set
   */
  public String canonicalId() {
    return principal().canonicalId();
  }

  /**
   * The name in S3's Owner elements.
   *
   * @return the name that was set
   */
  public String displayName() {
    return principal().displayName();
  }

  Principal principal() {
    return credentials.principal();
  }

  /** Does not show the secret. */
  @Override
  public String toString() {
    return credentials.toString();
  }
}
