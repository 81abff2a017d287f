package global.pixell.par.internal.remote.s3;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.remote.ErrorResponse;
import global.pixell.par.internal.remote.FetchFailure;
import global.pixell.par.internal.remote.FetchFailure.Retryability;
import global.pixell.par.internal.remote.NetworkErrors;
import global.pixell.par.internal.remote.RequestContext;
import global.pixell.par.internal.remote.S3ErrorClassifier;
import global.pixell.par.internal.text.SafeText;
import java.util.Optional;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.profiles.ProfileFileLocation;

/**
 * Turns what came instead of an object into a failure. The {@link S3ErrorClassifier} reads
 * responses of S3, {@link NetworkErrors} the failures of connections.
 *
 * @param clock the clock that requests are signed by; corrected where a response shows that it is
 *     wrong
 */
record S3Errors(SigningClock clock) {

  /** The failure that an exception means: of a connection, or of the SDK. */
  FetchFailure of(RequestContext request, Exception e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof S3Credentials.Missing missing) {
        return noCredentials(request, missing);
      }
    }
    if (NetworkErrors.isNetwork(e)) {
      return NetworkErrors.of(request, e);
    }
    // Neither a response nor a broken connection: the SDK refused to send the request.
    return FetchFailure.permanent(badSettings(e));
  }

  /** A variable, a system property or a configuration file of AWS that the SDK does not accept. */
  static ParException badSettings(Exception e) {
    String said = SafeText.words(String.valueOf(e.getMessage()));
    if (!profilesAreReadable()) {
      // The SDK reads these files whether or not they are needed.
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

  /** A response of status 200 whose body is cut off, or is not a listing at all. */
  static FetchFailure noListing(RequestContext request) {
    return FetchFailure.transientFailure(
        new ParException(
            Kind.UNAVAILABLE,
            request.describe()
                + " failed: the response of "
                + request.host()
                + " is not a complete listing.",
            "Try again; check the endpoint, and for a proxy between the task and S3."));
  }

  /**
   * The failure that an error response means. Corrects the clock where a wrong one explains the
   * refusal, and allows one more attempt. Mostly S3 names the cause; where it does not, its own
   * time shows it.
   */
  FetchFailure of(RequestContext request, ErrorResponse response) {
    FetchFailure failure = S3ErrorClassifier.failure(request, response);
    boolean named = failure.retryability() == Retryability.CLOCK_SKEW;
    boolean shown =
        response.isFromS3()
            && response.status() == 403
            && response.date().filter(clock::isFarFrom).isPresent();
    if (named || shown) {
      response.date().ifPresent(clock::setTo);
    }
    return shown && !named
        ? FetchFailure.of(Retryability.CLOCK_SKEW, failure.error(), Optional.empty())
        : failure;
  }

  private static FetchFailure noCredentials(RequestContext request, S3Credentials.Missing missing) {
    ParException error =
        new ParException(
            Kind.ACCESS_DENIED,
            request.describe() + " failed: " + missing.getMessage() + ".",
            missing.hint(),
            SafeText.of(missing));
    return missing.isTransient()
        ? FetchFailure.transientFailure(error)
        : FetchFailure.permanent(error);
  }
}
