package global.pixell.par.testkit.internal.iam;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.testkit.internal.iam.PrincipalElement.Match;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Evaluates identity policies and bucket policies together, as IAM does: an explicit deny wins;
 * without one, an allow permits the request; without either, the request is denied.
 *
 * <p>Within one account, an allow by the identity's policies or by the bucket's policy is enough.
 * For a bucket of another account ({@code aws:ResourceAccount}), both must allow. A bucket policy
 * that names an account instead of a caller delegates the decision to the policies of that account.
 *
 * <p>Immutable and thread-safe.
 */
public final class PolicyEvaluator {

  private final List<Statement> identity;
  private final List<Statement> bucket;

  /**
   * Creates an evaluator of identity policies and bucket policies.
   *
   * @throws ParException {@link Kind#CONFIG} when an identity policy has a principal, or a bucket
   *     policy has no principal or no resource
   */
  public PolicyEvaluator(
      List<PolicyDocument> identityPolicies, List<PolicyDocument> bucketPolicies) {
    this.identity = statements(identityPolicies);
    this.bucket = statements(bucketPolicies);
    refusePrincipals(identity);
    refuse(
        bucket,
        statement -> statement.principals() == null || statement.resources().isEmpty(),
        "is in a bucket policy, so it needs a Principal and a Resource",
        "Add the missing element: \"Principal\" names the callers, \"Resource\" the bucket or its objects.");
  }

  /**
   * Checks that an identity can have these policies, and returns them.
   *
   * @throws ParException {@link Kind#CONFIG} when one of them has a principal
   */
  public static List<PolicyDocument> identityPolicies(List<PolicyDocument> policies) {
    refusePrincipals(statements(policies));
    return List.copyOf(policies);
  }

  /**
   * Checks that a bucket can have this policy.
   *
   * @throws ParException {@link Kind#CONFIG} for a statement without principal or resource, or
   *     about another bucket
   */
  public static void requireBucketPolicy(PolicyDocument policy, String bucket) {
    var evaluator = new PolicyEvaluator(List.of(), List.of(policy));
    refuse(
        evaluator.bucket,
        statement -> !statement.exceptResources() && !statement.isAbout(bucket),
        "is in the policy of the bucket " + bucket + " and has the Resource of another",
        "Name arn:aws:s3:::" + bucket + " or arn:aws:s3:::" + bucket + "/*.");
  }

  private static void refusePrincipals(List<Statement> statements) {
    refuse(
        statements,
        statement -> statement.principals() != null,
        "is in an identity policy, so it cannot have a Principal",
        "Remove Principal: an identity policy applies to the identity it is attached to.");
  }

  public Decision decide(AccessRequest request) {
    ConditionContext context = ConditionContext.of(request);
    Principal caller = request.principal();

    Optional<Statement> denied = first(identity, false, request, context, Match.AS_ACCOUNT);
    if (denied.isPresent()) {
      return Decision.deniedBy(denied.get(), request, "an identity-based");
    }
    denied = first(bucket, false, request, context, Match.AS_ACCOUNT);
    if (denied.isPresent()) {
      return Decision.deniedBy(denied.get(), request, "a resource-based");
    }

    Optional<Statement> byIdentity =
        caller.isAnonymous()
            ? Optional.empty()
            : first(identity, true, request, context, Match.BY_NAME);
    Optional<Statement> byBucket = first(bucket, true, request, context, Match.BY_NAME);
    if (isOfAnotherAccount(caller, context)) {
      Optional<Statement> delegated = first(bucket, true, request, context, Match.AS_ACCOUNT);
      if (byIdentity.isPresent() && delegated.isPresent()) {
        return Decision.allowedBy(byIdentity.get(), delegated.get());
      }
      return Decision.notAllowed(
          request, byIdentity.isPresent() ? Decision.RESOURCE_BASED : Decision.IDENTITY_BASED);
    }
    return byIdentity
        .or(() -> byBucket)
        .map(statement -> Decision.allowedBy(statement))
        .orElseGet(
            () ->
                Decision.notAllowed(
                    request,
                    caller.isAnonymous() ? Decision.RESOURCE_BASED : Decision.IDENTITY_BASED));
  }

  /**
   * Decides when the resource and the service's condition keys are unknown: any grant of the action
   * counts, and only a deny of everything denies. So an uncertain policy is reported as too wide,
   * never as safe.
   */
  public Decision decideOnAny(AccessRequest request) {
    ConditionContext context = ConditionContext.of(request);
    return identity.stream()
        .filter(statement -> !statement.allow() && statement.surelyCovers(request, context))
        .findFirst()
        .map(statement -> Decision.deniedBy(statement, request, "an identity-based"))
        .or(
            () ->
                identity.stream()
                    .filter(statement -> statement.allow() && statement.mayCover(request, context))
                    .findFirst()
                    .map(statement -> Decision.allowedBy(statement)))
        .orElseGet(() -> Decision.notAllowed(request, Decision.IDENTITY_BASED));
  }

  private static boolean isOfAnotherAccount(Principal caller, ConditionContext context) {
    return !caller.isAnonymous()
        && context
            .single("aws:ResourceAccount")
            .or(() -> context.single("s3:ResourceAccount"))
            .filter(owner -> !owner.equals(caller.account()))
            .isPresent();
  }

  private static Optional<Statement> first(
      List<Statement> statements,
      boolean allow,
      AccessRequest request,
      ConditionContext context,
      Match atLeast) {
    return statements.stream()
        .filter(statement -> statement.allow() == allow)
        .filter(statement -> statement.match(request.principal()).compareTo(atLeast) >= 0)
        .filter(statement -> statement.covers(request, context))
        .findFirst();
  }

  private static List<Statement> statements(List<PolicyDocument> policies) {
    return policies.stream().map(PolicyDocument::statements).flatMap(List::stream).toList();
  }

  private static void refuse(
      List<Statement> statements, Predicate<Statement> fault, String message, String hint) {
    Stream<Statement> faulty = statements.stream().filter(fault);
    faulty
        .findFirst()
        .ifPresent(
            statement -> {
              throw new ParException(Kind.CONFIG, statement.label() + " " + message + ".", hint);
            });
  }
}
