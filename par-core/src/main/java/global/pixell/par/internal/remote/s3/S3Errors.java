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
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileLocation;

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
    // No answer and no broken connection: the SDK refused to make the request.
    return FetchFailure.lasting(badSettings(e));
  }

  /** A variable, a system property or a configuration file of AWS that the SDK does not accept. */
  static ParException badSettings(Exception e) {
    String said = SafeText.words(String.valueOf(e.getMessage()));
    if (!profilesAreReadable()) {
      // The SDK reads them whether or not anything of them is needed.
      return new ParException(
          Kind.CONFIG,
          "The AWS configuration files "
              + ProfileFileLocation.configurationFilePath()
              + " and "
              + ProfileFileLocation.credentialsFilePath()
              + " cannot be read: "
              + said
              + ".",
          "Correct them, or point AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE at other files,"
              + " empty ones too.",
          SafeText.of(e));
    }
    return new ParException(
        Kind.CONFIG,
        "The AWS SDK does not accept the settings of this process: " + said + ".",
        "Correct or unset the AWS_ variable, the aws. system property or the entry of the AWS"
            + " configuration file that is meant; check the region and the endpoint.",
        SafeText.of(e));
  }

  private static boolean profilesAreReadable() {
    try {
      ProfileFile.defaultProfileFile();
      return true;
    } catch (RuntimeException e) {
      return false;
    }
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
