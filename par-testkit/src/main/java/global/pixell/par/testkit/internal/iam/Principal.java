package global.pixell.par.testkit.internal.iam;

import java.util.List;
import java.util.Optional;

/**
 * The caller of a request: an IAM user, a session of a role, the root of an account, or anonymous.
 *
 * @param arn for instance {@code arn:aws:sts::123456789012:assumed-role/task/session}, or {@code
 *     anonymous}
 * @param canonicalId the id in S3's Owner elements; empty without one
 * @param displayName the name that accompanies the id; empty without one
 */
public record Principal(String arn, String canonicalId, String displayName) {

  /** The caller of a request without a signature. */
  public static final Principal ANONYMOUS = new Principal("anonymous", "", "");

  public static Principal of(String arn) {
    return new Principal(arn, "", "");
  }

  public boolean isAnonymous() {
    return arn.equals("anonymous");
  }

  public String partition() {
    return segment(1);
  }

  /** The account, twelve digits; empty for an anonymous caller. */
  public String account() {
    return segment(4);
  }

  /** The name of an IAM user, without its path; empty for other callers. */
  Optional<String> userName() {
    return name().startsWith("user/")
        ? Optional.of(name().substring(name().lastIndexOf('/') + 1))
        : Optional.empty();
  }

  /**
   * The ARN of a session's role, without the role's path, which the session's ARN does not contain.
   */
  public Optional<String> roleArn() {
    String[] parts = name().split("/", -1);
    return parts.length == 3 && parts[0].equals("assumed-role")
        ? Optional.of("arn:" + partition() + ":iam::" + account() + ":role/" + parts[1])
        : Optional.empty();
  }

  /** The value of {@code aws:PrincipalType}. */
  public String type() {
    if (isAnonymous()) {
      return "Anonymous";
    }
    if (roleArn().isPresent()) {
      return "AssumedRole";
    }
    return name().equals("root") ? "Account" : "User";
  }

  /** The user id of {@code sts get-caller-identity}: stable, in the format of AWS. */
  public String userId() {
    String seed = roleArn().orElse(arn);
    String id = "%016X".formatted(seed.hashCode() * 0x9E3779B97F4A7C15L);
    return switch (type()) {
      case "AssumedRole" -> "AROA" + id + ":" + name().substring(name().lastIndexOf('/') + 1);
      case "Account" -> account();
      default -> "AIDA" + id;
    };
  }

  /**
   * All names by which a policy can match this caller, from the most specific one to the account.
   */
  public List<String> names() {
    String root = "arn:" + partition() + ":iam::" + account() + ":root";
    return roleArn().map(role -> List.of(arn, role, root)).orElseGet(() -> List.of(arn, root));
  }

  private String name() {
    return segment(5);
  }

  private String segment(int index) {
    String[] segments = arn.split(":", 6);
    return segments.length == 6 ? segments[index] : "";
  }
}
