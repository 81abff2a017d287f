package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.auth.SigV4.Scope;
import global.pixell.par.testkit.internal.auth.SigV4Parameters.Source;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Parses the parameters of a signature from the places that S3 allows: a header, a query or a form.
 */
final class SigV4Parser {

  private static final Duration WEEK = Duration.ofDays(7);
  private static final List<String> PARAMETERS =
      List.of(
          "X-Amz-Algorithm",
          "X-Amz-Credential",
          "X-Amz-Signature",
          "X-Amz-Date",
          "X-Amz-SignedHeaders",
          "X-Amz-Expires");

  /** The fields of a signed form, in the order in which S3 reports missing ones. */
  private static final List<String> FIELDS =
      List.of("X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-Date");

  private SigV4Parser() {}

  /**
   * Parses the parameters.
   *
   * @param query the decoded query
   * @return empty for an unsigned request
   * @throws S3ErrorException when the parameters are malformed, or the signature version is one
   *     that S3 no longer accepts
   */
  static Optional<SigV4Parameters> of(HttpRequest request, Map<String, String> query)
      throws S3ErrorException {
    String header = request.header("Authorization");
    boolean four = query.containsKey("X-Amz-Algorithm") || query.containsKey("X-Amz-Signature");
    boolean two = query.containsKey("AWSAccessKeyId") && query.containsKey("Signature");
    if (!header.isEmpty() && (four || two)) {
      throw S3ErrorException.invalidArgument(
          "Authorization",
          header,
          "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature"
              + " query string parameter or the Authorization header should be specified");
    }
    if (two || header.startsWith("AWS ")) {
      throw versionTwo();
    }
    if (four) {
      return Optional.of(ofQuery(query));
    }
    return header.isEmpty() ? Optional.empty() : Optional.of(ofHeader(request, header));
  }

  private static SigV4Parameters ofHeader(HttpRequest request, String header)
      throws S3ErrorException {
    if (header.startsWith("AWS4-ECDSA-P256-SHA256")) {
      throw unsupported("SigV4A signs for several regions, and this server is one. ");
    }
    if (!header.startsWith(SigV4.ALGORITHM)) {
      throw S3ErrorException.invalidArgument(
          "Authorization", header, "Unsupported Authorization Type");
    }
    Map<String, String> parts = parts(header.substring(SigV4.ALGORITHM.length()));
    String credential = parts.getOrDefault("Credential", "");
    String signed = parts.getOrDefault("SignedHeaders", "");
    String signature = parts.getOrDefault("Signature", "");
    if (credential.isEmpty() || signed.isEmpty() || signature.isEmpty()) {
      throw SigV4Parameters.malformed(
          Source.HEADER,
          credential,
          "the authorization header requires three components: Credential, SignedHeaders, and"
              + " Signature.");
    }
    Instant time = timeOfHeader(request);
    int slash = credential.indexOf('/');
    return new SigV4Parameters(
        Source.HEADER,
        slash < 0 ? credential : credential.substring(0, slash),
        scope(Source.HEADER, credential, time),
        time,
        names(signed),
        signature,
        request.header("x-amz-security-token"),
        Duration.ZERO);
  }

  private static SigV4Parameters ofQuery(Map<String, String> query) throws S3ErrorException {
    String algorithm = query.getOrDefault("X-Amz-Algorithm", "");
    if (algorithm.equals("AWS4-ECDSA-P256-SHA256")) {
      throw unsupported("SigV4A signs for several regions, and this server is one. ");
    }
    if (!PARAMETERS.stream().allMatch(name -> !query.getOrDefault(name, "").isEmpty())) {
      throw queryError(
          "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential,"
              + " X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.");
    }
    if (!algorithm.equals(SigV4.ALGORITHM)) {
      throw queryError(
          "X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256 and AWS4-ECDSA-P256-SHA256\"");
    }
    Instant time =
        time(query.getOrDefault("X-Amz-Date", ""))
            .orElseThrow(
                () ->
                    queryError(
                        "X-Amz-Date must be in the ISO8601 Long Format"
                            + " \"yyyyMMdd'T'HHmmss'Z'\""));
    String credential = query.getOrDefault("X-Amz-Credential", "");
    int slash = credential.indexOf('/');
    return new SigV4Parameters(
        Source.QUERY,
        slash < 0 ? credential : credential.substring(0, slash),
        scope(Source.QUERY, credential, time),
        time,
        names(query.getOrDefault("X-Amz-SignedHeaders", "")),
        query.getOrDefault("X-Amz-Signature", ""),
        query.getOrDefault("X-Amz-Security-Token", ""),
        lifetime(query.getOrDefault("X-Amz-Expires", "")));
  }

  /**
   * Parses the fields of a form.
   *
   * @param fields the fields by lower-case name
   * @return empty for an unsigned form
   * @throws S3ErrorException as for {@link #of}
   */
  static Optional<SigV4Parameters> ofForm(Map<String, String> fields) throws S3ErrorException {
    if (fields.containsKey("awsaccesskeyid") || fields.containsKey("signature")) {
      throw versionTwo();
    }
    if (FIELDS.stream().noneMatch(name -> fields.containsKey(name.toLowerCase(Locale.ROOT)))) {
      return Optional.empty();
    }
    for (String name : FIELDS) {
      if (fields.getOrDefault(name.toLowerCase(Locale.ROOT), "").isEmpty()) {
        throw S3ErrorException.missingField(name);
      }
    }
    if (!fields.getOrDefault("x-amz-algorithm", "").equals(SigV4.ALGORITHM)) {
      throw S3ErrorException.invalidArgument(
          "X-Amz-Algorithm",
          fields.getOrDefault("x-amz-algorithm", ""),
          "X-Amz-Algorithm only supports \"" + SigV4.ALGORITHM + "\"");
    }
    String date = fields.getOrDefault("x-amz-date", "");
    Instant time =
        time(date)
            .orElseThrow(
                () ->
                    S3ErrorException.invalidArgument(
                        "X-Amz-Date", date, "X-Amz-Date must be formated via ISO8601 Long format"));
    String credential = fields.getOrDefault("x-amz-credential", "");
    int slash = credential.indexOf('/');
    return Optional.of(
        new SigV4Parameters(
            Source.FORM,
            slash < 0 ? credential : credential.substring(0, slash),
            scope(Source.FORM, credential, time),
            time,
            List.of(),
            fields.getOrDefault("x-amz-signature", ""),
            fields.getOrDefault("x-amz-security-token", ""),
            Duration.ZERO));
  }

  private static Map<String, String> parts(String text) {
    var parts = new HashMap<String, String>();
    for (String part : text.split(",", -1)) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parts.put(part.substring(0, equals).strip(), part.substring(equals + 1).strip());
      }
    }
    return parts;
  }

  private static List<String> names(String text) {
    return Arrays.asList(text.toLowerCase(Locale.ROOT).split(";", -1));
  }

  private static Instant timeOfHeader(HttpRequest request) throws S3ErrorException {
    String amazons = request.header("x-amz-date");
    String https = request.header("Date");
    Optional<Instant> time =
        amazons.isEmpty()
            ? time(https).or(() -> S3Dates.parseHttp(https))
            : time(amazons).or(() -> S3Dates.parseHttp(amazons));
    return time.orElseThrow(
        () ->
            new S3ErrorException(
                403,
                "AccessDenied",
                "AWS authentication requires a valid Date or x-amz-date header"));
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(
          LocalDateTime.parse(text, SigV4Parameters.LONG_DATE).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  private static Scope scope(Source source, String credential, Instant time)
      throws S3ErrorException {
    String[] parts = credential.split("/", -1);
    if (parts.length != 5 || parts[0].isEmpty()) {
      throw SigV4Parameters.malformed(
          source,
          credential,
          "the Credential is mal-formed; expecting"
              + " \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".");
    }
    if (!parts[4].equals(SigV4.TERMINATOR)) {
      throw SigV4Parameters.malformed(
          source,
          credential,
          "incorrect terminal \""
              + parts[4]
              + "\". This endpoint uses \""
              + SigV4.TERMINATOR
              + "\".");
    }
    if (!parts[1].matches("\\d{8}")) {
      throw SigV4Parameters.malformed(
          source,
          credential,
          "incorrect date format \""
              + parts[1]
              + "\". This date in the credential must be in the format \"yyyyMMdd\".");
    }
    String day = SigV4Parameters.longDate(time).substring(0, 8);
    if (!parts[1].equals(day)) {
      throw SigV4Parameters.malformed(
          source,
          credential,
          "Invalid credential date \""
              + parts[1]
              + "\". This date is not the same as X-Amz-Date: \""
              + day
              + "\".");
    }
    return new Scope(parts[1], parts[2], parts[3]);
  }

  private static Duration lifetime(String text) throws S3ErrorException {
    if (!text.matches("-?\\d{1,18}")) {
      throw queryError("X-Amz-Expires should be a number");
    }
    Duration lifetime = Duration.ofSeconds(Long.parseLong(text));
    if (lifetime.isNegative()) {
      throw queryError("X-Amz-Expires must be non-negative");
    }
    if (lifetime.compareTo(WEEK) > 0) {
      throw queryError(
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires"
              + " must be less than "
              + WEEK.toSeconds()
              + " seconds");
    }
    return lifetime;
  }

  static S3ErrorException queryError(String message) {
    return new S3ErrorException(400, "AuthorizationQueryParametersError", message);
  }

  /** The request has a signature of version 2, which old clients use by default. */
  static S3ErrorException versionTwo() {
    return unsupported(
        "It is Signature Version 2: use s3v4, for instance Config(signature_version=\"s3v4\") in"
            + " boto3, or aws configure set default.s3.signature_version s3v4 for the AWS CLI. ");
  }

  private static S3ErrorException unsupported(String why) {
    return new S3ErrorException(
        400,
        "InvalidRequest",
        "The authorization mechanism you have provided is not supported. "
            + why
            + "Please use AWS4-HMAC-SHA256.");
  }
}
