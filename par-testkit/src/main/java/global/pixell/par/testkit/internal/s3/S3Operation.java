package global.pixell.par.testkit.internal.s3;

import java.util.Map;

/** The operations of S3, and how S3 routes requests to them by method, address and query. */
public enum S3Operation {
  LIST_BUCKETS("ListBuckets", "s3:ListAllMyBuckets"),
  /** The permission depends on the region in the body. */
  CREATE_BUCKET("CreateBucket", ""),
  DELETE_BUCKET("DeleteBucket", "s3:DeleteBucket"),
  HEAD_BUCKET("HeadBucket", "s3:ListBucket"),
  GET_BUCKET_LOCATION("GetBucketLocation", "s3:GetBucketLocation"),
  GET_BUCKET_POLICY("GetBucketPolicy", "s3:GetBucketPolicy"),
  PUT_BUCKET_POLICY("PutBucketPolicy", "s3:PutBucketPolicy"),
  DELETE_BUCKET_POLICY("DeleteBucketPolicy", "s3:DeleteBucketPolicy"),
  GET_BUCKET_VERSIONING("GetBucketVersioning", "s3:GetBucketVersioning"),
  PUT_BUCKET_VERSIONING("PutBucketVersioning", "s3:PutBucketVersioning"),
  LIST_OBJECTS("ListObjects", "s3:ListBucket"),
  LIST_OBJECTS_V2("ListObjectsV2", "s3:ListBucket"),
  LIST_OBJECT_VERSIONS("ListObjectVersions", "s3:ListBucketVersions"),
  LIST_MULTIPART_UPLOADS("ListMultipartUploads", "s3:ListBucketMultipartUploads"),
  DELETE_OBJECTS("DeleteObjects", ""),
  GET_OBJECT("GetObject", "s3:GetObject", "s3:GetObjectVersion"),
  HEAD_OBJECT("HeadObject", "s3:GetObject", "s3:GetObjectVersion"),
  GET_OBJECT_ATTRIBUTES(
      "GetObjectAttributes", "s3:GetObjectAttributes", "s3:GetObjectVersionAttributes"),
  GET_OBJECT_TAGGING("GetObjectTagging", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"),
  PUT_OBJECT("PutObject", "s3:PutObject"),
  COPY_OBJECT("CopyObject", "s3:PutObject"),
  DELETE_OBJECT("DeleteObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
  CREATE_MULTIPART_UPLOAD("CreateMultipartUpload", "s3:PutObject"),
  UPLOAD_PART("UploadPart", "s3:PutObject"),
  UPLOAD_PART_COPY("UploadPartCopy", "s3:PutObject"),
  COMPLETE_MULTIPART_UPLOAD("CompleteMultipartUpload", "s3:PutObject"),
  ABORT_MULTIPART_UPLOAD("AbortMultipartUpload", "s3:AbortMultipartUpload"),
  LIST_PARTS("ListParts", "s3:ListMultipartUploadParts"),
  /** A subresource that the fake does not implement. */
  NOT_IMPLEMENTED("NotImplemented", ""),
  /** A method that S3 does not allow for the address. */
  METHOD_NOT_ALLOWED("MethodNotAllowed", "");

  private final String title;
  private final String action;
  private final String versionAction;

  S3Operation(String title, String action) {
    this(title, action, action);
  }

  S3Operation(String title, String action, String versionAction) {
    this.title = title;
    this.action = action;
    this.versionAction = versionAction;
  }

  /** The name at AWS, for instance {@code GetObject}. */
  public String title() {
    return title;
  }

  /**
   * The IAM action it needs; empty when there is none, or it depends on more than the operation.
   */
  String action(boolean ofVersion) {
    return ofVersion ? versionAction : action;
  }

  /** Whether it is a listing, with prefix, delimiter and so on. */
  boolean lists() {
    return switch (this) {
      case LIST_OBJECTS, LIST_OBJECTS_V2, LIST_OBJECT_VERSIONS, LIST_MULTIPART_UPLOADS -> true;
      default -> false;
    };
  }

  /** Whether it creates an object, with tags, locks and so on in headers. */
  boolean makesObject() {
    return this == PUT_OBJECT || this == COPY_OBJECT || this == CREATE_MULTIPART_UPLOAD;
  }

  /** Whether {@code If-Match} is a condition on the object that it replaces or deletes. */
  boolean isConditionalWrite() {
    return switch (this) {
      case PUT_OBJECT, COPY_OBJECT, COMPLETE_MULTIPART_UPLOAD, DELETE_OBJECT -> true;
      default -> false;
    };
  }

  /**
   * Finds the operation.
   *
   * @param copies whether the request has a copy source
   */
  static S3Operation of(
      String method, String bucket, String key, Map<String, String> query, boolean copies) {
    if (bucket.isEmpty()) {
      return method.equals("GET") ? LIST_BUCKETS : METHOD_NOT_ALLOWED;
    }
    return key.isEmpty() ? ofBucket(method, query) : ofObject(method, query, copies);
  }

  private static S3Operation ofBucket(String method, Map<String, String> query) {
    if (SubresourceActions.any(query)) {
      return NOT_IMPLEMENTED;
    }
    if (query.containsKey("policy")) {
      return switch (method) {
        case "GET" -> GET_BUCKET_POLICY;
        case "PUT" -> PUT_BUCKET_POLICY;
        case "DELETE" -> DELETE_BUCKET_POLICY;
        default -> METHOD_NOT_ALLOWED;
      };
    }
    if (query.containsKey("versioning")) {
      return switch (method) {
        case "GET" -> GET_BUCKET_VERSIONING;
        case "PUT" -> PUT_BUCKET_VERSIONING;
        default -> METHOD_NOT_ALLOWED;
      };
    }
    return switch (method) {
      case "GET" -> listing(query);
      case "HEAD" -> HEAD_BUCKET;
      case "PUT" -> CREATE_BUCKET;
      case "DELETE" -> DELETE_BUCKET;
      case "POST" -> query.containsKey("delete") ? DELETE_OBJECTS : NOT_IMPLEMENTED;
      default -> METHOD_NOT_ALLOWED;
    };
  }

  private static S3Operation listing(Map<String, String> query) {
    if (query.containsKey("location")) {
      return GET_BUCKET_LOCATION;
    }
    if (query.containsKey("versions")) {
      return LIST_OBJECT_VERSIONS;
    }
    if (query.containsKey("uploads")) {
      return LIST_MULTIPART_UPLOADS;
    }
    return query.getOrDefault("list-type", "").equals("2") ? LIST_OBJECTS_V2 : LIST_OBJECTS;
  }

  private static S3Operation ofObject(String method, Map<String, String> query, boolean copies) {
    boolean tagging = method.equals("GET") && query.containsKey("tagging");
    if (!tagging && SubresourceActions.any(query)) {
      return NOT_IMPLEMENTED;
    }
    boolean upload = query.containsKey("uploadId");
    return switch (method) {
      case "GET" ->
          tagging
              ? GET_OBJECT_TAGGING
              : query.containsKey("attributes")
                  ? GET_OBJECT_ATTRIBUTES
                  : upload ? LIST_PARTS : GET_OBJECT;
      case "HEAD" -> HEAD_OBJECT;
      case "PUT" ->
          upload ? copies ? UPLOAD_PART_COPY : UPLOAD_PART : copies ? COPY_OBJECT : PUT_OBJECT;
      case "POST" ->
          query.containsKey("uploads")
              ? CREATE_MULTIPART_UPLOAD
              : upload ? COMPLETE_MULTIPART_UPLOAD : METHOD_NOT_ALLOWED;
      case "DELETE" -> upload ? ABORT_MULTIPART_UPLOAD : DELETE_OBJECT;
      default -> METHOD_NOT_ALLOWED;
    };
  }
}
