package global.pixell.par.testkit.internal.iam;

/**
 * The verdict of the policies on a request.
 *
 * @param allowed whether the request is allowed
 * @param explicit whether a statement decided; false for the default denial
 * @param statement the deciding statement, as {@code document: Sid} or {@code document:
 *     Statement[index]}; empty when none did
 * @param sentence AWS's sentence for a denial; for an allowed request, the statement that allowed
 *     it
 */
public record Decision(boolean allowed, boolean explicit, String statement, String sentence) {

  static Decision allowedBy(String statement) {
    return new Decision(true, true, statement, "allowed by " + statement);
  }

  static Decision deniedBy(String statement, AccessRequest request, String kindOfPolicy) {
    return new Decision(
        false,
        true,
        statement,
        refusal(request) + " with an explicit deny in " + kindOfPolicy + " policy");
  }

  static Decision notAllowed(AccessRequest request, String kindOfPolicy) {
    return new Decision(
        false,
        false,
        "",
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
