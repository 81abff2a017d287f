package global.pixell.par.internal.remote.s3;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.ErrorResponse;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Outlook;
import global.pixell.par.internal.remote.NetworkErrors;
import global.pixell.par.internal.remote.RequestContext;
import global.pixell.par.internal.remote.RequestContext.Action;
import global.pixell.par.internal.remote.S3ErrorClassifier;
import global.pixell.par.internal.text.SafeText;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import javax.xml.stream.XMLStreamException;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.awscore.exception.AwsServiceException;

/**
 * An exception of the SDK becomes what it means: an answer of S3 goes to the {@link
 * S3ErrorClassifier}, a connection's end to the {@link NetworkErrors}.
 *
 * @param clock what requests are signed with; set right where an answer shows that it is wrong
 */
record S3Errors(SigningClock clock) {

  FetchFailure of(RequestContext asked, Exception e) {
    if (e instanceof AwsServiceException answered) {
      return corrected(answer(answered), asked);
    }
    for (Throwable at = e; at != null; at = at.getCause()) {
      if (at instanceof S3Credentials.Missing missing) {
        return noCredentials(asked, missing);
      }
    }
    if (NetworkErrors.isNetwork(e)) {
      return NetworkErrors.of(asked, e);
    }
    if (asked.action() == Action.LIST_BUCKET
        && (isCausedBy(e, XMLStreamException.class)
            || isCausedBy(e, NumberFormatException.class)
            || isCausedBy(e, DateTimeException.class))) {
      return noListing(asked);
    }
    return FetchFailure.lasting(
        new ParException(
            Kind.UNAVAILABLE,
            asked.doing()
                + " failed: the AWS SDK could not make the request ("
                + SafeText.words(String.valueOf(e.getMessage()))
                + ").",
            "Check the region, the endpoint and the AWS configuration files.",
            SafeText.of(e)));
  }

  /** A good status over a listing that was cut off, or over what somebody else wrote. */
  static FetchFailure noListing(RequestContext asked) {
    return FetchFailure.passing(
        new ParException(
            Kind.UNAVAILABLE,
            asked.doing() + " failed: the answer of " + asked.host() + " is no whole listing.",
            "Try again; check the endpoint, and for a proxy between the task and S3."),
        Optional.empty());
  }

  private static boolean isCausedBy(Throwable e, Class<? extends Throwable> type) {
    Throwable at = e;
    while (at != null && !type.isInstance(at)) {
      at = at.getCause();
    }
    return at != null;
  }

  /**
   * A refusal that a wrong clock explains sets the clock, and asks for one more attempt. S3 names
   * it, mostly; where it says only no, its own time tells.
   */
  private FetchFailure corrected(ErrorResponse answer, RequestContext asked) {
    FetchFailure failure = S3ErrorClassifier.failure(asked, answer);
    boolean named = failure.outlook() == Outlook.CLOCK_SKEW;
    boolean shown = answer.status() == 403 && answer.date().filter(clock::isFarFrom).isPresent();
    if (named || shown) {
      answer.date().ifPresent(clock::setBy);
    }
    return shown && !named
        ? FetchFailure.of(Outlook.CLOCK_SKEW, failure.error(), Optional.empty())
        : failure;
  }

  private static FetchFailure noCredentials(RequestContext asked, S3Credentials.Missing missing) {
    ParException error =
        new ParException(
            Kind.ACCESS_DENIED,
            asked.doing() + " failed: " + missing.getMessage() + ".",
            missing.hint(),
            SafeText.of(missing));
    return missing.passing()
        ? FetchFailure.passing(error, Optional.empty())
        : FetchFailure.lasting(error);
  }

  private static ErrorResponse answer(AwsServiceException e) {
    AwsErrorDetails details = e.awsErrorDetails();
    Function<String, Optional<String>> field =
        name ->
            details == null || details.sdkHttpResponse() == null
                ? Optional.empty()
                : details.sdkHttpResponse().firstMatchingHeader(name);
    byte[] body =
        details == null || details.rawResponse() == null
            ? new byte[0]
            : details.rawResponse().asByteArrayUnsafe();
    ErrorResponse read = ErrorResponse.of(e.statusCode(), field, body, Instant.now());
    if (!read.code().isEmpty() || details == null || details.errorCode() == null) {
      return read;
    }
    // The SDK has read it, though it did not keep the body.
    String xml =
        "<Error><Code>" + details.errorCode().replaceAll("[^A-Za-z0-9._-]", "") + "</Code></Error>";
    return ErrorResponse.of(
        e.statusCode(), field, xml.getBytes(StandardCharsets.UTF_8), Instant.now());
  }
}
