package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.auth.Authenticator.VerifiedSignature;
import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.auth.SigV4;
import global.pixell.par.testkit.internal.auth.SigV4Parameters;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.iam.ConditionContext;
import global.pixell.par.testkit.internal.iam.Permission;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Finds the condition keys of a request. {@link ConditionContext} adds those that follow from the
 * caller and the time.
 */
public final class ConditionContextBuilder {

  /** Query parameters of listings that are condition keys. */
  private static final List<String> LISTING = List.of("prefix", "delimiter", "max-keys");

  /** Headers whose condition key is their name. */
  private static final List<String> HEADERS =
      List.of(
          "x-amz-acl",
          "x-amz-content-sha256",
          "x-amz-copy-source",
          "x-amz-grant-full-control",
          "x-amz-grant-read",
          "x-amz-grant-read-acp",
          "x-amz-grant-write",
          "x-amz-grant-write-acp",
          "x-amz-metadata-directive",
          "x-amz-object-ownership",
          "x-amz-server-side-encryption",
          "x-amz-server-side-encryption-aws-kms-key-id",
          "x-amz-server-side-encryption-customer-algorithm",
          "x-amz-storage-class",
          "x-amz-website-redirect-location",
          "if-match",
          "if-none-match");

  /** Headers whose condition key is their name without {@code x-amz-}. */
  private static final List<String> LOCKS =
      List.of("object-lock-mode", "object-lock-legal-hold", "object-lock-retain-until-date");

  /** Actions that depend on the tags of the existing object. Deletions do not. */
  private static final Pattern OF_EXISTING_TAGS =
      Pattern.compile(
          "s3:(GetObject(Version)?(Attributes)?|(Get|Put|Delete)Object(Version)?(Acl|Tagging))");

  private static final Set<String> OF_NEW_TAGS =
      Set.of("s3:PutObject", "s3:PutObjectTagging", "s3:PutObjectVersionTagging");

  private ConditionContextBuilder() {}

  /**
   * The keys of a request to any service.
   *
   * @param region the region of the request
   */
  public static Map<String, List<String>> ofAnyService(
      HttpRequest wire, Optional<VerifiedSignature> signed, String region) {
    var keys = new LinkedHashMap<String, List<String>>();
    keys.put("aws:SecureTransport", List.of("false"));
    keys.put("aws:ViaAWSService", List.of("false"));
    keys.put("aws:PrincipalIsAWSService", List.of("false"));
    keys.put("aws:ResourceAccount", List.of(Credentials.ACCOUNT));
    keys.put("aws:RequestedRegion", List.of(region));
    put(keys, "aws:UserAgent", wire.header("User-Agent"));
    put(keys, "aws:Referer", wire.header("Referer"));
    signed
        .map(VerifiedSignature::credentials)
        .filter(Credentials::isTemporary)
        .ifPresent(
            identity -> {
              keys.put("aws:MultiFactorAuthPresent", List.of("false"));
              keys.put("aws:TokenIssueTime", List.of(identity.issued().toString()));
            });
    return keys;
  }

  /**
   * The keys of a request to S3.
   *
   * @param home the region of the bucket
   */
  public static Map<String, List<String>> of(
      S3Request request, Optional<VerifiedSignature> signed, String home, Instant now) {
    Map<String, List<String>> keys =
        ofAnyService(
            request.wire(),
            signed,
            signed.map(each -> each.parameters().scope().region()).orElse(home));
    keys.put("s3:ResourceAccount", List.of(Credentials.ACCOUNT));
    put(keys, "s3:VersionId", request.versionId().orElse(""));
    for (String header : HEADERS) {
      put(keys, "s3:" + header, request.header(header));
    }
    for (String lock : LOCKS) {
      put(keys, "s3:" + lock, request.header("x-amz-" + lock));
    }
    creation(request.operation())
        .ifPresent(made -> keys.put("s3:ObjectCreationOperation", List.of(made.toString())));
    if (request.operation().lists()) {
      for (String parameter : LISTING) {
        if (request.hasQuery(parameter)) {
          keys.put("s3:" + parameter, List.of(request.query(parameter)));
        }
      }
    }
    signed.ifPresent(each -> signature(keys, each, now));
    return keys;
  }

  private static void signature(
      Map<String, List<String>> keys, VerifiedSignature signed, Instant now) {
    SigV4Parameters parameters = signed.parameters();
    keys.put("s3:signatureversion", List.of(SigV4.ALGORITHM));
    keys.put("s3:authType", List.of(parameters.source().authType()));
    long age = Math.max(0, Duration.between(parameters.time(), now).toMillis());
    keys.put("s3:signatureAge", List.of(String.valueOf(age)));
  }

  /** Whether an operation creates an object, in one piece or in parts. */
  private static Optional<Boolean> creation(S3Operation operation) {
    return switch (operation) {
      case PUT_OBJECT, COPY_OBJECT, COMPLETE_MULTIPART_UPLOAD -> Optional.of(true);
      case CREATE_MULTIPART_UPLOAD, UPLOAD_PART, UPLOAD_PART_COPY -> Optional.of(false);
      default -> Optional.empty();
    };
  }

  /** The existing and the requested tags of an object, for actions that depend on them. */
  static Map<String, List<String>> ofTags(
      Permission permission, S3Request request, ObjectStore store) throws S3ErrorException {
    var keys = new LinkedHashMap<String, List<String>>();
    if (permission.object().isPresent()
        && OF_EXISTING_TAGS.matcher(permission.action()).matches()) {
      Tags.ofHeader(store.tags(permission.object().get()))
          .values()
          .forEach((tag, value) -> keys.put("s3:ExistingObjectTag/" + tag, List.of(value)));
    }
    String header = request.header("x-amz-tagging");
    if (!header.isEmpty() && OF_NEW_TAGS.contains(permission.action())) {
      keys.putAll(Tags.ofHeader(header).conditionKeys());
    }
    return keys;
  }

  private static void put(Map<String, List<String>> keys, String key, String value) {
    if (!value.isEmpty()) {
      keys.put(key, List.of(value));
    }
  }
}
