package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.auth.Credentials;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Headers that ask for more than the basic operation. Some need further permissions; others are
 * refused, because the answer would be wrong if the fake ignored them.
 */
public final class UnsupportedHeaders {

  private static final String GRANT = "x-amz-grant-";
  private static final String CUSTOMER_KEY = "server-side-encryption-customer-";

  /** S3 accepts this header only for buckets with Object Lock, which the fake does not have. */
  private static final String BYPASS = "x-amz-bypass-governance-retention";

  /** Headers that are not implemented for any value. */
  private static final Set<String> ABSENT =
      Set.of(
          "x-amz-create-session-mode",
          "x-amz-if-match-initiated-time",
          "x-amz-if-match-last-modified-time",
          "x-amz-if-match-size",
          "x-amz-mfa",
          "x-amz-object-lock-legal-hold",
          "x-amz-object-lock-mode",
          "x-amz-object-lock-retain-until-date",
          "x-amz-rename-source",
          "x-amz-server-side-encryption-aws-kms-key-id",
          "x-amz-server-side-encryption-context",
          "x-amz-write-offset-bytes");

  /** Headers that are implemented for one value only, the default of every bucket. */
  private static final Map<String, String> FIXED =
      Map.of(
          "x-amz-server-side-encryption", "AES256",
          "x-amz-server-side-encryption-bucket-key-enabled", "false",
          "x-amz-bucket-object-lock-enabled", "false",
          "x-amz-object-ownership", "BucketOwnerEnforced");

  private UnsupportedHeaders() {}

  /** The actions that the headers need in addition to the one that creates the object. */
  public static List<String> actions(S3Request request) {
    var actions = new ArrayList<String>();
    if (!request.header("x-amz-tagging").isEmpty()) {
      actions.add("s3:PutObjectTagging");
    }
    if (hasAcl(request)) {
      actions.add("s3:PutObjectAcl");
    }
    if (!request.header("x-amz-object-lock-mode").isEmpty()) {
      actions.add("s3:PutObjectRetention");
    }
    if (!request.header("x-amz-object-lock-legal-hold").isEmpty()) {
      actions.add("s3:PutObjectLegalHold");
    }
    return actions;
  }

  /** Whether the request sets an ACL, in any of its headers. */
  public static boolean hasAcl(S3Request request) {
    return !request.header("x-amz-acl").isEmpty() || grants(request);
  }

  private static boolean grants(S3Request request) {
    return request.wire().headers().keySet().stream()
        .anyMatch(name -> name.toLowerCase(Locale.ROOT).startsWith(GRANT));
  }

  /**
   * Refuses headers that the fake does not implement, and another expected bucket owner.
   *
   * @throws S3ErrorException 501, or S3's own error
   */
  public static void check(S3Request request) throws S3ErrorException {
    checkOwner(request.header("x-amz-expected-bucket-owner"));
    checkOwner(request.header("x-amz-source-expected-bucket-owner"));
    checkAcl(request);
    for (Map.Entry<String, String> header : request.wire().headers().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.equals(BYPASS)) {
        throw S3ErrorException.invalidArgument(
            name, header.getValue(), BYPASS + " is only applicable to Object Lock enabled buckets");
      }
      String fixed = FIXED.getOrDefault(name, header.getValue());
      if (ABSENT.contains(name) || !fixed.equalsIgnoreCase(header.getValue())) {
        throw S3ErrorException.headerNotImplemented(name);
      }
      if (name.startsWith("x-amz-copy-source-" + CUSTOMER_KEY)) {
        throw notEncryptedSo();
      }
      if (name.startsWith("x-amz-" + CUSTOMER_KEY)) {
        throw request.method().equals("GET") || request.headOnly()
            ? notEncryptedSo()
            : S3ErrorException.headerNotImplemented(name);
      }
    }
  }

  private static S3ErrorException notEncryptedSo() {
    return new S3ErrorException(
        400, "InvalidRequest", "The encryption parameters are not applicable to this object.");
  }

  private static void checkOwner(String expected) throws S3ErrorException {
    if (expected.isEmpty() || expected.equals(Credentials.ACCOUNT)) {
      return;
    }
    if (!expected.matches("\\d{12}")) {
      throw new S3ErrorException(
          400,
          "InvalidBucketOwnerAWSAccountID",
          "The value of the expected bucket owner parameter must be an AWS Account ID...");
    }
    throw new S3ErrorException(403, "AccessDenied", "Access Denied");
  }

  /**
   * Since April 2023 new buckets have ACLs disabled, so S3 accepts only {@code private} for a
   * bucket and {@code bucket-owner-full-control} for an object.
   */
  private static void checkAcl(S3Request request) throws S3ErrorException {
    String acl = request.header("x-amz-acl");
    boolean ofBucket = request.operation() == S3Operation.CREATE_BUCKET;
    String harmless = ofBucket ? "private" : "bucket-owner-full-control";
    if (!grants(request) && (acl.isEmpty() || acl.equals(harmless))) {
      return;
    }
    throw ofBucket
        ? new S3ErrorException(
            400,
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")
        : new S3ErrorException(
            400, "AccessControlListNotSupported", "The bucket does not allow ACLs");
  }
}
