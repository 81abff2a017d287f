package global.pixell.par.testkit.internal.iam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a policy.
 *
 * @param source its document, place and text
 * @param allow the effect: true for Allow, false for Deny
 * @param actions patterns without variables
 * @param exceptActions whether the actions come from {@code NotAction}
 * @param resources patterns
 * @param exceptResources whether the resources come from {@code NotResource}. With no patterns at
 *     all, as in a trust policy, the statement applies to the resource that it is attached to
 * @param principals null in an identity policy
 * @param conditions conditions, all of which must hold
 */
record Statement(
    StatementSource source,
    boolean allow,
    List<PolicyPattern> actions,
    boolean exceptActions,
    List<PolicyPattern> resources,
    boolean exceptResources,
    @Nullable PrincipalElement principals,
    List<Condition> conditions) {

  Statement {
    actions = List.copyOf(actions);
    resources = List.copyOf(resources);
    conditions = List.copyOf(conditions);
  }

  /** {@code document: Sid}, or the place of the statement when it has no Sid. */
  String label() {
    return source.label();
  }

  /** Whether action, resource and conditions match; the principal is not checked. */
  boolean covers(AccessRequest request, ConditionContext context) {
    return coversAction(request, context)
        && coversResource(request, context)
        && conditions.stream().allMatch(condition -> condition.holds(context));
  }

  /**
   * Like {@link #covers}, but also requires that no part depends on keys that only the service
   * knows.
   */
  boolean surelyCovers(AccessRequest request, ConditionContext context) {
    return covers(request, context)
        && conditions.stream().noneMatch(condition -> ConditionKeys.isOfService(condition.key()));
  }

  /**
   * Whether the statement could match the action on some resource, for some values of the keys that
   * only the service knows.
   */
  boolean mayCover(AccessRequest request, ConditionContext context) {
    return coversAction(request, context)
        && conditions.stream()
            .allMatch(
                condition ->
                    ConditionKeys.isOfService(condition.key()) || condition.holds(context));
  }

  private boolean coversAction(AccessRequest request, ConditionContext context) {
    return actions.stream().anyMatch(each -> each.matchesIgnoringCase(request.action(), context))
        != exceptActions;
  }

  private boolean coversResource(AccessRequest request, ConditionContext context) {
    return resources.stream().anyMatch(each -> each.matches(request.resource(), context))
        != exceptResources;
  }

  /** Whether every resource pattern can match this bucket or an object in it. */
  boolean isAbout(String bucket) {
    return resources.stream()
        .map(resource -> resource.text().split(":", 6))
        .map(segments -> segments[segments.length - 1].split("/", 2)[0])
        .allMatch(name -> name.equals(bucket) || name.contains("*") || name.contains("?"));
  }

  /**
   * Whether the statement allows something to everybody, without a condition on the caller's
   * identity or location.
   */
  boolean isPublic() {
    return allow
        && principals != null
        && (principals.everybody() || principals.except())
        && conditions.stream().noneMatch(condition -> ConditionKeys.narrowsCaller(condition.key()));
  }

  /** How the statement matches a caller. An identity policy always matches its identity. */
  PrincipalElement.Match match(Principal caller) {
    return principals == null ? PrincipalElement.Match.BY_NAME : principals.match(caller);
  }
}
