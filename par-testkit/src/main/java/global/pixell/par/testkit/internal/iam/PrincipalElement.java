package global.pixell.par.testkit.internal.iam;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Whom a statement of a bucket policy is about.
 *
 * @param except whether it is {@code NotPrincipal}: everybody but these
 * @param everybody whether {@code *} stands there
 * @param aws ARNs of users, roles, sessions and account roots; an account id is kept as its root
 * @param canonicalUsers S3's own ids
 */
record PrincipalElement(
    boolean except, boolean everybody, Set<String> aws, Set<String> canonicalUsers) {

  private static final Pattern ACCOUNT = Pattern.compile("[0-9]{12}");
  private static final Pattern ARN =
      Pattern.compile(
          "arn:aws[a-z-]*:(iam::[0-9]{12}:(root|user/.+|role/.+)"
              + "|sts::[0-9]{12}:(assumed-role/[^/]+/.+|federated-user/.+))");

  /** How a caller is meant. */
  enum Match {
    NO,
    /** By its account only: the account's own policies still have to allow. */
    AS_ACCOUNT,
    /** By its own name, or with everybody. */
    BY_NAME
  }

  PrincipalElement {
    aws = Set.copyOf(aws);
    canonicalUsers = Set.copyOf(canonicalUsers);
  }

  /**
   * An entry of {@code "AWS"} in the form that is compared.
   *
   * @throws IllegalArgumentException with a sentence
   */
  static String normalised(String value) {
    if (ACCOUNT.matcher(value).matches()) {
      return "arn:aws:iam::" + value + ":root";
    }
    if (value.contains("*") || value.contains("?")) {
      throw new IllegalArgumentException(
          "\"" + value + "\" has a wildcard; a principal is named whole, or is \"*\" alone");
    }
    if (!ARN.matcher(value).matches()) {
      throw new IllegalArgumentException(
          "\""
              + value
              + "\" is not a principal: write \"*\", an account id, or the ARN of a user, role,"
              + " session or account root");
    }
    return value;
  }

  Match match(Principal caller) {
    if (except) {
      // IAM leaves a caller out only when each of its names is listed: session, role and account.
      boolean listed =
          everybody || (!caller.isAnonymous() && caller.names().stream().allMatch(this::names));
      return listed ? Match.NO : Match.BY_NAME;
    }
    if (everybody
        || (!caller.canonicalId().isEmpty() && canonicalUsers.contains(caller.canonicalId()))) {
      return Match.BY_NAME;
    }
    if (caller.isAnonymous()) {
      return Match.NO;
    }
    List<String> names = caller.names();
    if (names.subList(0, names.size() - 1).stream().anyMatch(this::names)) {
      return Match.BY_NAME;
    }
    return names(names.get(names.size() - 1)) ? Match.AS_ACCOUNT : Match.NO;
  }

  private boolean names(String arn) {
    return aws.stream().anyMatch(each -> withoutPath(each).equals(withoutPath(arn)));
  }

  /** A session does not carry the path of its role, and account roots are one in all partitions. */
  private static String withoutPath(String arn) {
    if (arn.endsWith(":root")) {
      return arn.replaceFirst("^arn:[a-z-]+:", "arn:aws:").toLowerCase(Locale.ROOT);
    }
    int role = arn.indexOf(":role/");
    return role < 0 ? arn : arn.substring(0, role + 6) + arn.substring(arn.lastIndexOf('/') + 1);
  }
}
