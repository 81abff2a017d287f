package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.iam.PolicyEvaluator;
import global.pixell.par.testkit.internal.iam.Principal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An access key with its secret, principal and policies. Thread-safe; a change applies from the
 * next request on.
 */
public final class Credentials {

  /** The account of every identity and bucket, from the examples of AWS. */
  public static final String ACCOUNT = "123456789012";

  /** The characters that IAM allows; a slash would end the key in a credential scope. */
  private static final Pattern ACCESS_KEY = Pattern.compile("[\\w.+=@-]{1,128}");

  /** A session token and its expiry. */
  public record Session(String token, @Nullable Instant expires) {}

  private final String accessKey;
  private final String secretKey;
  private final Principal principal;
  private volatile List<PolicyDocument> policies = List.of(PolicyDocument.FULL_ACCESS);
  private volatile Optional<Session> session = Optional.empty();
  private final Instant issued = Instant.now();

  /**
   * Creates credentials that no server knows yet.
   *
   * @throws IllegalArgumentException for a malformed key
   */
  Credentials(String accessKey, String secretKey, Principal principal) {
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

  /** Credentials of a session of the task role. */
  public static Credentials task(String accessKey, String secretKey) {
    return new Credentials(
        accessKey,
        secretKey,
        new Principal(
            "arn:aws:sts::" + ACCOUNT + ":assumed-role/pixell-agent-runtime-task-role/par-testkit",
            SigV4.hash(accessKey),
            "par-testkit"));
  }

  /**
   * Credentials of an IAM user; characters that IAM does not allow in a user name become {@code -}.
   */
  public static Credentials user(
      String name, String accessKey, String secretKey, String canonicalId) {
    String user = name.replaceAll("[^\\w+=,.@-]", "-");
    return new Credentials(
        accessKey,
        secretKey,
        new Principal(
            "arn:aws:iam::" + ACCOUNT + ":user/" + (user.isEmpty() ? accessKey : user),
            canonicalId.isEmpty() ? SigV4.hash(accessKey) : canonicalId,
            name));
  }

  /**
   * Replaces the policies.
   *
   * @throws global.pixell.par.ParException when one of them is not an identity policy
   */
  public void policies(List<PolicyDocument> documents) {
    policies = PolicyEvaluator.identityPolicies(documents);
  }

  /**
   * Makes the credentials temporary: requests must carry this token. The token never expires when
   * {@code expires} is null.
   */
  public void session(String token, @Nullable Instant expires) {
    session = Optional.of(new Session(token, expires));
  }

  public String accessKey() {
    return accessKey;
  }

  public String secretKey() {
    return secretKey;
  }

  public Principal principal() {
    return principal;
  }

  public List<PolicyDocument> policies() {
    return policies;
  }

  public Optional<Session> session() {
    return session;
  }

  /** Whether the credentials belong to a session, because of their principal or their token. */
  public boolean isTemporary() {
    return session.isPresent() || principal.roleArn().isPresent();
  }

  /** When the credentials were created. */
  public Instant issued() {
    return issued;
  }

  /** Does not show the secret. */
  @Override
  public String toString() {
    return principal.arn() + " (" + accessKey + ")";
  }
}
