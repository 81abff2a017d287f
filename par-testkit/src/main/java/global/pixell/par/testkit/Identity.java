package global.pixell.par.testkit;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who may sign requests to a {@link FakeS3}: credentials, and what they are good for.
 *
 * <p>Without a policy an identity may do everything. All identities are of one account, and its
 * buckets are theirs. Thread-safe; a change holds from the next request on.
 */
public final class Identity {

  /** The account of every identity and every bucket; the one AWS uses in its examples. */
  static final String ACCOUNT = "123456789012";

  /** IAM allows an access key id of word characters; a slash would end it in a signature. */
  private static final Pattern ACCESS_KEY = Pattern.compile("[\\w.+=@-]{1,128}");

  /** A token and its end. */
  record Session(String token, @Nullable Instant expires) {}

  private final String accessKey;
  private final String secretKey;
  private final Principal principal;
  private volatile List<Policy> policies = List.of(Policy.FULL_ACCESS);
  private volatile Optional<Session> session = Optional.empty();
  private final Instant issued = Instant.now();

  /**
   * Makes one that is not yet known to any server.
   *
   * @throws IllegalArgumentException with a sentence, for a key that cannot be one
   */
  Identity(String accessKey, String secretKey, Principal principal) {
    if (!ACCESS_KEY.matcher(accessKey).matches()) {
      throw new IllegalArgumentException(
          "\"" + accessKey + "\" is not an access key: 1 to 128 letters, digits or _ . + = @ -");
    }
    if (secretKey.isBlank()) {
      throw new IllegalArgumentException(
          "the secret key of \"" + accessKey + "\" is blank; nothing could be signed with it");
    }
    this.accessKey = accessKey;
    this.secretKey = secretKey;
    this.principal = principal;
  }

  /** A session of the role that PAR's tasks run under. */
  static Identity task(String accessKey, String secretKey) {
    return new Identity(
        accessKey,
        secretKey,
        new Principal(
            "arn:aws:sts::" + ACCOUNT + ":assumed-role/pixell-agent-runtime-task-role/par-testkit",
            SigV4.hash(accessKey),
            "par-testkit"));
  }

  /** An IAM user; characters that IAM has not in a user's name become {@code -}. */
  static Identity user(String name, String accessKey, String secretKey, String canonicalId) {
    String user = name.replaceAll("[^\\w+=,.@-]", "-");
    return new Identity(
        accessKey,
        secretKey,
        new Principal(
            "arn:aws:iam::" + ACCOUNT + ":user/" + (user.isEmpty() ? accessKey : user),
            canonicalId.isEmpty() ? SigV4.hash(accessKey) : canonicalId,
            name));
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
    var all = new ArrayList<>(List.of(first));
    all.addAll(List.of(more));
    policies = PolicyEvaluator.identityPolicies(all);
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
    session = Optional.of(new Session(token, expires));
    return this;
  }

  /**
   * Its access key id.
   *
   * @return for {@code AWS_ACCESS_KEY_ID}
   */
  public String accessKey() {
    return accessKey;
  }

  /**
   * Its secret.
   *
   * @return for {@code AWS_SECRET_ACCESS_KEY}
   */
  public String secretKey() {
    return secretKey;
  }

  /**
   * Its session token.
   *
   * @return for {@code AWS_SESSION_TOKEN}; empty for credentials that do not end
   */
  public Optional<String> sessionToken() {
    return session.map(Session::token);
  }

  /**
   * Who it is, as policies, denials and {@code sts get-caller-identity} have it.
   *
   * @return an ARN
   */
  public String arn() {
    return principal.arn();
  }

  /**
   * The id that S3 puts into owners.
   *
   * @return 64 hex digits unless it was given another
   */
  public String canonicalId() {
    return principal.canonicalId();
  }

  /**
   * The name that S3 puts into owners.
   *
   * @return as it was given
   */
  public String displayName() {
    return principal.displayName();
  }

  Principal principal() {
    return principal;
  }

  List<Policy> policies() {
    return policies;
  }

  Optional<Session> session() {
    return session;
  }

  /** Whether its credentials are of a session, by what it is or by what it was given. */
  boolean isTemporary() {
    return session.isPresent() || principal.roleArn().isPresent();
  }

  /** When its credentials were made. */
  Instant issued() {
    return issued;
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return arn() + " (" + accessKey + ")";
  }
}
