package global.pixell.par.testkit.internal.fault;

import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;

/** Answers with an error, in S3's XML form. */
public record ErrorFault(String name, Function<FaultContext, S3ErrorException> failure)
    implements FaultEffect {

  @Override
  public void before(FaultContext context) throws S3ErrorException {
    throw failure.apply(context);
  }

  public static FaultEffect of(String name, int status, String code, String message) {
    return new ErrorFault(name, context -> new S3ErrorException(status, code, message));
  }

  public static FaultEffect of(
      int status, String code, String message, Map<String, String> headers) {
    return new ErrorFault(
        "error(" + status + ", " + code + ")",
        context -> {
          var failure = new S3ErrorException(status, code, message);
          headers.forEach(failure::with);
          return failure;
        });
  }

  public static FaultEffect slowDown() {
    return of("slowDown", 503, "SlowDown", "Please reduce your request rate.");
  }

  public static FaultEffect internalError() {
    return of(
        "internalError",
        500,
        "InternalError",
        "We encountered an internal error. Please try again.");
  }

  /** With {@code Retry-After} in whole seconds. */
  public static FaultEffect unavailable(Duration after) {
    return unavailable(
        "unavailable(" + after.toSeconds() + " s)", "Retry-After", "" + after.toSeconds());
  }

  /** With {@code Retry-After} as a date. */
  public static FaultEffect unavailableUntil(Instant until) {
    return unavailable("unavailableUntil(" + until + ")", "Retry-After", S3Dates.http(until));
  }

  /** With {@code x-amz-retry-after} in milliseconds. */
  public static FaultEffect unavailableMillis(long millis) {
    return unavailable("unavailableMillis(" + millis + ")", "x-amz-retry-after", "" + millis);
  }

  private static FaultEffect unavailable(String name, String header, String value) {
    return new ErrorFault(
        name,
        context ->
            new S3ErrorException(503, "ServiceUnavailable", "Service is unable to handle request.")
                .with(header, value));
  }

  public static FaultEffect accessDenied() {
    return of("accessDenied", 403, "AccessDenied", "Access Denied");
  }

  public static FaultEffect kmsDenied() {
    return of(
        "kmsDenied",
        403,
        "AccessDenied",
        "User: arn:aws:sts::123456789012:assumed-role/example/session is not authorized to perform:"
            + " kms:Decrypt on resource:"
            + " arn:aws:kms:us-east-2:123456789012:key/11111111-2222-3333-4444-555555555555"
            + " because no identity-based policy allows the kms:Decrypt action");
  }

  public static FaultEffect expiredToken() {
    return of("expiredToken", 400, "ExpiredToken", "The provided token has expired.");
  }

  public static FaultEffect clockSkew() {
    return new ErrorFault(
        "clockSkew",
        context ->
            new S3ErrorException(
                    403,
                    "RequestTimeTooSkewed",
                    "The difference between the request time and the current time is too large.")
                .detail("RequestTime", context.request().header("x-amz-date"))
                .detail("ServerTime", S3Dates.xml(context.clock().instant()))
                .detail("MaxAllowedSkewMilliseconds", 900_000));
  }

  public static FaultEffect wrongRegion(String region) {
    return new ErrorFault(
        "wrongRegion(" + region + ")",
        context ->
            new S3ErrorException(
                    301,
                    "PermanentRedirect",
                    "The bucket you are attempting to access must be addressed using the specified"
                        + " endpoint. Please send all future requests to this endpoint.")
                .detail("Endpoint", context.request().bucket() + ".s3." + region + ".amazonaws.com")
                .detail("Bucket", context.request().bucket())
                .with("x-amz-bucket-region", region));
  }
}
