package global.pixell.par.testkit.internal.service;

import global.pixell.par.testkit.internal.iam.AccessRequest;
import global.pixell.par.testkit.internal.iam.Decision;
import global.pixell.par.testkit.internal.iam.PolicyEvaluator;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.request.JournalEntry;
import global.pixell.par.testkit.internal.s3.request.SigV4Authorizer;
import global.pixell.par.testkit.internal.service.ServiceResponse.Protocol;
import global.pixell.par.testkit.internal.service.ServiceResponse.Target;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The answers of services other than S3, on the same port: AccessDenied in the protocol of the
 * service, or an empty success when a policy allows the action on any resource, so that a test
 * detects a role that is too wide. {@code sts:GetCallerIdentity} always succeeds, as at AWS.
 *
 * <p>Supports three families of protocols: JSON 1.0 and 1.1 ({@code X-Amz-Target}), query ({@code
 * Action=…}, XML in the namespace of the service), and REST with JSON for everything else.
 */
final class OtherServices {

  /**
   * The parts of a request that identify service and operation.
   *
   * @param query the undecoded query without the question mark; empty without a query
   * @param headers the headers, with names in any case
   * @param body the text of a form or of JSON; the first kilobytes are enough
   */
  record ServiceCall(
      String method, String path, String query, Map<String, List<String>> headers, String body) {

    Optional<String> header(String name) {
      return headers.entrySet().stream()
          .filter(entry -> entry.getKey().equalsIgnoreCase(name))
          .flatMap(entry -> entry.getValue().stream())
          .findFirst();
    }

    /** A parameter of the query or of a form. */
    Optional<String> parameter(String name) {
      return parameter(name, query)
          .or(
              () ->
                  header("Content-Type")
                      .filter(type -> type.startsWith("application/x-www-form-urlencoded"))
                      .flatMap(type -> parameter(name, body)));
    }

    private static Optional<String> parameter(String name, String pairs) {
      for (String pair : pairs.split("&", -1)) {
        if (pair.startsWith(name + "=")) {
          String value = pair.substring(name.length() + 1);
          try {
            return Optional.of(URLDecoder.decode(value, StandardCharsets.UTF_8));
          } catch (IllegalArgumentException e) {
            return Optional.of(value);
          }
        }
      }
      return Optional.empty();
    }
  }

  /** A complete response; the body is UTF-8. */
  record Reply(int status, Map<String, String> headers, String body) {
    Reply {
      headers = Map.copyOf(headers);
    }
  }

  private static final String DEFAULT_REGION = "us-east-2";

  /** A SigV4A scope has no region; the service is always the second to last element. */
  private static final Pattern SCOPE =
      Pattern.compile("[^/]+/\\d{8}/(?:([^/]+)/)?([^/]+)/aws4_request");

  private static final Pattern CREDENTIAL = Pattern.compile("Credential=([^,\\s]+)");

  /** The service names in the scopes of S3. */
  private static final List<String> S3 = List.of("s3", "s3express", "s3-object-lambda");

  /** Services by the first part of {@code X-Amz-Target}, for unsigned requests. */
  private static final Map<String, String> BY_TARGET =
      Map.of(
          "AmazonEC2ContainerServiceV20141113", "ecs",
          "Route53AutoNaming_v20170314", "servicediscovery",
          "DynamoDB_20120810", "dynamodb");

  /** Services by API version of the query protocol, for unsigned requests. */
  private static final Map<String, String> BY_VERSION =
      Map.of(
          "2011-06-15", "sts",
          "2010-05-08", "iam",
          "2014-10-31", "rds",
          "2015-12-01", "elasticloadbalancing",
          "2012-06-01", "elasticloadbalancing",
          "2016-11-15", "ec2");

  private OtherServices() {}

  /**
   * Answers a request to another service.
   *
   * @param caller the caller; {@link Principal#ANONYMOUS} for an unsigned request
   * @param evaluator the caller's policies
   * @param keys the condition keys of the request
   * @param entry records the decision
   */
  static Reply answer(
      ServiceCall call,
      Principal caller,
      PolicyEvaluator evaluator,
      Map<String, List<String>> keys,
      Instant time,
      JournalEntry entry) {
    Target target = target(call).orElseThrow();
    var reply = new ServiceResponse(call, target);
    if (caller.isAnonymous()) {
      return reply.error(
          403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    }
    if (target.action().equals("sts:GetCallerIdentity")) {
      var result = new LinkedHashMap<String, String>();
      result.put("Arn", caller.arn());
      result.put("UserId", caller.userId());
      result.put("Account", caller.account());
      return reply.success(result);
    }
    AccessRequest request =
        new AccessRequest(
            caller,
            target.action(),
            resource(target, caller),
            keys,
            time,
            SigV4Authorizer.SOURCE_IP);
    Decision decision = evaluator.decideOnAny(request);
    entry.recordDecision(request, decision);
    return decision.allowed() ? reply.success(Map.of()) : reply.denied(decision.sentence());
  }

  /** The answer of a service to an invalid signature. */
  static Reply refusal(ServiceCall call, S3ErrorException failure) {
    return new ServiceResponse(call, target(call).orElseThrow()).refused(failure);
  }

  /** The operation, for instance {@code ListTasks}. */
  static String operation(ServiceCall call) {
    return target(call).map(Target::operation).orElse("");
  }

  /**
   * Whether the request is for another service than S3. For signed requests, headers and query
   * suffice, so the body need not be read.
   */
  static boolean recognises(ServiceCall call) {
    return target(call).isPresent();
  }

  /** The region in the signature. */
  static String region(ServiceCall call) {
    return target(call).map(Target::region).orElse(DEFAULT_REGION);
  }

  /**
   * A resource that stands for all resources of the caller's account, because the real one is
   * unknown.
   */
  private static String resource(Target target, Principal caller) {
    String region =
        target.service().equals("iam") || target.service().equals("sts") ? "" : target.region();
    return "arn:%s:%s:%s:%s:*"
        .formatted(caller.partition(), target.prefix(), region, caller.account());
  }

  private static Optional<Target> target(ServiceCall call) {
    Optional<Matcher> scope =
        call.header("Authorization")
            .map(CREDENTIAL::matcher)
            .filter(Matcher::find)
            .map(found -> found.group(1))
            .or(() -> call.parameter("X-Amz-Credential"))
            .map(SCOPE::matcher)
            .filter(Matcher::matches);
    Optional<String> signed = scope.map(found -> found.group(2).toLowerCase(Locale.ROOT));
    if (signed.filter(S3::contains).isPresent()) {
      return Optional.empty();
    }
    String region =
        scope.flatMap(found -> Optional.ofNullable(found.group(1))).orElse(DEFAULT_REGION);

    Optional<String> target = call.header("X-Amz-Target").filter(text -> text.contains("."));
    if (target.isPresent()) {
      String prefix = target.get().substring(0, target.get().indexOf('.'));
      String operation = target.get().substring(target.get().lastIndexOf('.') + 1);
      return signed
          .or(() -> Optional.ofNullable(BY_TARGET.get(prefix)))
          .map(service -> new Target(service, region, operation, Protocol.JSON));
    }
    Optional<String> action = call.parameter("Action");
    if (action.isPresent()) {
      return signed
          .or(() -> call.parameter("Version").map(BY_VERSION::get))
          .map(service -> new Target(service, region, action.get(), query(service)));
    }
    // S3 clients always send the payload hash, and clients of REST services never do. So S3 refuses
    // a request with the hash and a wrong service.
    boolean restOfAnother =
        call.header("Authorization").isPresent() && call.header("x-amz-content-sha256").isEmpty();
    return signed
        .filter(service -> restOfAnother)
        .map(
            service ->
                new Target(service, region, call.method() + " " + call.path(), Protocol.REST));
  }

  private static Protocol query(String service) {
    return service.equals("ec2") ? Protocol.EC2 : Protocol.QUERY;
  }
}
