package global.pixell.par.internal.remote;

import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import global.pixell.par.internal.remote.RequestContext.Signer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What each error response means. The first row that matches counts, so a row stands above the more
 * general ones.
 *
 * <p>Codes: <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList">S3's
 * list of error codes</a>.
 */
final class S3ErrorTable {
  private S3ErrorTable() {}

  /** A further condition of a row. */
  interface Condition {
    boolean holds(RequestContext request, ErrorResponse response);
  }

  /**
   * A kind of error response.
   *
   * @param codes S3's codes, any of which matches; empty for any code
   * @param statuses HTTP statuses, any of which matches; empty for any status
   * @param condition must hold too
   * @param kind how callers tell the failure from others
   * @param retryability whether another attempt makes sense
   * @param sentence what happened, with names in braces that {@link S3ErrorText} knows
   * @param hint what to do about it, with such names too
   */
  record Row(
      Set<String> codes,
      Set<Integer> statuses,
      Condition condition,
      Kind kind,
      Retryability retryability,
      String sentence,
      String hint) {

    boolean matches(RequestContext request, ErrorResponse response) {
      return (codes.isEmpty() || codes.contains(response.code()))
          && (statuses.isEmpty() || statuses.contains(response.status()))
          && condition.holds(request, response);
    }

    Row when(Condition also) {
      return new Row(codes, statuses, also, kind, retryability, sentence, hint);
    }
  }

  private static final String NEW_ADDRESS = "Make a new presigned address";
  private static final String NEW_KEY =
      "Publish packages under a new key instead of overwriting one.";
  private static final String THROTTLED = "{server} asked to slow down";
  private static final String FEWER_TASKS =
      "Start fewer tasks at once, or spread the packages over key prefixes.";
  private static final String KMS_KEY =
      "the object is encrypted with a KMS key that {kms_user} may not use";
  private static final String GRANT_KMS =
      "Grant {kms_user} kms:Decrypt on {kms_key}, in its policy and in the key's, and check that the"
          + " key is enabled.";

  private static final Condition ALWAYS = (request, response) -> true;
  private static final Condition BY_ROLE = (request, response) -> request.signer() == Signer.ROLE;
  private static final Condition NO_BUCKET = (request, response) -> request.bucket().isEmpty();
  private static final Condition DELETED = (request, response) -> response.deleteMarker();
  private static final Condition FROM_PROXY =
      (request, response) -> S3ErrorText.isFromProxy(request, response);
  private static final Condition WEB_PAGE =
      (request, response) -> S3ErrorText.isWebPage(request, response);

  /** Statuses of faults that pass. */
  private static final Integer[] PASSING = {408, 409, 429, 500, 502, 503, 504};

  static final List<Row> ROWS =
      List.of(
          // What stands between PAR and S3.
          status(
              Kind.CONFIG,
              Retryability.PERMANENT,
              "{proxy} requires a user and a password",
              HttpProxy.HOW_TO_GIVE_A_PASSWORD,
              407),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.TRANSIENT,
                  "{proxy} answered instead of S3",
                  "Check that the proxy can reach {host}, or exclude that host (http.nonProxyHosts).",
                  PASSING)
              .when(FROM_PROXY),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.PERMANENT,
                  "{proxy} answered instead of S3",
                  "Allow {host} in the proxy, or exclude that host (http.nonProxyHosts).")
              .when(FROM_PROXY),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.TRANSIENT,
                  "a web page came instead of an answer of S3",
                  "Check the endpoint, and the network between the task and S3 for a proxy or a"
                      + " firewall.",
                  PASSING)
              .when(WEB_PAGE),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.PERMANENT,
                  "a web page came instead of an answer of S3",
                  "Check the endpoint, and the network between the task and S3 for a proxy or a"
                      + " firewall.")
              .when(WEB_PAGE),

          // What S3 says by a code.
          code(
              Kind.UNAVAILABLE,
              Retryability.THROTTLED,
              THROTTLED,
              FEWER_TASKS,
              "SlowDown",
              "Throttling",
              "ThrottlingException",
              "ThrottledException",
              "RequestThrottled",
              "RequestThrottledException",
              "RequestLimitExceeded",
              "BandwidthLimitExceeded",
              "TooManyRequestsException"),
          status(Kind.UNAVAILABLE, Retryability.THROTTLED, THROTTLED, FEWER_TASKS, 429),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.CLOCK_SKEW,
                  "this machine's clock differs too much from S3's",
                  "Set the clock (NTP); S3 allows 15 minutes.",
                  "RequestTimeTooSkewed",
                  "RequestExpired",
                  "RequestInTheFuture")
              .when(BY_ROLE),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the presigned address is not valid at S3's time",
              NEW_ADDRESS + ", on a machine whose clock is right.",
              "RequestTimeTooSkewed",
              "RequestExpired",
              "RequestInTheFuture"),
          status(Kind.ACCESS_DENIED, Retryability.PERMANENT, KMS_KEY, GRANT_KMS)
              .when((request, response) -> response.code().startsWith("KMS.")),
          code(
              Kind.NOT_FOUND,
              Retryability.PERMANENT,
              "the bucket '{bucket}' does not exist",
              "Check the bucket's name and the account.",
              "NoSuchBucket"),
          code(
              Kind.NOT_FOUND,
              Retryability.PERMANENT,
              "the object has no such version",
              "Check versionId, or leave it out for the newest version.",
              "NoSuchVersion"),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the session token has expired",
                  "Renew the temporary credentials; a task role renews them by itself.",
                  "ExpiredToken",
                  "TokenRefreshRequired")
              .when(BY_ROLE),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the credentials that signed the address have expired",
              NEW_ADDRESS + "; none outlives the credentials that signed it.",
              "ExpiredToken",
              "TokenRefreshRequired"),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the session token is not valid",
                  "Set AWS_SESSION_TOKEN whole, and with the key and secret it was issued with.",
                  "InvalidToken")
              .when(BY_ROLE),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the session token is not valid",
              NEW_ADDRESS + "; the token in this one is damaged.",
              "InvalidToken"),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the access key id is not known to S3",
                  "Check AWS_ACCESS_KEY_ID, that it is active, and that it belongs to this"
                      + " partition.",
                  "InvalidAccessKeyId")
              .when(BY_ROLE),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the access key id is not known to S3",
              NEW_ADDRESS + "; the key that signed this one is gone.",
              "InvalidAccessKeyId"),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the request's signature does not match",
                  "Check AWS_SECRET_ACCESS_KEY and the region, now '{region}'.",
                  "SignatureDoesNotMatch")
              .when(BY_ROLE),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the request's signature does not match",
              "Paste the presigned address exactly as it was made: every character of it is signed.",
              "SignatureDoesNotMatch"),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the address is not presigned as S3 requires",
              NEW_ADDRESS + ", valid for 7 days at most.",
              "AuthorizationQueryParametersError"),
          code(
                  Kind.CONFIG,
                  Retryability.PERMANENT,
                  "the bucket is in {right_region}, not in '{region}'",
                  "Set {set_region}.",
                  "PermanentRedirect",
                  "TemporaryRedirect",
                  "AuthorizationHeaderMalformed",
                  "IllegalLocationConstraintException")
              .when(BY_ROLE),
          code(
              Kind.CONFIG,
              Retryability.PERMANENT,
              "the bucket is in {right_region}",
              NEW_ADDRESS + " for the bucket's own region.",
              "PermanentRedirect",
              "TemporaryRedirect",
              "AuthorizationHeaderMalformed",
              "IllegalLocationConstraintException"),
          code(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the object is encrypted with a key that its author supplied (SSE-C)",
                  "Publish it with SSE-S3 or SSE-KMS: PAR has no such key and sends none.",
                  "InvalidRequest")
              .when(says("stored using a form of Server Side Encryption")),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "the object is archived and cannot be read",
              "Restore it (aws s3api restore-object), or publish the package in the storage class"
                  + " STANDARD.",
              "InvalidObjectState"),
          code(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "AWS has disabled the bucket or its account",
              "Ask AWS Support about the account that owns the bucket.",
              "AllAccessDisabled",
              "AccountProblem"),

          // What the status alone says.
          status(
              Kind.UNAVAILABLE,
              Retryability.TRANSIENT,
              "{server} had a fault of its own",
              "{try_again}",
              PASSING),
          code(
              Kind.UNAVAILABLE,
              Retryability.TRANSIENT,
              "{server} had a fault of its own",
              "{try_again}",
              "RequestTimeout",
              "InternalError"),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.PERMANENT,
                  "{server} refused the request{said}",
                  "Check the address and the server.",
                  301,
                  307,
                  308)
              .when(NO_BUCKET),
          status(
                  Kind.CONFIG,
                  Retryability.PERMANENT,
                  "the bucket is in {right_region}, not in '{region}'",
                  "Set {set_region}.",
                  301,
                  307,
                  308)
              .when(BY_ROLE),
          status(
              Kind.CONFIG,
              Retryability.PERMANENT,
              "the bucket is in {right_region}",
              NEW_ADDRESS + " for the bucket's own region.",
              301,
              307,
              308),
          status(Kind.ACCESS_DENIED, Retryability.PERMANENT, KMS_KEY, GRANT_KMS, 401, 403)
              .when(says("kms:")),
          status(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "the presigned address has expired",
                  "Make a new one; it lives 7 days at most, and no longer than the credentials that"
                      + " signed it.",
                  401,
                  403)
              .when(says("Request has expired")),
          status(
                  Kind.ACCESS_DENIED,
                  Retryability.PERMANENT,
                  "access was denied",
                  NEW_ADDRESS + "; this one may have expired.",
                  401,
                  403)
              .when(NO_BUCKET),
          status(
              Kind.ACCESS_DENIED,
              Retryability.PERMANENT,
              "access was denied",
              "{denied}",
              401,
              403),
          status(
                  Kind.NOT_FOUND,
                  Retryability.PERMANENT,
                  "there is nothing at this address",
                  "Check the address.",
                  404,
                  410)
              .when(NO_BUCKET),
          status(
                  Kind.NOT_FOUND,
                  Retryability.PERMANENT,
                  "the object was deleted",
                  "Publish it again, or name an older version with versionId.",
                  404,
                  410)
              .when(DELETED),
          status(
              Kind.NOT_FOUND,
              Retryability.PERMANENT,
              "there is no such object",
              "Check the key; keys are literal and case-sensitive.",
              404,
              410),
          status(
                  Kind.NOT_FOUND,
                  Retryability.PERMANENT,
                  "the host does not allow reading it",
                  "Check the address.",
                  405)
              .when((request, response) -> request.bucket().isEmpty() && !response.deleteMarker()),
          status(
              Kind.NOT_FOUND,
              Retryability.PERMANENT,
              "the named version is a delete marker",
              "Name a version that has content.",
              405),
          status(
              Kind.UNAVAILABLE,
              Retryability.OBJECT_CHANGED,
              "the object changed while it was downloaded",
              NEW_KEY,
              412),
          status(
              Kind.UNAVAILABLE,
              Retryability.OBJECT_CHANGED,
              "the object is shorter than it was",
              NEW_KEY,
              416),
          status(
                  Kind.UNAVAILABLE,
                  Retryability.PERMANENT,
                  "{server} refused the request{said}",
                  "Check the address and the server.")
              .when(NO_BUCKET),
          status(
              Kind.UNAVAILABLE,
              Retryability.PERMANENT,
              "{server} refused the request{said}",
              "See the code in S3's list of error codes."));

  private static Row code(
      Kind kind, Retryability retryability, String sentence, String hint, String... codes) {
    return new Row(Set.of(codes), Set.of(), ALWAYS, kind, retryability, sentence, hint);
  }

  private static Row status(
      Kind kind, Retryability retryability, String sentence, String hint, Integer... statuses) {
    return new Row(
        Set.of(),
        Arrays.stream(statuses).collect(Collectors.toUnmodifiableSet()),
        ALWAYS,
        kind,
        retryability,
        sentence,
        hint);
  }

  /** A condition on S3's own sentence. */
  private static Condition says(String words) {
    return (request, response) ->
        response.message().toLowerCase(Locale.ROOT).contains(words.toLowerCase(Locale.ROOT));
  }

  /** The row for a response; the last one matches every response. */
  static Row find(RequestContext request, ErrorResponse response) {
    return ROWS.stream().filter(row -> row.matches(request, response)).findFirst().orElseThrow();
  }
}
