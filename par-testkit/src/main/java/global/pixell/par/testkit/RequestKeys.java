package global.pixell.par.testkit;

import global.pixell.par.testkit.Authenticator.Signed;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The condition keys that a request to S3 brings with it. What follows from the caller and the
 * moment is added by {@link RequestContext}.
 */
final class RequestKeys {

  /** Query parameters that are keys of the listing operations. */
  private static final List<String> LISTING = List.of("prefix", "delimiter", "max-keys");

  /** Headers whose key is their name. */
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

  private RequestKeys() {}

  static Map<String, List<String>> of(S3Request request, Optional<Signed> signed, Instant now) {
    var keys = new LinkedHashMap<String, List<String>>();
    keys.put("aws:SecureTransport", List.of("false"));
    keys.put("aws:ViaAWSService", List.of("false"));
    keys.put("aws:PrincipalIsAWSService", List.of("false"));
    keys.put("aws:ResourceAccount", List.of(Identity.ACCOUNT));
    keys.put("s3:ResourceAccount", List.of(Identity.ACCOUNT));
    put(keys, "aws:UserAgent", request.header("User-Agent"));
    put(keys, "aws:Referer", request.header("Referer"));
    put(keys, "s3:VersionId", request.versionId().orElse(""));
    for (String header : HEADERS) {
      put(keys, "s3:" + header, request.header(header));
    }
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

  private static void signature(Map<String, List<String>> keys, Signed signed, Instant now) {
    SigV4Claim claim = signed.claim();
    keys.put("aws:RequestedRegion", List.of(claim.scope().region()));
    keys.put("s3:signatureversion", List.of(SigV4.ALGORITHM));
    keys.put("s3:authType", List.of(claim.inQuery() ? "REST-QUERY-STRING" : "REST-HEADER"));
    long age = Math.max(0, Duration.between(claim.time(), now).toMillis());
    keys.put("s3:signatureAge", List.of(String.valueOf(age)));
    if (signed.identity().session().isPresent()) {
      keys.put("aws:MultiFactorAuthPresent", List.of("false"));
    }
  }

  private static void put(Map<String, List<String>> keys, String key, String value) {
    if (!value.isEmpty()) {
      keys.put(key, List.of(value));
    }
  }
}
