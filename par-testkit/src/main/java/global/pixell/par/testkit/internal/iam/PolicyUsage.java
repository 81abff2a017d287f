package global.pixell.par.testkit.internal.iam;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Compares the used permissions with the permissions that a policy grants, in both directions.
 *
 * <p>A grant is one action of an Allow statement on one of its resources. A request uses it when it
 * matches both and the conditions of the statement. A wildcard over actions or buckets is reported,
 * because no requests can use all of it; a wildcard over the keys of one bucket is not.
 *
 * @param policy name of the document
 * @param unused grants that no request used, in the order of the document
 * @param missing requests that the policy would deny, without duplicates
 */
public record PolicyUsage(String policy, List<String> unused, List<String> missing) {

  public PolicyUsage {
    unused = List.copyOf(unused);
    missing = List.copyOf(missing);
  }

  /**
   * Compares used and granted permissions.
   *
   * @param used the answered requests, each with its context
   * @param policy an identity policy
   */
  public static PolicyUsage of(List<AccessRequest> used, PolicyDocument policy) {
    List<String> unused = new ArrayList<>();
    for (Statement statement : policy.statements()) {
      if (statement.allow()) {
        unused(statement, used, unused);
      }
    }
    PolicyEvaluator evaluator = new PolicyEvaluator(List.of(policy), List.of());
    Set<String> missing = new LinkedHashSet<>();
    for (AccessRequest request : used) {
      Decision decision = evaluator.decide(request);
      if (!decision.allowed()) {
        missing.add(request + (decision.explicit() ? ", denied by " + decision.statement() : ""));
      }
    }
    return new PolicyUsage(policy.name(), unused, List.copyOf(missing));
  }

  private static void unused(Statement statement, List<AccessRequest> used, List<String> unused) {
    if (statement.exceptActions() || statement.exceptResources()) {
      unused.add(
          statement.label()
              + " grants all but what it lists (NotAction or NotResource), which is more than any"
              + " requests can use");
      return;
    }
    for (PolicyPattern action : statement.actions()) {
      for (PolicyPattern resource : statement.resources()) {
        List<AccessRequest> users =
            used.stream().filter(request -> uses(request, statement, action, resource)).toList();
        String grant = action + " on " + resource + " (" + statement.label() + ")";
        if (users.isEmpty()) {
          unused.add(grant);
        } else if (action.hasWildcard()) {
          unused.add(grant + ", of which only " + actions(users) + " was used");
        } else if (isOverBuckets(resource, users)) {
          unused.add(grant + ", of which only " + resources(users) + " was used");
        }
      }
    }
  }

  private static boolean uses(
      AccessRequest request, Statement statement, PolicyPattern action, PolicyPattern resource) {
    ConditionContext context = ConditionContext.of(request);
    return action.matchesIgnoringCase(request.action(), context)
        && resource.matches(request.resource(), context)
        && statement.covers(request, context);
  }

  /** Whether the pattern spans more than one bucket, although its actions accept a narrower one. */
  private static boolean isOverBuckets(PolicyPattern resource, List<AccessRequest> users) {
    if (resource.text().equals("*")) {
      return users.stream().anyMatch(request -> !request.resource().equals("*"));
    }
    String[] segments = resource.text().split(":", 6);
    String bucket = segments[segments.length - 1].split("/", 2)[0];
    return segments.length < 6 || bucket.contains("*") || bucket.contains("?");
  }

  private static String actions(List<AccessRequest> users) {
    return users.stream().map(AccessRequest::action).distinct().collect(Collectors.joining(", "));
  }

  private static String resources(List<AccessRequest> users) {
    return users.stream().map(AccessRequest::resource).distinct().collect(Collectors.joining(", "));
  }

  /** Whether both lists are empty. */
  public boolean holds() {
    return unused.isEmpty() && missing.isEmpty();
  }

  /** Both lists with a remedy for each; empty when both are empty. */
  String message() {
    if (holds()) {
      return "";
    }
    StringBuilder message =
        new StringBuilder("The permissions used are not those that " + policy + " grants.");
    append(message, "Granted, never used (remove it from the policy, or use it):", unused);
    append(message, "Used, not granted (fails under this policy):", missing);
    return message.toString();
  }

  private static void append(StringBuilder message, String title, List<String> lines) {
    if (!lines.isEmpty()) {
      message.append('\n').append(title);
      lines.forEach(line -> message.append("\n  - ").append(line));
    }
  }

  /**
   * Fails a test unless used and granted permissions are equal.
   *
   * @throws AssertionError with {@link #message()}
   */
  public void check() {
    if (!holds()) {
      throw new AssertionError(message());
    }
  }
}
