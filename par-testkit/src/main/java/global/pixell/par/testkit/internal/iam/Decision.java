package global.pixell.par.testkit.internal.iam;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The verdict of the policies on a request.
 *
 * @param allowed whether the request is allowed
 * @param explicit whether a statement decided; false for the default denial
 * @param statements the deciding statements: two when policies of both sides had to allow; none for
 *     the default denial
 * @param sentence AWS's sentence for a denial; for an allowed request, the statement that allowed
 *     it
 */
public record Decision(
    boolean allowed, boolean explicit, List<StatementSource> statements, String sentence) {

  static final String IDENTITY_BASED = "identity-based";
  static final String RESOURCE_BASED = "resource-based";

  public Decision {
    statements = List.copyOf(statements);
  }

  /** Whether an allow in the policy of the bucket is what is missing. */
  boolean lacksBucketPolicy() {
    return !allowed && !explicit && sentence.contains(" no " + RESOURCE_BASED + " policy ");
  }

  /** The labels of the deciding statements; empty when none did. */
  public String statement() {
    return labels(statements);
  }

  private static String labels(List<StatementSource> statements) {
    return statements.stream().map(StatementSource::label).collect(Collectors.joining(" and "));
  }

  static Decision allowedBy(Statement... statements) {
    List<StatementSource> sources = Stream.of(statements).map(Statement::source).toList();
    return new Decision(true, true, sources, "allowed by " + labels(sources));
  }

  static Decision deniedBy(Statement statement, AccessRequest request, String kindOfPolicy) {
    return new Decision(
        false,
        true,
        List.of(statement.source()),
        refusal(request) + " with an explicit deny in " + kindOfPolicy + " policy");
  }

  static Decision notAllowed(AccessRequest request, String kindOfPolicy) {
    return new Decision(
        false,
        false,
        List.of(),
        refusal(request)
            + " because no "
            + kindOfPolicy
            + " policy allows the "
            + request.action()
            + " action");
  }

  /** S3 quotes the resource, and omits it if it is {@code *}; other services do neither. */
  private static String refusal(AccessRequest request) {
    boolean s3 = request.action().startsWith("s3:");
    String resource =
        s3 && request.resource().equals("*")
            ? ""
            : " on resource: " + (s3 ? "\"" + request.resource() + "\"" : request.resource());
    return "User: "
        + request.principal().arn()
        + " is not authorized to perform: "
        + request.action()
        + resource;
  }
}
