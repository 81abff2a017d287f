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
 * Credentials, whose they are, and what they allow. Thread-safe; a change holds from the next
 * request on.
 */
public final class Credentials {

  /** The account of every identity and every bucket; the one AWS uses in its examples. */
  public static final String ACCOUNT = "123456789012";

  /** IAM allows an access key id of word characters; a slash would end it in a signature. */
  private static final Pattern ACCESS_KEY = Pattern.compile("[\\w.+=@-]{1,128}");

  /** A token and its end. */
  public record Session(String token, @Nullable Instant expires) {}

  private final String accessKey;
  private final String secretKey;
  private final Principal principal;
  private volatile List<PolicyDocument> policies = List.of(PolicyDocument.FULL_ACCESS);
  private volatile Optional<Session> session = Optional.empty();
  private final Instant issued = Instant.now();

  /**
   * Makes one that is not yet known to any server.
   *
   * @throws IllegalArgumentException with a sentence, for a key that cannot be one
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

  /** A session of the role that PAR's tasks run under. */
  public static Credentials task(String accessKey, String secretKey) {
    return new Credentials(
        accessKey,
        secretKey,
        new Principal(
            "arn:aws:sts::" + ACCOUNT + ":assumed-role/pixell-agent-runtime-task-role/par-testkit",
            SigV4.hash(accessKey),
            "par-testkit"));
  }

  /** An IAM user; characters that IAM has not in a user's name become {@code -}. */
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
   * Gives them these policies instead of all they had.
   *
   * @throws global.pixell.par.ParException when one of them is not an identity policy
   */
  public void policies(List<PolicyDocument> documents) {
    policies = PolicyEvaluator.identityPolicies(documents);
  }

  /** Makes them temporary: requests have to carry this token; null for no end. */
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

  /** Whether its credentials are of a session, by what it is or by what it was given. */
  public boolean isTemporary() {
    return session.isPresent() || principal.roleArn().isPresent();
  }

  /** When its credentials were made. */
  public Instant issued() {
    return issued;
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return principal.arn() + " (" + accessKey + ")";
  }
}
