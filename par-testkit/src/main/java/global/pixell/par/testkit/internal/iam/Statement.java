package global.pixell.par.testkit.internal.iam;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement of a policy.
 *
 * @param label {@code document: Sid}, or the place of the statement when it has no Sid
 * @param allow the effect; false is Deny
 * @param actions patterns without variables
 * @param exceptActions whether they are those of {@code NotAction}
 * @param resources patterns
 * @param exceptResources whether they are those of {@code NotResource}; with no patterns at all, as
 *     in a trust policy, the statement is about the one resource it is attached to
 * @param principals null in an identity policy
 * @param conditions all have to hold
 */
record Statement(
    String label,
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

  /** Whether action, resource and conditions match; the principal is not checked. */
  boolean covers(AccessRequest request, ConditionContext context) {
    return coversAction(request, context)
        && coversResource(request, context)
        && conditions.stream().allMatch(condition -> condition.holds(context));
  }

  /** As {@link #covers}, and no part depends on keys that only the service knows. */
  boolean surelyCovers(AccessRequest request, ConditionContext context) {
    return covers(request, context)
        && conditions.stream().noneMatch(condition -> ConditionKeys.isOfService(condition.key()));
  }

  /**
   * Whether it could match the action on some resource, for some values of keys that only the
   * service knows.
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

  /** Whether every resource can be this bucket or an object in it. */
  boolean isAbout(String bucket) {
    return resources.stream()
        .map(resource -> resource.text().split(":", 6))
        .map(segments -> segments[segments.length - 1].split("/", 2)[0])
        .allMatch(name -> name.equals(bucket) || name.contains("*") || name.contains("?"));
  }

  /** Whether it allows something to everybody, without a condition on who or where they are. */
  boolean isPublic() {
    return allow
        && principals != null
        && (principals.everybody() || principals.except())
        && conditions.stream().noneMatch(condition -> ConditionKeys.narrowsCaller(condition.key()));
  }

  /** How it matches a caller; an identity policy matches the identity it is attached to. */
  PrincipalElement.Match match(Principal caller) {
    return principals == null ? PrincipalElement.Match.BY_NAME : principals.match(caller);
  }
}
