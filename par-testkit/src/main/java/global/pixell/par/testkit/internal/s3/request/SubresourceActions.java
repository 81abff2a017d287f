package global.pixell.par.testkit.internal.s3.request;

import java.util.Map;
import java.util.Set;

/**
 * Subresources that S3 has and the fake does not implement, with their IAM actions. A caller
 * without permission gets 403, as at S3; other callers get 501.
 */
public final class SubresourceActions {

  /** The part of the action after {@code s3:Get} and {@code s3:Put}. */
  private static final Map<String, String> OF_BUCKETS =
      Map.ofEntries(
          Map.entry("abac", "BucketAbac"),
          Map.entry("accelerate", "AccelerateConfiguration"),
          Map.entry("acl", "BucketAcl"),
          Map.entry("analytics", "AnalyticsConfiguration"),
          Map.entry("cors", "BucketCORS"),
          Map.entry("encryption", "EncryptionConfiguration"),
          Map.entry("intelligent-tiering", "IntelligentTieringConfiguration"),
          Map.entry("inventory", "InventoryConfiguration"),
          Map.entry("lifecycle", "LifecycleConfiguration"),
          Map.entry("logging", "BucketLogging"),
          Map.entry("metadataConfiguration", "BucketMetadataTableConfiguration"),
          Map.entry("metadataTable", "BucketMetadataTableConfiguration"),
          Map.entry("metrics", "MetricsConfiguration"),
          Map.entry("notification", "BucketNotification"),
          Map.entry("object-lock", "BucketObjectLockConfiguration"),
          Map.entry("ownershipControls", "BucketOwnershipControls"),
          Map.entry("policyStatus", "BucketPolicyStatus"),
          Map.entry("publicAccessBlock", "BucketPublicAccessBlock"),
          Map.entry("replication", "ReplicationConfiguration"),
          Map.entry("requestPayment", "BucketRequestPayment"),
          Map.entry("tagging", "BucketTagging"),
          Map.entry("website", "BucketWebsite"));

  private static final Map<String, String> OF_OBJECTS =
      Map.of(
          "acl", "ObjectAcl",
          "legal-hold", "ObjectLegalHold",
          "retention", "ObjectRetention",
          "tagging", "ObjectTagging",
          "torrent", "ObjectTorrent");

  /** Subresources with one action for all methods. */
  private static final Map<String, String> SINGLE =
      Map.of(
          "renameObject", "s3:PutObject",
          "restore", "s3:RestoreObject",
          "select", "s3:GetObject",
          "session", "s3express:CreateSession");

  /** Subresources with separate actions for versions. */
  private static final Set<String> OF_VERSIONS =
      Set.of("ObjectAcl", "ObjectTagging", "ObjectTorrent");

  /** Subresources with a separate action for deletion. */
  private static final Set<String> WITH_DELETE =
      Set.of("BucketMetadataTableConfiguration", "BucketWebsite", "ObjectTagging");

  private SubresourceActions() {}

  /** Whether a query names a subresource. */
  static boolean any(Map<String, String> query) {
    return query.keySet().stream()
        .anyMatch(
            name ->
                OF_BUCKETS.containsKey(name)
                    || OF_OBJECTS.containsKey(name)
                    || SINGLE.containsKey(name));
  }

  /** The subresource that a request names; empty for none. */
  public static String name(S3Request request) {
    Map<String, String> known = request.key().isEmpty() ? OF_BUCKETS : OF_OBJECTS;
    return request.query().keySet().stream()
        .filter(name -> known.containsKey(name) || SINGLE.containsKey(name))
        .findFirst()
        .orElse("");
  }

  /** The action that a request for a subresource needs; empty when S3 has none. */
  public static String action(S3Request request) {
    String name = name(request);
    Map<String, String> known = request.key().isEmpty() ? OF_BUCKETS : OF_OBJECTS;
    return known.containsKey(name)
        ? action(request, known.getOrDefault(name, ""))
        : SINGLE.getOrDefault(name, "");
  }

  private static String action(S3Request request, String of) {
    boolean ofVersion = request.hasQuery("versionId") && OF_VERSIONS.contains(of);
    String name = ofVersion ? of.replace("Object", "ObjectVersion") : of;
    return switch (request.method()) {
      case "GET", "HEAD" -> "s3:Get" + name;
      case "DELETE" -> (WITH_DELETE.contains(of) ? "s3:Delete" : "s3:Put") + name;
      default -> (of.contains("MetadataTable") ? "s3:Create" : "s3:Put") + name;
    };
  }
}
