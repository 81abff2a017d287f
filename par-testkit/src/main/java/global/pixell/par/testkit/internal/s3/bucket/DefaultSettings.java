package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.iam.Principal;
import global.pixell.par.testkit.internal.s3.model.ObjectStore;
import global.pixell.par.testkit.internal.s3.model.S3Elements;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.model.XmlWriter;
import global.pixell.par.testkit.internal.s3.object.ObjectResolver;
import global.pixell.par.testkit.internal.s3.request.BucketPolicies;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.util.List;
import java.util.Map;

/**
 * The settings of buckets and objects that clients cannot change in the fake. They have the values
 * of an AWS bucket created since April 2023.
 */
public final class DefaultSettings {

  private static final String SCHEMA_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance";

  private final ObjectStore store;
  private final BucketPolicies policies;

  public DefaultSettings(ObjectStore store, BucketPolicies policies) {
    this.store = store;
    this.policies = policies;
  }

  /**
   * Answers a GET of a setting.
   *
   * @throws S3ErrorException 404 for a setting that new buckets do not have
   */
  public S3Response get(S3Request request) throws IOException {
    return S3Response.xml(document(request));
  }

  private XmlWriter document(S3Request request) throws IOException {
    String bucket = request.bucket();
    return switch (request.operation()) {
      case GET_BUCKET_ACCELERATE -> XmlWriter.document("AccelerateConfiguration");
      case GET_BUCKET_ACL -> acl(store.owner(bucket));
      case GET_OBJECT_ACL -> {
        ObjectResolver.object(store.bucket(bucket), request.key(), request.versionId());
        yield acl(store.owner(bucket));
      }
      case GET_BUCKET_ENCRYPTION ->
          XmlWriter.document("ServerSideEncryptionConfiguration")
              .open("Rule")
              .open("ApplyServerSideEncryptionByDefault")
              .element("SSEAlgorithm", "AES256")
              .close()
              .element("BucketKeyEnabled", false);
      case GET_BUCKET_LIFECYCLE ->
          throw missing(
              bucket, "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");
      case GET_BUCKET_LOGGING -> XmlWriter.document("BucketLoggingStatus");
      case GET_BUCKET_NOTIFICATION -> XmlWriter.document("NotificationConfiguration");
      case GET_BUCKET_OBJECT_LOCK ->
          throw missing(
              bucket,
              "ObjectLockConfigurationNotFoundError",
              "Object Lock configuration does not exist for this bucket");
      case GET_BUCKET_OWNERSHIP ->
          XmlWriter.document("OwnershipControls")
              .open("Rule")
              .element("ObjectOwnership", "BucketOwnerEnforced");
      case GET_BUCKET_POLICY_STATUS ->
          XmlWriter.document("PolicyStatus").element("IsPublic", isPublic(bucket));
      case GET_BUCKET_PUBLIC_ACCESS_BLOCK -> publicAccessBlock(bucket);
      case GET_BUCKET_REPLICATION ->
          throw missing(
              bucket,
              "ReplicationConfigurationNotFoundError",
              "The replication configuration was not found");
      case GET_BUCKET_REQUEST_PAYMENT ->
          XmlWriter.document("RequestPaymentConfiguration").element("Payer", "BucketOwner");
      case GET_BUCKET_WEBSITE ->
          throw missing(
              bucket,
              "NoSuchWebsiteConfiguration",
              "The specified bucket does not have a website configuration");
      default -> throw new IllegalArgumentException(request.operation() + " is not a setting");
    };
  }

  public static S3ErrorException missing(String bucket, String code, String message) {
    return new S3ErrorException(404, code, message).detail("BucketName", bucket);
  }

  private static XmlWriter acl(Principal owner) {
    XmlWriter xml = XmlWriter.document("AccessControlPolicy");
    S3Elements.principal(xml, "Owner", owner);
    return xml.open("AccessControlList")
        .open("Grant")
        .open("Grantee", Map.of("xmlns:xsi", SCHEMA_INSTANCE, "xsi:type", "CanonicalUser"))
        .element("ID", owner.canonicalId())
        .element("DisplayName", owner.displayName())
        .close()
        .element("Permission", "FULL_CONTROL");
  }

  private boolean isPublic(String bucket) throws S3ErrorException {
    List<PolicyDocument> policy = policies.of(bucket);
    if (policy.isEmpty()) {
      throw BucketPolicyOperations.noPolicy(bucket);
    }
    return policy.get(0).isPublic();
  }

  /**
   * All four protections, or none for a bucket with a public policy, because AWS accepts such a
   * policy only after the protections have been deleted.
   */
  private XmlWriter publicAccessBlock(String bucket) throws S3ErrorException {
    if (policies.of(bucket).stream().anyMatch(PolicyDocument::isPublic)) {
      throw missing(
          bucket,
          "NoSuchPublicAccessBlockConfiguration",
          "The public access block configuration was not found");
    }
    return XmlWriter.document("PublicAccessBlockConfiguration")
        .element("BlockPublicAcls", true)
        .element("IgnorePublicAcls", true)
        .element("BlockPublicPolicy", true)
        .element("RestrictPublicBuckets", true);
  }
}
