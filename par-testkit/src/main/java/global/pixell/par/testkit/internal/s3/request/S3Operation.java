package global.pixell.par.testkit.internal.s3.request;

/** The operations of S3, with the IAM actions they need. */
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
  GET_BUCKET_TAGGING("GetBucketTagging", "s3:GetBucketTagging"),
  PUT_BUCKET_TAGGING("PutBucketTagging", "s3:PutBucketTagging"),
  DELETE_BUCKET_TAGGING("DeleteBucketTagging", "s3:PutBucketTagging"),
  GET_BUCKET_CORS("GetBucketCors", "s3:GetBucketCORS"),
  PUT_BUCKET_CORS("PutBucketCors", "s3:PutBucketCORS"),
  DELETE_BUCKET_CORS("DeleteBucketCors", "s3:PutBucketCORS"),
  GET_BUCKET_ACCELERATE("GetBucketAccelerateConfiguration", "s3:GetAccelerateConfiguration"),
  GET_BUCKET_ACL("GetBucketAcl", "s3:GetBucketAcl"),
  GET_BUCKET_ENCRYPTION("GetBucketEncryption", "s3:GetEncryptionConfiguration"),
  GET_BUCKET_LIFECYCLE("GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
  GET_BUCKET_LOGGING("GetBucketLogging", "s3:GetBucketLogging"),
  GET_BUCKET_NOTIFICATION("GetBucketNotificationConfiguration", "s3:GetBucketNotification"),
  GET_BUCKET_OBJECT_LOCK("GetObjectLockConfiguration", "s3:GetBucketObjectLockConfiguration"),
  GET_BUCKET_OWNERSHIP("GetBucketOwnershipControls", "s3:GetBucketOwnershipControls"),
  GET_BUCKET_POLICY_STATUS("GetBucketPolicyStatus", "s3:GetBucketPolicyStatus"),
  GET_BUCKET_PUBLIC_ACCESS_BLOCK("GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
  GET_BUCKET_REPLICATION("GetBucketReplication", "s3:GetReplicationConfiguration"),
  GET_BUCKET_REQUEST_PAYMENT("GetBucketRequestPayment", "s3:GetBucketRequestPayment"),
  GET_BUCKET_WEBSITE("GetBucketWebsite", "s3:GetBucketWebsite"),
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
  /** The permission may depend on the tags in the body. */
  PUT_OBJECT_TAGGING("PutObjectTagging", "s3:PutObjectTagging", "s3:PutObjectVersionTagging"),
  DELETE_OBJECT_TAGGING(
      "DeleteObjectTagging", "s3:DeleteObjectTagging", "s3:DeleteObjectVersionTagging"),
  GET_OBJECT_ACL("GetObjectAcl", "s3:GetObjectAcl", "s3:GetObjectVersionAcl"),
  PUT_OBJECT("PutObject", "s3:PutObject"),
  /** The key and the permission depend on the form in the body. */
  POST_OBJECT("PostObject", ""),
  COPY_OBJECT("CopyObject", "s3:PutObject"),
  DELETE_OBJECT("DeleteObject", "s3:DeleteObject", "s3:DeleteObjectVersion"),
  CREATE_MULTIPART_UPLOAD("CreateMultipartUpload", "s3:PutObject"),
  UPLOAD_PART("UploadPart", "s3:PutObject"),
  UPLOAD_PART_COPY("UploadPartCopy", "s3:PutObject"),
  COMPLETE_MULTIPART_UPLOAD("CompleteMultipartUpload", "s3:PutObject"),
  ABORT_MULTIPART_UPLOAD("AbortMultipartUpload", "s3:AbortMultipartUpload"),
  LIST_PARTS("ListParts", "s3:ListMultipartUploadParts"),
  /** A browser's question whether a page may send a request; never signed. */
  PREFLIGHT("Preflight", ""),
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
   * The IAM action that the operation needs; empty when it needs none, or when the action also
   * depends on other parts of the request.
   */
  public String action(boolean ofVersion) {
    return ofVersion ? versionAction : action;
  }

  /** Whether the operation is a listing, with prefix, delimiter and similar parameters. */
  boolean lists() {
    return switch (this) {
      case LIST_OBJECTS, LIST_OBJECTS_V2, LIST_OBJECT_VERSIONS, LIST_MULTIPART_UPLOADS -> true;
      default -> false;
    };
  }

  /** Whether the operation creates an object, with tags, locks and similar headers. */
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
}
