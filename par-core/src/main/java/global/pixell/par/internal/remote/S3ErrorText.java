package global.pixell.par.internal.remote;

import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.RequestContext.Signer;
import global.pixell.par.internal.text.SafeText;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The values that sentences of the {@link S3ErrorTable} name.
 *
 * @param request the request that failed
 * @param response what came instead of the object
 */
record S3ErrorText(RequestContext request, ErrorResponse response) {

  /** "User: arn:… is not authorized to perform: s3:GetObject on resource: "arn:…" because …". */
  private static final Pattern UNAUTHORIZED =
      Pattern.compile(
          "User: (?<who>arn:[\\w:/.@+=,-]{1,600}) is not authorized to perform: (?<what>[a-z0-9-]{1,40}:[A-Za-z]{1,60})(?: on resource: \"?(?<resource>arn:[^\\s\"]{1,1100})\"?)?(?: (?<why>(?:because|with) [A-Za-z0-9:' -]{1,200}))?.*",
          Pattern.DOTALL);

  /** Whether a proxy of this process wrote the response: it bears no mark of S3. */
  static boolean isFromProxy(RequestContext request, ErrorResponse response) {
    return !request.bucket().isEmpty()
        && !response.isFromS3()
        && HttpProxy.of(request.server()).isPresent();
  }

  /** Whether a proxy or another server on the way wrote it: S3 sends no web pages. */
  static boolean isWebPage(RequestContext request, ErrorResponse response) {
    return !request.bucket().isEmpty() && !response.isFromS3() && response.isHtml();
  }

  /** Puts the values into a sentence. */
  String fill(String sentence) {
    return ErrorTemplate.fill(sentence, this::value);
  }

  private String value(String name) {
    return switch (name) {
      case "bucket" -> request.bucket();
      case "region" -> request.region();
      case "host" -> request.host();
      case "proxy" -> HttpProxy.of(request.server()).map(HttpProxy::toString).orElse("a proxy");
      case "server" -> request.bucket().isEmpty() ? "the server" : "S3";
      case "right_region" ->
          response.region().map(r -> "region '" + r + "'").orElse("another region");
      case "set_region" ->
          "AWS_REGION" + response.region().map(r -> "=" + r).orElse(" to the bucket's region");
      case "try_again" ->
          request.region().isEmpty()
              ? "Try again later."
              : "Try again; see the AWS health page of region '" + request.region() + "'.";
      case "said" -> said();
      case "denied" -> accessDeniedHint();
      case "kms_user" -> kms().map(named -> named.group("who")).orElseGet(this::identity);
      case "kms_key" -> kms().map(named -> named.group("resource")).orElse("that key");
      default -> throw new IllegalArgumentException("no value is called " + name);
    };
  }

  private String said() {
    String words = SafeText.words(response.message());
    return words.isEmpty() ? "" : ", saying '" + words + "'";
  }

  private Optional<Matcher> kms() {
    return unauthorized().filter(named -> named.group("what").startsWith("kms:"));
  }

  /** S3's sentence, where it names the identity and the permission that it lacks. */
  private Optional<Matcher> unauthorized() {
    Matcher named = UNAUTHORIZED.matcher(response.message());
    return named.matches() ? Optional.of(named) : Optional.empty();
  }

  private String accessDeniedHint() {
    Optional<Matcher> named = unauthorized();
    if (named.isEmpty()) {
      return ambiguous403Hint(identity());
    }
    String who = named.get().group("who");
    String lacks = named.get().group("what");
    if (request.action() != Action.LIST_BUCKET && lacks.equals(Action.LIST_BUCKET.permission())) {
      return "S3 did not find the key; it answers 403 and not 404 because "
          + who
          + " may not "
          + lacks
          + ". Check the key; reading it needs "
          + request.action().permission()
          + " on "
          + request.arn()
          + ".";
    }
    String why = Optional.ofNullable(named.get().group("why")).map(w -> " " + w.strip()).orElse("");
    return ambiguous403Hint(who) + " S3 says: it may not " + lacks + why + ".";
  }

  /**
   * Without {@code s3:ListBucket} S3 answers 403 for a missing key too, so a 403 has two causes.
   */
  private String ambiguous403Hint(String who) {
    if (request.signer() == Signer.NOBODY) {
      return "The address carries no signature, and the object is not public: presign it, or write s3://"
          + request.bucket()
          + "/…, which uses the task role.";
    }
    return "Either "
        + who
        + " may not "
        + request.action().permission()
        + " on "
        + request.arn()
        + switch (request.action()) {
          case LIST_BUCKET ->
              ", or only under other prefixes than '"
                  + request.key()
                  + "'. Grant it, or name the package by its key, s3://bucket/key, which needs no listing.";
          case GET_OBJECT ->
              ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy.";
          case GET_OBJECT_VERSION ->
              ", which a versionId needs, or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the policy, or leave out versionId.";
        };
  }

  private String identity() {
    return request.signer() == Signer.ROLE ? "the role" : "whoever signed the address";
  }
}
