package global.pixell.par.testkit.internal.iam;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One action of one principal on one resource, as IAM sees it.
 *
 * @param principal the caller
 * @param action for instance {@code s3:GetObject}
 * @param resource an ARN, or {@code *} for actions that have no resource
 * @param context condition keys and their values, for instance {@code s3:prefix}. The evaluation
 *     adds the keys that follow from the other components ({@code aws:CurrentTime}, {@code
 *     aws:SourceIp}, {@code aws:PrincipalArn} …); keys given here take precedence
 * @param time when the caller sent the request
 * @param sourceIp the caller's address; empty when unknown
 */
public record AccessRequest(
    Principal principal,
    String action,
    String resource,
    Map<String, List<String>> context,
    Instant time,
    String sourceIp) {

  public AccessRequest {
    context = Map.copyOf(context);
  }

  /** A request from the local machine without further context, at the epoch. */
  public static AccessRequest of(Principal principal, String action, String resource) {
    return new AccessRequest(principal, action, resource, Map.of(), Instant.EPOCH, "127.0.0.1");
  }

  /** The same request with one more condition key. */
  public AccessRequest with(String key, String... values) {
    Map<String, List<String>> more = new LinkedHashMap<>(context);
    more.put(key, List.of(values));
    return new AccessRequest(principal, action, resource, more, time, sourceIp);
  }

  /** For messages: action, resource and context. */
  @Override
  public String toString() {
    return action + " on " + resource + (context.isEmpty() ? "" : " with " + context);
  }
}
