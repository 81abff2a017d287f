package global.pixell.par.testkit.internal.iam;

import java.util.List;
import java.util.Optional;

/**
 * Who makes a request: an IAM user, a session of a role, the root of an account, or nobody known.
 *
 * @param arn for instance {@code arn:aws:sts::123456789012:assumed-role/task/session}, or {@code
 *     anonymous}
 * @param canonicalId the id that S3 puts into owners and ACLs; empty when there is none
 * @param displayName the name that S3 puts beside it; empty when there is none
 */
public record Principal(String arn, String canonicalId, String displayName) {

  /** A request without a signature. */
  public static final Principal ANONYMOUS = new Principal("anonymous", "", "");

  static Principal of(String arn) {
    return new Principal(arn, "", "");
  }

  public boolean isAnonymous() {
    return arn.equals("anonymous");
  }

  public String partition() {
    return segment(1);
  }

  /** Twelve digits, or empty for nobody. */
  public String account() {
    return segment(4);
  }

  /** The name of an IAM user, without its path; nobody else has one. */
  Optional<String> userName() {
    return name().startsWith("user/")
        ? Optional.of(name().substring(name().lastIndexOf('/') + 1))
        : Optional.empty();
  }

  /**
   * The role of a session as its ARN would be without a path: a session does not carry the path.
   */
  public Optional<String> roleArn() {
    String[] parts = name().split("/", -1);
    return parts.length == 3 && parts[0].equals("assumed-role")
        ? Optional.of("arn:" + partition() + ":iam::" + account() + ":role/" + parts[1])
        : Optional.empty();
  }

  /** What {@code aws:PrincipalType} says of it. */
  String type() {
    if (isAnonymous()) {
      return "Anonymous";
    }
    if (roleArn().isPresent()) {
      return "AssumedRole";
    }
    return name().equals("root") ? "Account" : "User";
  }

  /**
   * What {@code sts get-caller-identity} calls the user id: stable, and shaped as AWS shapes it.
   */
  public String userId() {
    String seed = roleArn().orElse(arn);
    String id = "%016X".formatted(seed.hashCode() * 0x9E3779B97F4A7C15L);
    return switch (type()) {
      case "AssumedRole" -> "AROA" + id + ":" + name().substring(name().lastIndexOf('/') + 1);
      case "Account" -> account();
      default -> "AIDA" + id;
    };
  }

  /** Every name a policy may mean this caller by, from the narrowest to the account. */
  List<String> names() {
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
