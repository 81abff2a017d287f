package global.pixell.par.testkit.internal.s3.request;

import java.util.Map;
import java.util.Optional;

/** Finds the operation of a request by its method, address and query. */
final class OperationRouter {

  /** By method and subresource. */
  private static final Map<String, S3Operation> OF_BUCKETS =
      Map.ofEntries(
          Map.entry("GET policy", S3Operation.GET_BUCKET_POLICY),
          Map.entry("PUT policy", S3Operation.PUT_BUCKET_POLICY),
          Map.entry("DELETE policy", S3Operation.DELETE_BUCKET_POLICY),
          Map.entry("GET versioning", S3Operation.GET_BUCKET_VERSIONING),
          Map.entry("PUT versioning", S3Operation.PUT_BUCKET_VERSIONING),
          Map.entry("GET tagging", S3Operation.GET_BUCKET_TAGGING),
          Map.entry("PUT tagging", S3Operation.PUT_BUCKET_TAGGING),
          Map.entry("DELETE tagging", S3Operation.DELETE_BUCKET_TAGGING),
          Map.entry("GET cors", S3Operation.GET_BUCKET_CORS),
          Map.entry("PUT cors", S3Operation.PUT_BUCKET_CORS),
          Map.entry("DELETE cors", S3Operation.DELETE_BUCKET_CORS),
          Map.entry("GET accelerate", S3Operation.GET_BUCKET_ACCELERATE),
          Map.entry("GET acl", S3Operation.GET_BUCKET_ACL),
          Map.entry("GET encryption", S3Operation.GET_BUCKET_ENCRYPTION),
          Map.entry("GET lifecycle", S3Operation.GET_BUCKET_LIFECYCLE),
          Map.entry("GET logging", S3Operation.GET_BUCKET_LOGGING),
          Map.entry("GET notification", S3Operation.GET_BUCKET_NOTIFICATION),
          Map.entry("GET object-lock", S3Operation.GET_BUCKET_OBJECT_LOCK),
          Map.entry("GET ownershipControls", S3Operation.GET_BUCKET_OWNERSHIP),
          Map.entry("GET policyStatus", S3Operation.GET_BUCKET_POLICY_STATUS),
          Map.entry("GET publicAccessBlock", S3Operation.GET_BUCKET_PUBLIC_ACCESS_BLOCK),
          Map.entry("GET replication", S3Operation.GET_BUCKET_REPLICATION),
          Map.entry("GET requestPayment", S3Operation.GET_BUCKET_REQUEST_PAYMENT),
          Map.entry("GET website", S3Operation.GET_BUCKET_WEBSITE),
          Map.entry("GET location", S3Operation.GET_BUCKET_LOCATION),
          Map.entry("GET versions", S3Operation.LIST_OBJECT_VERSIONS),
          Map.entry("GET uploads", S3Operation.LIST_MULTIPART_UPLOADS),
          Map.entry("POST delete", S3Operation.DELETE_OBJECTS));

  /** By method and subresource. */
  private static final Map<String, S3Operation> OF_OBJECTS =
      Map.of(
          "GET acl", S3Operation.GET_OBJECT_ACL,
          "GET tagging", S3Operation.GET_OBJECT_TAGGING,
          "PUT tagging", S3Operation.PUT_OBJECT_TAGGING,
          "DELETE tagging", S3Operation.DELETE_OBJECT_TAGGING,
          "GET attributes", S3Operation.GET_OBJECT_ATTRIBUTES,
          "POST uploads", S3Operation.CREATE_MULTIPART_UPLOAD,
          "GET uploadId", S3Operation.LIST_PARTS,
          "POST uploadId", S3Operation.COMPLETE_MULTIPART_UPLOAD,
          "DELETE uploadId", S3Operation.ABORT_MULTIPART_UPLOAD);

  private OperationRouter() {}

  /**
   * Finds the operation.
   *
   * @param copies whether the request has a copy source
   */
  static S3Operation route(
      String method, String bucket, String key, Map<String, String> query, boolean copies) {
    if (method.equals("OPTIONS")) {
      return S3Operation.PREFLIGHT;
    }
    if (bucket.isEmpty()) {
      return method.equals("GET") ? S3Operation.LIST_BUCKETS : S3Operation.METHOD_NOT_ALLOWED;
    }
    Map<String, S3Operation> known = key.isEmpty() ? OF_BUCKETS : OF_OBJECTS;
    Optional<S3Operation> named =
        query.keySet().stream()
            .filter(name -> known.containsKey(method + " " + name))
            .findFirst()
            .map(name -> known.get(method + " " + name));
    if (named.isPresent()) {
      return named.get();
    }
    if (SubresourceActions.any(query)) {
      return S3Operation.NOT_IMPLEMENTED;
    }
    return key.isEmpty() ? ofBucket(method, query) : ofObject(method, query, copies);
  }

  private static S3Operation ofBucket(String method, Map<String, String> query) {
    if (query.containsKey("policy") || query.containsKey("versioning")) {
      return S3Operation.METHOD_NOT_ALLOWED;
    }
    return switch (method) {
      case "GET" ->
          query.getOrDefault("list-type", "").equals("2")
              ? S3Operation.LIST_OBJECTS_V2
              : S3Operation.LIST_OBJECTS;
      case "HEAD" -> S3Operation.HEAD_BUCKET;
      case "PUT" -> S3Operation.CREATE_BUCKET;
      case "DELETE" -> S3Operation.DELETE_BUCKET;
      case "POST" -> S3Operation.POST_OBJECT;
      default -> S3Operation.METHOD_NOT_ALLOWED;
    };
  }

  private static S3Operation ofObject(String method, Map<String, String> query, boolean copies) {
    boolean ofPart = query.containsKey("uploadId");
    return switch (method) {
      case "GET" -> S3Operation.GET_OBJECT;
      case "HEAD" -> S3Operation.HEAD_OBJECT;
      case "PUT" ->
          ofPart
              ? copies ? S3Operation.UPLOAD_PART_COPY : S3Operation.UPLOAD_PART
              : copies ? S3Operation.COPY_OBJECT : S3Operation.PUT_OBJECT;
      case "DELETE" -> S3Operation.DELETE_OBJECT;
      default -> S3Operation.METHOD_NOT_ALLOWED;
    };
  }
}
