package global.pixell.par.testkit.internal.iam;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The {@code Principal} or {@code NotPrincipal} of a statement.
 *
 * @param except whether it is {@code NotPrincipal}: everybody except these
 * @param everybody whether it is {@code *}
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

  /** How a {@code Principal} element matches a caller. */
  enum Match {
    NO,
    /** By the caller's account only: the policies of that account must also allow the request. */
    AS_ACCOUNT,
    /** By the caller's own name, or because the element is {@code *}. */
    BY_NAME
  }

  PrincipalElement {
    aws = Set.copyOf(aws);
    canonicalUsers = Set.copyOf(canonicalUsers);
  }

  /**
   * Normalizes an entry of {@code "AWS"} for comparison.
   *
   * @throws IllegalArgumentException with a sentence
   */
  static String normalised(String value) {
    if (ACCOUNT.matcher(value).matches()) {
      return "arn:aws:iam::" + value + ":root";
    }
    if (value.contains("*") || value.contains("?")) {
      throw new IllegalArgumentException(
          "\"" + value + "\" has a wildcard; write a whole principal, or \"*\" alone");
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
      // NotPrincipal exempts a caller only when it lists all of the caller's names: session, role
      // and account.
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

  /** Removes the path, which a session's ARN lacks; account roots are equal in all partitions. */
  private static String withoutPath(String arn) {
    if (arn.endsWith(":root")) {
      return arn.replaceFirst("^arn:[a-z-]+:", "arn:aws:").toLowerCase(Locale.ROOT);
    }
    int role = arn.indexOf(":role/");
    return role < 0 ? arn : arn.substring(0, role + 6) + arn.substring(arn.lastIndexOf('/') + 1);
  }
}
