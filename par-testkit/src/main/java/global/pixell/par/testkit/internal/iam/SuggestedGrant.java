package global.pixell.par.testkit.internal.iam;

import global.pixell.par.internal.text.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The narrowest statement that would allow a denied access: this action on this resource and, for a
 * listing, this prefix.
 *
 * @param toBucket whether it belongs into the policy of the bucket, not of the caller
 * @param statement the statement as JSON
 */
public record SuggestedGrant(boolean toBucket, String statement) {

  private static final String PREFIX = "s3:prefix";
  private static final Pattern MEANINGFUL = Pattern.compile("[*?$]");

  /**
   * Finds the statement. Empty for an allowed access, and after an explicit deny, which no
   * statement overrides.
   */
  public static Optional<SuggestedGrant> of(AccessRequest request, Decision decision) {
    if (decision.allowed() || decision.explicit()) {
      return Optional.empty();
    }
    boolean toBucket = decision.lacksBucketPolicy();
    var statement = new LinkedHashMap<String, Object>();
    statement.put("Effect", "Allow");
    if (toBucket) {
      Principal caller = request.principal();
      statement.put("Principal", caller.isAnonymous() ? "*" : Map.of("AWS", caller.arn()));
    }
    statement.put("Action", request.action());
    statement.put("Resource", resource(request));
    List<String> prefix = request.context().getOrDefault(PREFIX, List.of());
    if (prefix.size() == 1 && !prefix.get(0).isEmpty()) {
      statement.put("Condition", Map.of("StringEquals", Map.of(PREFIX, escaped(prefix.get(0)))));
    }
    return Optional.of(new SuggestedGrant(toBucket, Json.write(statement)));
  }

  /** The resource of another service stands for all of its resources, and so keeps its star. */
  private static String resource(AccessRequest request) {
    boolean named = request.action().startsWith("s3:") && !request.resource().equals("*");
    return named ? escaped(request.resource()) : request.resource();
  }

  /** The characters with a meaning, as the policy variables that stand for them. */
  private static String escaped(String text) {
    return MEANINGFUL.matcher(text).replaceAll("\\$\\{$0\\}");
  }
}
