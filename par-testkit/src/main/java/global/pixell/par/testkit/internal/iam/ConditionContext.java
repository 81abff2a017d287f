package global.pixell.par.testkit.internal.iam;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The condition keys of one request; names are case-insensitive. */
public final class ConditionContext {

  private final Map<String, List<String>> values = new HashMap<>();

  private ConditionContext() {}

  public static ConditionContext of(AccessRequest request) {
    ConditionContext context = new ConditionContext();
    Principal principal = request.principal();
    context.put("aws:CurrentTime", request.time().toString());
    context.put("aws:EpochTime", Long.toString(request.time().getEpochSecond()));
    context.put("aws:PrincipalType", principal.type());
    if (!request.sourceIp().isEmpty()) {
      context.put("aws:SourceIp", request.sourceIp());
    }
    if (!principal.isAnonymous()) {
      // For a session, IAM documents this key as the ARN of the role.
      context.put("aws:PrincipalArn", principal.roleArn().orElse(principal.arn()));
      context.put("aws:PrincipalAccount", principal.account());
      context.put("aws:userid", principal.userId());
      principal.userName().ifPresent(name -> context.put("aws:username", name));
    }
    request.context().forEach((key, all) -> context.values.put(ConditionKeys.folded(key), all));
    return context;
  }

  private void put(String key, String value) {
    values.put(ConditionKeys.folded(key), List.of(value));
  }

  /** The values of a key; empty when the request has no such key. */
  List<String> all(String key) {
    return values.getOrDefault(ConditionKeys.folded(key), List.of());
  }

  /** The value of a key that has exactly one value. Policy variables can use only such keys. */
  Optional<String> single(String key) {
    List<String> all = all(key);
    return all.size() == 1 ? Optional.of(all.get(0)) : Optional.empty();
  }
}
