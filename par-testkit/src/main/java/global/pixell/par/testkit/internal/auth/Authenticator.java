package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.auth.SigV4Parameters.Source;
import global.pixell.par.testkit.internal.http.HttpRequest;
import global.pixell.par.testkit.internal.http.S3Dates;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Authenticates a request: finds the credentials, recomputes the signature, and reports a wrong
 * signature with S3's error.
 */
public final class Authenticator {

  private static final Duration SKEW = Duration.ofMinutes(15);
  private static final Pattern SHA256 = Pattern.compile("[0-9a-fA-F]{64}");
  private static final String PAYLOAD_HEADER = "x-amz-content-sha256";
  private static final List<String> PAYLOADS =
      List.of(
          SigV4.UNSIGNED_PAYLOAD,
          "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
          ChunkSignatureVerifier.PAYLOAD,
          ChunkSignatureVerifier.PAYLOAD_AND_TRAILER);

  private final CredentialStore identities;
  private final Clock clock;

  public Authenticator(CredentialStore identities, Clock clock) {
    this.identities = identities;
    this.clock = clock;
  }

  /**
   * A verified signature.
   *
   * @param payload the hash of the body, or the keyword that replaces it
   * @param key the key that signs the chunks of the body
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record VerifiedSignature(
      Credentials credentials, SigV4Parameters parameters, String payload, byte[] key) {

    /** Whether the payload is the hash of the whole body. */
    public boolean namesBodyHash() {
      return SHA256.matcher(payload).matches();
    }
  }

  /**
   * Verifies a request to S3.
   *
   * @param query the decoded query
   * @param region the region of the bucket
   * @return empty for a request that is not signed
   */
  public Optional<VerifiedSignature> verifyS3(
      HttpRequest request, Map<String, String> query, String region) throws S3ErrorException {
    Optional<SigV4Parameters> parameters = SigV4Parser.of(request, query);
    if (parameters.isEmpty()) {
      return Optional.empty();
    }
    SigV4Parameters read = parameters.get();
    requireScope(read, region);
    checkTime(read);
    String payload = payload(read, request, query);
    return Optional.of(verify(read, request, query, payload, true));
  }

  /**
   * Verifies a request to another service.
   *
   * @param payload the hash of the request's body
   * @return empty for a request that is not signed
   */
  public Optional<VerifiedSignature> verifyOther(
      HttpRequest request, Map<String, String> query, String payload) throws S3ErrorException {
    Optional<SigV4Parameters> parameters = SigV4Parser.of(request, query);
    if (parameters.isEmpty()) {
      return Optional.empty();
    }
    checkTime(parameters.get());
    return Optional.of(verify(parameters.get(), request, query, payload, false));
  }

  /**
   * Verifies the form of a POST, whose signature covers its policy.
   *
   * @param fields the fields by lower-case name
   * @param region the region of the bucket
   * @return empty for a form that is not signed
   */
  public Optional<VerifiedSignature> verifyForm(Map<String, String> fields, String region)
      throws S3ErrorException {
    Optional<SigV4Parameters> parameters = SigV4Parser.ofForm(fields);
    if (parameters.isEmpty()) {
      return Optional.empty();
    }
    SigV4Parameters read = parameters.get();
    requireScope(read, region);
    String policy = fields.getOrDefault("policy", "");
    if (policy.isEmpty()) {
      throw S3ErrorException.missingField("policy");
    }
    Credentials credentials = credentials(read);
    byte[] key = SigV4.key(credentials.secretKey(), read.scope());
    if (!SigV4.same(SigV4.sign(key, policy), read.signature())) {
      throw mismatch(read, policy);
    }
    return Optional.of(new VerifiedSignature(credentials, read, SigV4.UNSIGNED_PAYLOAD, key));
  }

  private static void requireScope(SigV4Parameters parameters, String region)
      throws S3ErrorException {
    if (!parameters.scope().service().equals("s3")) {
      throw parameters.malformed(
          "incorrect service \""
              + parameters.scope().service()
              + "\". This endpoint belongs to \"s3\".");
    }
    if (!parameters.scope().region().equals(region)) {
      throw parameters.wrongRegion(region);
    }
  }

  private Credentials credentials(SigV4Parameters parameters) throws S3ErrorException {
    Credentials credentials =
        identities
            .find(parameters.accessKey())
            .filter(found -> found.session().isEmpty() || !parameters.token().isEmpty())
            .orElseThrow(() -> unknown(parameters.accessKey()));
    checkToken(credentials, parameters);
    return credentials;
  }

  private VerifiedSignature verify(
      SigV4Parameters parameters,
      HttpRequest request,
      Map<String, String> query,
      String payload,
      boolean forS3)
      throws S3ErrorException {
    Credentials credentials = credentials(parameters);
    if (forS3) {
      checkSignedHeaders(parameters, request, query);
    }
    String canonical = CanonicalRequest.of(request, parameters.signedHeaders(), payload, forS3);
    String text =
        SigV4.stringToSign(
            SigV4.ALGORITHM, parameters.timeText(), parameters.scope(), SigV4.hash(canonical));
    byte[] key = SigV4.key(credentials.secretKey(), parameters.scope());
    if (!SigV4.same(SigV4.sign(key, text), parameters.signature())) {
      throw mismatch(parameters, text, canonical);
    }
    return new VerifiedSignature(credentials, parameters, payload, key);
  }

  private void checkTime(SigV4Parameters parameters) throws S3ErrorException {
    Instant now = clock.instant();
    if (parameters.source() != Source.QUERY) {
      if (Duration.between(parameters.time(), now).abs().compareTo(SKEW) > 0) {
        throw new S3ErrorException(
                403,
                "RequestTimeTooSkewed",
                "The difference between the request time and the current time is too large.")
            .detail("RequestTime", parameters.timeText())
            .detail("ServerTime", S3Dates.iso(now))
            .detail("MaxAllowedSkewMilliseconds", SKEW.toMillis());
      }
      return;
    }
    Instant end = parameters.time().plus(parameters.lifetime());
    if (now.isAfter(end)) {
      throw new S3ErrorException(403, "AccessDenied", "Request has expired")
          .detail("X-Amz-Expires", parameters.lifetime().toSeconds())
          .detail("Expires", S3Dates.iso(end))
          .detail("ServerTime", S3Dates.iso(now));
    }
    if (parameters.time().isAfter(now.plus(SKEW))) {
      throw new S3ErrorException(403, "AccessDenied", "Request is not yet valid")
          .detail("X-Amz-Date", parameters.time().toEpochMilli())
          .detail("Expires", S3Dates.iso(end))
          .detail("ServerTime", S3Dates.iso(now));
    }
  }

  /** The payload hash in the canonical request. */
  private static String payload(
      SigV4Parameters parameters, HttpRequest request, Map<String, String> query)
      throws S3ErrorException {
    String header = request.header(PAYLOAD_HEADER);
    if (header.isEmpty() && parameters.source() == Source.QUERY) {
      return query.getOrDefault("X-Amz-Content-Sha256", SigV4.UNSIGNED_PAYLOAD);
    }
    if (header.isEmpty() && !request.hasBody()) {
      // S3 also requires the header here. The fake does not, because curl before 8 does not send it
      // and a missing body has only one possible hash.
      return SigV4.EMPTY_SHA256;
    }
    if (header.isEmpty()) {
      throw new S3ErrorException(
          400, "InvalidRequest", "Missing required header for this request: " + PAYLOAD_HEADER);
    }
    if (!PAYLOADS.contains(header) && !SHA256.matcher(header).matches()) {
      throw S3ErrorException.invalidArgument(
          PAYLOAD_HEADER,
          header,
          PAYLOAD_HEADER + " must be " + String.join(", ", PAYLOADS) + " or a valid sha256 value.");
    }
    return header;
  }

  private void checkToken(Credentials credentials, SigV4Parameters parameters)
      throws S3ErrorException {
    String expected = credentials.session().map(Credentials.Session::token).orElse("");
    if (!expected.equals(parameters.token())) {
      throw new S3ErrorException(
              400, "InvalidToken", "The provided token is malformed or otherwise invalid.")
          .detail("Token-0", parameters.token());
    }
    Optional<Instant> end = credentials.session().map(Credentials.Session::expires);
    if (end.isPresent() && !clock.instant().isBefore(end.get())) {
      throw new S3ErrorException(400, "ExpiredToken", "The provided token has expired.")
          .detail("Token-0", parameters.token());
    }
  }

  /**
   * Headers that S3 acts on must be signed, as headers or in the query. The header with the payload
   * hash need not be, because the canonical request contains the hash anyway.
   */
  private static void checkSignedHeaders(
      SigV4Parameters parameters, HttpRequest request, Map<String, String> query)
      throws S3ErrorException {
    var inQuery = new TreeSet<String>(String.CASE_INSENSITIVE_ORDER);
    inQuery.addAll(query.keySet());
    List<String> unsigned =
        request.headers().keySet().stream()
            .map(name -> name.toLowerCase(Locale.ROOT))
            .filter(
                name ->
                    name.equals("host")
                        || name.equals("content-md5")
                        || (name.startsWith("x-amz-") && !name.equals(PAYLOAD_HEADER)))
            .filter(name -> !parameters.signedHeaders().contains(name) && !inQuery.contains(name))
            .toList();
    if (!unsigned.isEmpty()) {
      throw new S3ErrorException(
              403,
              "AccessDenied",
              "There were headers present in the request which were not signed")
          .detail("HeadersNotSigned", String.join(", ", unsigned));
    }
  }

  private static S3ErrorException unknown(String accessKey) {
    return new S3ErrorException(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.")
        .detail("AWSAccessKeyId", accessKey);
  }

  private static S3ErrorException mismatch(
      SigV4Parameters parameters, String text, String canonical) {
    return mismatch(parameters, text)
        .detail("CanonicalRequest", canonical)
        .detail("CanonicalRequestBytes", hex(canonical));
  }

  private static S3ErrorException mismatch(SigV4Parameters parameters, String text) {
    return new S3ErrorException(
            403,
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your"
                + " key and signing method.")
        .detail("AWSAccessKeyId", parameters.accessKey())
        .detail("StringToSign", text)
        .detail("SignatureProvided", parameters.signature())
        .detail("StringToSignBytes", hex(text));
  }

  private static String hex(String text) {
    return HexFormat.ofDelimiter(" ").formatHex(SigV4.bytes(text));
  }
}
