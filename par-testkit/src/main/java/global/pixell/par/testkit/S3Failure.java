package global.pixell.par.testkit;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An answer that is an error, in S3's own words. An {@code IOException}, for the streams that
 * bodies are read through find faults too.
 */
final class S3Failure extends IOException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;
  private final String details;

  @SuppressWarnings("serial") // Never serialised.
  private final Map<String, String> headers = new LinkedHashMap<>();

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

  static S3Failure invalidArgument(String name, String value, String message) {
    return new S3Failure(
        400,
        "InvalidArgument",
        message,
        Xml.element("ArgumentName", name) + Xml.element("ArgumentValue", value));
  }

  /**
   * The method is not for that.
   *
   * @param resourceType such as {@code OBJECT}
   * @param allowed the methods that are; empty for none to name
   */
  static S3Failure methodNotAllowed(String method, String resourceType, String allowed) {
    var failure =
        new S3Failure(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            Xml.element("Method", method) + Xml.element("ResourceType", resourceType));
    return allowed.isEmpty() ? failure : failure.with("Allow", allowed);
  }

  /** A header asks for what the fake does not do. */
  static S3Failure notImplemented(String header) {
    return new S3Failure(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented",
        Xml.element("Header", header));
  }

  /** The fake itself failed: its disk is full, or it has a bug. */
  static S3Failure internalError(Exception cause) {
    return new S3Failure(
        500,
        "InternalError",
        "We encountered an internal error. Please try again. (" + cause + ")");
  }

  static S3Failure malformedXml() {
    return new S3Failure(
        400,
        "MalformedXML",
        "The XML you provided was not well-formed or did not validate against our published"
            + " schema");
  }

  static S3Failure notImplemented() {
    return new S3Failure(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented");
  }

  /** Adds a header to the answer. */
  S3Failure with(String header, String value) {
    headers.put(header, value);
    return this;
  }

  Map<String, String> headers() {
    return headers;
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
