package global.pixell.par.testkit;

/** An answer that is an error, in S3's own words. */
final class S3Failure extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final String details;

  S3Failure(int status, String code, String message) {
    this(status, code, message, "");
  }

  /**
   * With elements of its own.
   *
   * @param details XML that stands after the message
   */
  S3Failure(int status, String code, String message, String details) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = details;
  }

  static S3Failure noSuchKey(String key) {
    return new S3Failure(
        404, "NoSuchKey", "The specified key does not exist.", Xml.element("Key", key));
  }

  static S3Failure noSuchBucket(String bucket) {
    return new S3Failure(
        404,
        "NoSuchBucket",
        "The specified bucket does not exist",
        Xml.element("BucketName", bucket));
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  String details() {
    return details;
  }
}
