package global.pixell.par.testkit.internal.s3.model;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An error of S3, which becomes the answer. It is an {@code IOException}, because streams that read
 * a body also throw it.
 */
public final class S3ErrorException extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  @SuppressWarnings("serial") // Never serialised.
  private final Map<String, Object> details = new LinkedHashMap<>();

  @SuppressWarnings("serial") // Never serialised.
  private final Map<String, String> headers = new LinkedHashMap<>();

  public S3ErrorException(int status, String code, String message) {
    super(message);
    this.status = status;
    this.code = code;
  }

  public static S3ErrorException noSuchKey(String key) {
    return new S3ErrorException(404, "NoSuchKey", "The specified key does not exist.")
        .detail("Key", key);
  }

  static S3ErrorException noSuchBucket(String bucket) {
    return new S3ErrorException(404, "NoSuchBucket", "The specified bucket does not exist")
        .detail("BucketName", bucket);
  }

  public static S3ErrorException invalidArgument(String name, String value, String message) {
    return new S3ErrorException(400, "InvalidArgument", message)
        .detail("ArgumentName", name)
        .detail("ArgumentValue", value);
  }

  /**
   * The method is not allowed on the resource.
   *
   * @param resourceType such as {@code OBJECT}
   * @param allowed the allowed methods; empty to list no methods
   */
  public static S3ErrorException methodNotAllowed(
      String method, String resourceType, String allowed) {
    var failure =
        new S3ErrorException(
                405,
                "MethodNotAllowed",
                "The specified method is not allowed against this resource.")
            .detail("Method", method)
            .detail("ResourceType", resourceType);
    return allowed.isEmpty() ? failure : failure.with("Allow", allowed);
  }

  /** A header asks for a feature that the fake does not have. */
  public static S3ErrorException headerNotImplemented(String header) {
    return new S3ErrorException(
            501,
            "NotImplemented",
            "A header you provided implies functionality that is not implemented: " + header)
        .detail("Header", header);
  }

  /**
   * The fake does not implement a feature of S3.
   *
   * @param what the feature, such as {@code GET ?analytics}
   */
  public static S3ErrorException notImplemented(String what) {
    return new S3ErrorException(
        501, "NotImplemented", "The fake S3 does not implement " + what + ".");
  }

  /** The fake itself failed: for example, its disk is full, or it has a bug. */
  public static S3ErrorException internalError(Throwable cause) {
    return new S3ErrorException(
        500,
        "InternalError",
        "We encountered an internal error. Please try again. (" + cause + ")");
  }

  /** A path or a query is not percent-encoded UTF-8. */
  public static S3ErrorException invalidUri() {
    return new S3ErrorException(400, "InvalidURI", "Couldn't parse the specified URI.");
  }

  /** The form of a POST lacks a field. */
  public static S3ErrorException missingField(String name) {
    return invalidArgument(
        name,
        "",
        "Bucket POST must contain a field named '"
            + name
            + "'.  If it is specified, please check the order of the fields.");
  }

  /** The body ends early, or breaks the rules of its transfer coding. */
  public static S3ErrorException incompleteBody() {
    return new S3ErrorException(400, "IncompleteBody", "The request body terminated unexpectedly");
  }

  public static S3ErrorException malformedXml() {
    return new S3ErrorException(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published"
            + " schema");
  }

  /** Adds an element to the document, after the message. */
  public S3ErrorException detail(String element, Object text) {
    details.put(element, text);
    return this;
  }

  /** Adds a header to the answer. */
  public S3ErrorException with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  public Map<String, String> headers() {
    return headers;
  }

  public int status() {
    return status;
  }

  public String code() {
    return code;
  }

  /** Elements of the document after the message, in their order. */
  public Map<String, Object> details() {
    return details;
  }
}
