package global.pixell.par.testkit;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

/** An error in the place of the answer, in S3's own words. */
record ErrorFault(String name, Function<Exchange, S3Failure> failure) implements Fault {

  @Override
  public void before(Exchange exchange) throws S3Failure {
    throw failure.apply(exchange);
  }

  static Fault of(String name, int status, String code, String message) {
    return new ErrorFault(name, exchange -> new S3Failure(status, code, message));
  }

  static Fault of(int status, String code, String message, Map<String, String> headers) {
    return new ErrorFault(
        "error(" + status + ", " + code + ")",
        exchange -> {
          var failure = new S3Failure(status, code, message);
          headers.forEach(failure::with);
          return failure;
        });
  }

  static Fault slowDown() {
    return of("slowDown", 503, "SlowDown", "Please reduce your request rate.");
  }

  static Fault internalError() {
    return of(
        "internalError",
        500,
        "InternalError",
        "We encountered an internal error. Please try again.");
  }

  /** With {@code Retry-After} in whole seconds. */
  static Fault unavailable(Duration after) {
    return unavailable(
        "unavailable(" + after.toSeconds() + " s)", "Retry-After", "" + after.toSeconds());
  }

  /** With {@code Retry-After} as a date. */
  static Fault unavailableUntil(Instant until) {
    return unavailable("unavailableUntil(" + until + ")", "Retry-After", S3Dates.http(until));
  }

  /** With {@code x-amz-retry-after} in milliseconds. */
  static Fault unavailableMillis(long millis) {
    return unavailable("unavailableMillis(" + millis + ")", "x-amz-retry-after", "" + millis);
  }

  private static Fault unavailable(String name, String header, String value) {
    return new ErrorFault(
        name,
        exchange ->
            new S3Failure(503, "ServiceUnavailable", "Service is unable to handle request.")
                .with(header, value));
  }

  static Fault accessDenied() {
    return of("accessDenied", 403, "AccessDenied", "Access Denied");
  }

  static Fault kmsDenied() {
    return of(
        "kmsDenied",
        403,
        "AccessDenied",
        "User: arn:aws:sts::123456789012:assumed-role/example/session is not authorized to perform:"
            + " kms:Decrypt on resource:"
            + " arn:aws:kms:us-east-2:123456789012:key/11111111-2222-3333-4444-555555555555"
            + " because no identity-based policy allows the kms:Decrypt action");
  }

  static Fault expiredToken() {
    return of("expiredToken", 400, "ExpiredToken", "The provided token has expired.");
  }

  static Fault clockSkew() {
    return new ErrorFault(
        "clockSkew",
        exchange ->
            new S3Failure(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.",
                Xml.element("RequestTime", exchange.request().header("x-amz-date"))
                    + Xml.element("ServerTime", S3Dates.xml(exchange.clock().instant()))
                    + Xml.element("MaxAllowedSkewMilliseconds", 900_000)));
  }

  static Fault wrongRegion(String region) {
    return new ErrorFault(
        "wrongRegion(" + region + ")",
        exchange ->
            new S3Failure(
                    301,
                    "PermanentRedirect",
                    "The bucket you are attempting to access must be addressed using the specified"
                        + " endpoint. Please send all future requests to this endpoint.",
                    Xml.element(
                            "Endpoint",
                            exchange.request().bucket() + ".s3." + region + ".amazonaws.com")
                        + Xml.element("Bucket", exchange.request().bucket()))
                .with("x-amz-bucket-region", region));
  }
}
