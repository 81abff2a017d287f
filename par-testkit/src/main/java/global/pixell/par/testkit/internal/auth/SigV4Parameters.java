package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.auth.SigV4.Scope;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.List;
import java.util.Locale;

/**
 * The parameters of a request's signature, from the {@code Authorization} header, the query of a
 * presigned URL or the fields of a form. Parsed, not yet verified.
 *
 * @param source where the request carries the parameters
 * @param time when the client signed, as in the string to sign
 * @param signedHeaders lower-case names in the client's order
 * @param token the session token; empty without one
 * @param lifetime how long a presigned URL is valid; zero elsewhere
 */
public record SigV4Parameters(
    Source source,
    String accessKey,
    Scope scope,
    Instant time,
    List<String> signedHeaders,
    String signature,
    String token,
    Duration lifetime) {

  static final DateTimeFormatter LONG_DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  /** The places where a request can carry a signature. */
  public enum Source {
    HEADER("REST-HEADER"),
    QUERY("REST-QUERY-STRING"),
    FORM("POST");

    private final String authType;

    Source(String authType) {
      this.authType = authType;
    }

    /** The value of {@code s3:authType}. */
    public String authType() {
      return authType;
    }
  }

  public SigV4Parameters {
    signedHeaders = List.copyOf(signedHeaders);
  }

  public static String longDate(Instant time) {
    return LONG_DATE.format(time.atOffset(ZoneOffset.UTC));
  }

  /** The time in the string to sign. */
  String timeText() {
    return longDate(time);
  }

  /** An error in the credential, in S3's words for a header or a query. */
  S3ErrorException malformed(String fault) {
    return malformed(source, credential(), fault);
  }

  /** As {@link #malformed(String)}, with the expected region. */
  S3ErrorException wrongRegion(String right) {
    String fault = "the region '" + scope.region() + "' is wrong; expecting '" + right + "'";
    return malformed(source, credential(), fault)
        .detail("Region", right)
        .with("x-amz-bucket-region", right);
  }

  static S3ErrorException malformed(Source source, String credential, String fault) {
    return switch (source) {
      case HEADER ->
          new S3ErrorException(
              400,
              "AuthorizationHeaderMalformed",
              "The authorization header is malformed; " + fault);
      case QUERY ->
          SigV4Parser.queryError("Error parsing the X-Amz-Credential parameter; " + fault);
      case FORM -> S3ErrorException.invalidArgument("X-Amz-Credential", credential, fault);
    };
  }

  private String credential() {
    return accessKey + "/" + scope;
  }
}
