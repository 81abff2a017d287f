package global.pixell.par.internal.remote;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.FetchFailure.Outlook;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.text.SafeText;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What each error answer means: its kind, whether another attempt makes sense, a sentence and a
 * remedy. One table for requests through the SDK and for presigned addresses.
 *
 * <p>Codes: <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList">S3's
 * list of error codes</a>.
 */
public final class S3ErrorClassifier {

  private static final Set<String> THROTTLED =
      Set.of(
          "SlowDown",
          "Throttling",
          "ThrottlingException",
          "ThrottledException",
          "RequestThrottled",
          "RequestThrottledException",
          "RequestLimitExceeded",
          "BandwidthLimitExceeded",
          "TooManyRequestsException");
  private static final Set<String> SKEWED =
      Set.of("RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture");

  /** "User: arn:… is not authorized to perform: s3:GetObject on resource: "arn:…" because …". */
  private static final Pattern UNAUTHORIZED =
      Pattern.compile(
          "User: (?<who>arn:[\\w:/.@+=,-]{1,600}) is not authorized to perform: (?<what>[a-z0-9-]{1,40}:[A-Za-z]{1,60})(?: on resource: \"?(?<resource>arn:[^\\s\"]{1,1100})\"?)?(?: (?<why>(?:because|with) [A-Za-z0-9:' -]{1,200}))?.*",
          Pattern.DOTALL);

  private final RequestContext asked;
  private final ErrorResponse answer;

  private S3ErrorClassifier(RequestContext asked, ErrorResponse answer) {
    this.asked = asked;
    this.answer = answer;
  }

  /** A row of the table, with its values. */
  private record Row(Kind kind, Outlook outlook, String what, String hint) {}

  /** Looks an answer up. */
  public static FetchFailure failure(RequestContext asked, ErrorResponse answer) {
    Row row = new S3ErrorClassifier(asked, answer).row();
    String sentence =
        asked.doing()
            + " failed: "
            + row.what()
            + " (HTTP "
            + answer.status()
            + (answer.code().isEmpty() ? "" : " " + answer.code())
            + answer.requestId().map(id -> ", request " + id).orElse("")
            + ").";
    return FetchFailure.of(
        row.outlook(), new ParException(row.kind(), sentence, row.hint()), answer.retryAfter());
  }

  private Row row() {
    return byCode().or(this::byPassingStatus).orElseGet(this::byLastingStatus);
  }

  private Optional<Row> byCode() {
    String code = answer.code();
    if (THROTTLED.contains(code) || answer.status() == 429) {
      return Optional.of(throttled());
    }
    if (SKEWED.contains(code)) {
      return Optional.of(skewed());
    }
    if (code.startsWith("KMS.")) {
      return Optional.of(kms());
    }
    return Optional.ofNullable(
        switch (code) {
          case "NoSuchBucket" ->
              lasting(
                  Kind.NOT_FOUND,
                  "the bucket '" + asked.bucket() + "' does not exist",
                  "Check the bucket's name and the account.");
          case "NoSuchVersion" ->
              lasting(
                  Kind.NOT_FOUND,
                  "the object has no such version",
                  "Check versionId, or leave it out for the newest version.");
          case "ExpiredToken", "TokenRefreshRequired" -> expired();
          case "InvalidToken" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "the session token is not valid",
                  byRole()
                      ? "Set AWS_SESSION_TOKEN whole, and with the key and secret it was issued with."
                      : "Make a new presigned address; the token in this one is damaged.");
          case "InvalidAccessKeyId" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "the access key id is not known to S3",
                  byRole()
                      ? "Check AWS_ACCESS_KEY_ID, that it is active, and that it belongs to this partition."
                      : "Make a new presigned address; the key that signed this one is gone.");
          case "SignatureDoesNotMatch" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "the request's signature does not match",
                  byRole()
                      ? "Check AWS_SECRET_ACCESS_KEY and the region, now '" + asked.region() + "'."
                      : "Paste the presigned address exactly as it was made: every character of it is signed.");
          case "AuthorizationQueryParametersError" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "the address is not presigned as S3 asks",
                  "Make a new presigned address, valid for 7 days at most.");
          case "PermanentRedirect",
              "TemporaryRedirect",
              "AuthorizationHeaderMalformed",
              "IllegalLocationConstraintException" ->
              wrongRegion();
          case "InvalidRequest" -> isEncryptedByAuthor() ? ofAuthorsKey() : null;
          case "InvalidObjectState" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "the object is archived and cannot be read",
                  "Restore it (aws s3api restore-object), or publish the package in the storage class STANDARD.");
          case "AllAccessDisabled", "AccountProblem" ->
              lasting(
                  Kind.ACCESS_DENIED,
                  "AWS has disabled the bucket or its account",
                  "Ask AWS Support about the account that owns the bucket.");
          default -> null;
        });
  }

  private boolean isEncryptedByAuthor() {
    return answer.message().contains("stored using a form of Server Side Encryption");
  }

  private static Row ofAuthorsKey() {
    return lasting(
        Kind.ACCESS_DENIED,
        "the object is encrypted with a key that its author supplied (SSE-C)",
        "Publish it with SSE-S3 or SSE-KMS: PAR has no such key and sends none.");
  }

  private Optional<Row> byPassingStatus() {
    boolean passing =
        switch (answer.status()) {
          case 408, 409, 500, 502, 503, 504 -> true;
          default ->
              answer.code().equals("RequestTimeout") || answer.code().equals("InternalError");
        };
    return passing
        ? Optional.of(
            new Row(
                Kind.UNAVAILABLE,
                Outlook.TRANSIENT,
                server() + " had a fault of its own",
                asked.region().isEmpty()
                    ? "Try again later."
                    : "Try again; see the AWS health page of region '" + asked.region() + "'."))
        : Optional.empty();
  }

  private Row byLastingStatus() {
    return switch (answer.status()) {
      case 301, 307, 308 -> asked.bucket().isEmpty() ? unknown() : wrongRegion();
      case 401, 403 -> denied();
      case 404, 410 -> missing();
      case 405 ->
          lasting(
              Kind.NOT_FOUND,
              answer.deleteMarker() || !asked.bucket().isEmpty()
                  ? "the version named is a delete marker"
                  : "the host does not let it be read",
              "Name a version that has content.");
      case 407 ->
          lasting(
              Kind.CONFIG,
              ProxyAuthFailure.on(asked.host()) + ProxyAuthFailure.WANTS_PASSWORD,
              ProxyAuthFailure.HOW_TO_GIVE);
      case 412 ->
          new Row(
              Kind.UNAVAILABLE,
              Outlook.CHANGED,
              "the object changed while it was downloaded",
              "Publish packages under a new key instead of overwriting one.");
      case 416 ->
          new Row(
              Kind.UNAVAILABLE,
              Outlook.CHANGED,
              "the object is shorter than it was",
              "Publish packages under a new key instead of overwriting one.");
      default -> unknown();
    };
  }

  private Row throttled() {
    return new Row(
        Kind.UNAVAILABLE,
        Outlook.THROTTLED,
        server() + " asked to slow down",
        "Start fewer tasks at once, or spread the packages over key prefixes.");
  }

  private Row skewed() {
    if (!byRole()) {
      return lasting(
          Kind.ACCESS_DENIED,
          "the presigned address is not valid at S3's time",
          "Make a new presigned address, on a machine whose clock is right.");
    }
    return new Row(
        Kind.ACCESS_DENIED,
        Outlook.CLOCK_SKEW,
        "this machine's clock differs too much from S3's",
        "Set the clock (NTP); S3 allows 15 minutes.");
  }

  private Row expired() {
    return byRole()
        ? lasting(
            Kind.ACCESS_DENIED,
            "the session token has expired",
            "Renew the temporary credentials; a task role renews them by itself.")
        : lasting(
            Kind.ACCESS_DENIED,
            "the credentials that signed the address have expired",
            "Make a new presigned address; none outlives the credentials that signed it.");
  }

  private Row wrongRegion() {
    String right = answer.region().map(r -> "region '" + r + "'").orElse("another region");
    if (!byRole()) {
      return lasting(
          Kind.CONFIG,
          "the bucket is in " + right,
          "Make a new presigned address for the bucket's own region.");
    }
    return lasting(
        Kind.CONFIG,
        "the bucket is in " + right + ", not in '" + asked.region() + "'",
        "Set AWS_REGION"
            + answer.region().map(r -> "=" + r).orElse(" to the bucket's region")
            + ".");
  }

  private Row missing() {
    if (asked.bucket().isEmpty()) {
      return lasting(Kind.NOT_FOUND, "there is nothing at this address", "Check the address.");
    }
    return answer.deleteMarker()
        ? lasting(
            Kind.NOT_FOUND,
            "the object was deleted",
            "Publish it again, or name an older version with versionId.")
        : lasting(
            Kind.NOT_FOUND,
            "there is no such object",
            "Check the key; keys are literal and case-sensitive.");
  }

  private Row denied() {
    String message = answer.message();
    if (message.toLowerCase(Locale.ROOT).contains("kms:")) {
      return kms();
    }
    if (message.contains("Request has expired")) {
      return lasting(
          Kind.ACCESS_DENIED,
          "the presigned address has expired",
          "Make a new one; it lives 7 days at most, and no longer than the credentials that signed it.");
    }
    if (asked.bucket().isEmpty()) {
      return lasting(
          Kind.ACCESS_DENIED,
          "access was denied",
          "Make a new presigned address; this one may have expired.");
    }
    Matcher named = UNAUTHORIZED.matcher(message);
    return lasting(
        Kind.ACCESS_DENIED,
        "access was denied",
        named.matches() ? hintFor(named) : bothReadings(identity()));
  }

  /** S3 names the identity and what it lacks. */
  private String hintFor(Matcher named) {
    String who = named.group("who");
    String lacks = named.group("what");
    String why = Optional.ofNullable(named.group("why")).map(w -> " " + w.strip()).orElse("");
    if (asked.action() != Action.LIST_BUCKET && lacks.equals(Action.LIST_BUCKET.permission())) {
      return "S3 did not find the key; it answers 403 and not 404 because "
          + who
          + " may not "
          + lacks
          + ". Check the key; reading it needs "
          + asked.action().permission()
          + " on "
          + asked.arn()
          + ".";
    }
    return bothReadings(who) + " S3 says: it may not " + lacks + why + ".";
  }

  private String bothReadings(String who) {
    String may = who + " may not " + asked.action().permission() + " on " + asked.arn();
    return switch (asked.signer()) {
      case NOBODY ->
          "The address carries no signature, and the object is not public: presign it, or write s3://"
              + asked.bucket()
              + "/…, which uses the task role.";
      default ->
          "Either "
              + may
              + switch (asked.action()) {
                case LIST_BUCKET ->
                    ", or only under other prefixes than '"
                        + asked.key()
                        + "'. Grant it, or name the package by its key, s3://bucket/key, which needs no listing.";
                case GET_OBJECT ->
                    ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy.";
                case GET_OBJECT_VERSION ->
                    ", which a versionId needs, or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy, or leave out versionId.";
              };
    };
  }

  private String identity() {
    return byRole() ? "the role" : "whoever signed the address";
  }

  private Row kms() {
    Matcher named = UNAUTHORIZED.matcher(answer.message());
    boolean tells = named.matches() && named.group("what").startsWith("kms:");
    String who = tells ? named.group("who") : byRole() ? "the role" : "whoever signed the address";
    String key =
        tells ? Optional.ofNullable(named.group("resource")).orElse("that key") : "that key";
    return lasting(
        Kind.ACCESS_DENIED,
        "the object is encrypted with a KMS key that " + who + " may not use",
        "Grant "
            + who
            + " kms:Decrypt on "
            + key
            + ", in its policy and in the key's, and check that the key is enabled.");
  }

  private Row unknown() {
    String said = SafeText.words(answer.message());
    return lasting(
        Kind.UNAVAILABLE,
        server() + " refused the request" + (said.isEmpty() ? "" : ", saying '" + said + "'"),
        asked.bucket().isEmpty()
            ? "Check the address and the server."
            : "See the code in S3's list of error codes.");
  }

  private boolean byRole() {
    return asked.signer() == Signer.ROLE;
  }

  private String server() {
    return asked.bucket().isEmpty() ? "the server" : "S3";
  }

  private static Row lasting(Kind kind, String what, String hint) {
    return new Row(kind, Outlook.LASTING, what, hint);
  }
}
