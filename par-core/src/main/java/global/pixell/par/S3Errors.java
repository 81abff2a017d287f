package global.pixell.par;

import global.pixell.par.ParException.Kind;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.S3Exception;

/**
 * An exception of the SDK becomes a kind, a sentence with its values, a remedy, and whether to try
 * again.
 *
 * @param bucket the bucket that was asked
 * @param key the key or prefix that was asked
 * @param action the IAM action the request needs
 * @param region the region that was asked
 */
record S3Errors(String bucket, String key, String action, String region) {

  FetchFailure of(Exception e) {
    if (e instanceof S3Exception s3) {
      return answered(s3);
    }
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    if (e instanceof SdkClientException && isAboutCredentials(e)) {
      return FetchFailure.lasting(
          new ParException(
              Kind.ACCESS_DENIED,
              "No AWS credentials were found to read " + where() + ".",
              "Give the task a task role, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
              e));
    }
    if (root instanceof java.net.UnknownHostException) {
      return FetchFailure.passing(
          unavailable(
              "the host '" + root.getMessage() + "' is unknown",
              "Check AWS_REGION, the endpoint and DNS.",
              e),
          Optional.empty());
    }
    if (root instanceof java.net.ConnectException) {
      return FetchFailure.passing(
          unavailable(
              "the connection was refused",
              "Check the endpoint, the security group and the VPC endpoint for S3.",
              e),
          Optional.empty());
    }
    String what = root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
    boolean network = root instanceof java.io.IOException || e instanceof SdkException;
    ParException error =
        unavailable(
            "the connection broke (" + what + ")",
            "Try again; check the network between the task and S3.",
            e);
    return network ? FetchFailure.passing(error, Optional.empty()) : FetchFailure.lasting(error);
  }

  private FetchFailure answered(S3Exception e) {
    AwsErrorDetails details = e.awsErrorDetails();
    String code = details == null || details.errorCode() == null ? "" : details.errorCode();
    int status = e.statusCode();
    Kind kind;
    String what;
    String hint;
    switch (code) {
      case "NoSuchBucket" -> {
        kind = Kind.NOT_FOUND;
        what = "the bucket '" + bucket + "' does not exist";
        hint = "Check the bucket's name and the account.";
      }
      case "ExpiredToken", "TokenRefreshRequired" -> {
        kind = Kind.ACCESS_DENIED;
        what = "the session token has expired";
        hint = "Renew the temporary credentials; a task role renews them by itself.";
      }
      case "InvalidAccessKeyId" -> {
        kind = Kind.ACCESS_DENIED;
        what = "the access key id is not known to S3";
        hint = "Check AWS_ACCESS_KEY_ID, and that it belongs to this partition.";
      }
      case "SignatureDoesNotMatch" -> {
        kind = Kind.ACCESS_DENIED;
        what = "the request's signature does not match";
        hint = "Check AWS_SECRET_ACCESS_KEY and the region, now '" + region + "'.";
      }
      case "RequestTimeTooSkewed" -> {
        kind = Kind.ACCESS_DENIED;
        what = "this machine's clock differs too much from S3's";
        hint = "Set the clock (NTP); S3 allows 15 minutes.";
      }
      case "PermanentRedirect",
          "AuthorizationHeaderMalformed",
          "IllegalLocationConstraintException" -> {
        kind = Kind.CONFIG;
        what =
            "the bucket is in "
                + header(e, "x-amz-bucket-region")
                    .map(r -> "region '" + r + "'")
                    .orElse("another region")
                + ", not in '"
                + region
                + "'";
        hint =
            "Set AWS_REGION"
                + header(e, "x-amz-bucket-region")
                    .map(r -> "=" + r)
                    .orElse(" to the bucket's region")
                + ".";
      }
      default -> {
        return byStatus(e, code, status);
      }
    }
    return FetchFailure.lasting(sentence(kind, what, status, code, hint, e));
  }

  private FetchFailure byStatus(S3Exception e, String code, int status) {
    boolean throttled = status == 429 || code.equals("SlowDown");
    if (throttled
        || status == 500
        || status == 502
        || status == 503
        || status == 504
        || code.equals("RequestTimeout")) {
      return FetchFailure.passing(
          sentence(
              Kind.UNAVAILABLE,
              throttled ? "S3 asked to slow down" : "S3 had a fault of its own",
              status,
              code,
              throttled
                  ? "Start fewer tasks at once, or spread the packages over key prefixes."
                  : "Try again; see the AWS health page of region '" + region + "'.",
              e),
          retryAfter(e));
    }
    if (status == 412 || status == 416) {
      return FetchFailure.changed(changed(e, code, status));
    }
    String message =
        e.awsErrorDetails() == null ? "" : String.valueOf(e.awsErrorDetails().errorMessage());
    return FetchFailure.lasting(
        switch (status) {
          case 403 ->
              message.toLowerCase(Locale.ROOT).contains("kms") ? kms(e, code) : denied(e, code);
          case 404 ->
              sentence(
                  Kind.NOT_FOUND,
                  "there is no such object",
                  status,
                  code,
                  "Check the key; keys are literal and case-sensitive.",
                  e);
          case 405 ->
              sentence(
                  Kind.NOT_FOUND,
                  "the version named is a delete marker",
                  status,
                  code,
                  "Name a version that has content.",
                  e);
          default ->
              sentence(
                  Kind.UNAVAILABLE,
                  "S3 refused the request",
                  status,
                  code,
                  "See the code in the S3 error list.",
                  e);
        });
  }

  private ParException changed(S3Exception e, String code, int status) {
    return sentence(
        Kind.UNAVAILABLE,
        status == 412
            ? "the object changed while it was downloaded"
            : "the object is shorter than it was",
        status,
        code,
        "Publish packages under a new key instead of overwriting one.",
        e);
  }

  private ParException kms(S3Exception e, String code) {
    return sentence(
        Kind.ACCESS_DENIED,
        "the object is encrypted with a KMS key that the role may not use",
        403,
        code,
        "Grant the role kms:Decrypt on that key.",
        e);
  }

  private ParException denied(S3Exception e, String code) {
    String resource =
        action.equals("s3:ListBucket")
            ? "arn:aws:s3:::" + bucket
            : "arn:aws:s3:::" + bucket + "/" + key;
    return sentence(
        Kind.ACCESS_DENIED,
        "access was denied",
        403,
        code,
        "Either the role may not "
            + action
            + " on "
            + resource
            + ", or the key does not exist: without s3:ListBucket S3 answers both alike. Check the key, then the task role's policy.",
        e);
  }

  private ParException sentence(
      Kind kind, String what, int status, String code, String hint, Exception cause) {
    return new ParException(
        kind,
        "Reading "
            + where()
            + " failed: "
            + what
            + " (HTTP "
            + status
            + (code.isEmpty() ? "" : " " + code)
            + ").",
        hint,
        cause);
  }

  private ParException unavailable(String what, String hint, Exception cause) {
    return new ParException(
        Kind.UNAVAILABLE, "Reading " + where() + " failed: " + what + ".", hint, cause);
  }

  private String where() {
    return "s3://" + bucket + "/" + key;
  }

  private static boolean isAboutCredentials(Exception e) {
    String message = String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT);
    return message.contains("unable to load credentials") || message.contains("credentials");
  }

  private static Optional<String> header(S3Exception e, String name) {
    return e.awsErrorDetails() == null || e.awsErrorDetails().sdkHttpResponse() == null
        ? Optional.empty()
        : e.awsErrorDetails().sdkHttpResponse().firstMatchingHeader(name);
  }

  /**
   * Seconds in {@code Retry-After}, milliseconds in {@code x-amz-retry-after}; anything else is not
   * honoured.
   */
  private static Optional<Duration> retryAfter(S3Exception e) {
    Optional<Duration> millis =
        header(e, "x-amz-retry-after")
            .filter(v -> v.matches("\\d{1,7}"))
            .map(v -> Duration.ofMillis(Long.parseLong(v)));
    return millis.or(
        () ->
            header(e, "Retry-After")
                .filter(v -> v.matches("\\d{1,5}"))
                .map(v -> Duration.ofSeconds(Long.parseLong(v))));
  }
}
