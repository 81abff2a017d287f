package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.testkit.internal.auth.AwsChunkedBody;
import global.pixell.par.testkit.internal.auth.ChunkVerifier;
import global.pixell.par.testkit.internal.s3.model.BodyStorage;
import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.Content;
import global.pixell.par.testkit.internal.s3.model.Digests;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Receives the body of a request, and checks it against length, MD5 and checksum in headers or
 * trailers. The underlying stream checks the signed hash.
 */
public final class UploadBody {

  /**
   * A received body.
   *
   * @param md5 the MD5 in hexadecimal digits
   * @param checksum the checksum in base64
   * @param announced whether the client sent that checksum
   */
  public record ReceivedBody(
      Content content,
      String md5,
      ChecksumAlgorithm algorithm,
      String checksum,
      boolean announced) {}

  /** A checksum in a header, or announced for a trailer. */
  private record DeclaredChecksum(ChecksumAlgorithm algorithm, String value) {}

  private static final int DOCUMENT_LIMIT = 2 << 20;
  private static final List<String> NO_CHECKSUM_VALUES =
      List.of("x-amz-checksum-mode", "x-amz-checksum-type", "x-amz-checksum-algorithm");

  private final S3Request request;
  private final ChunkVerifier chunkVerifier;

  public UploadBody(S3Request request, ChunkVerifier chunkVerifier) {
    this.request = request;
    this.chunkVerifier = chunkVerifier;
  }

  /**
   * Receives the whole body.
   *
   * @param otherwise the checksum to compute when the client sent none
   * @throws S3ErrorException when the body does not match the request
   */
  public ReceivedBody receive(BodyStorage bodies, ChecksumAlgorithm otherwise) throws IOException {
    if (request.header("Content-Length").isEmpty()
        && request.header("Transfer-Encoding").isEmpty()) {
      throw new S3ErrorException(
          411, "MissingContentLength", "You must provide the Content-Length HTTP header.");
    }
    Optional<byte[]> expectedMd5 = expectedMd5();
    Optional<DeclaredChecksum> declared = declaredChecksum();
    ChecksumAlgorithm algorithm = declared.map(DeclaredChecksum::algorithm).orElse(otherwise);
    var digests = new Digests(algorithm);
    String payload = request.header("x-amz-content-sha256");
    boolean chunked = payload.startsWith("STREAMING-");
    var chunks =
        new AwsChunkedBody(request.body(), payload.startsWith("STREAMING-AWS4-"), chunkVerifier);
    InputStream body = chunked ? chunks : request.body();
    Content content = bodies.store(body, digests);
    if (chunked) {
      requireDecodedLength(content.size());
    }
    var received =
        new ReceivedBody(
            content, digests.md5(), algorithm, digests.checksum(), declared.isPresent());
    requireMd5(expectedMd5, received.md5());
    requireChecksum(declared, chunks.trailers(), received.checksum());
    return received;
  }

  /** Receives a small document. */
  public byte[] document(BodyStorage bodies) throws IOException {
    Content content = receive(bodies, ChecksumAlgorithm.CRC64NVME).content();
    if (content.size() > DOCUMENT_LIMIT) {
      throw S3ErrorException.malformedXml();
    }
    try (InputStream in = content.open()) {
      return in.readAllBytes();
    }
  }

  /** Whether a header lets the server detect a changed body. */
  public boolean isProtected() throws S3ErrorException {
    return !request.header("Content-MD5").isEmpty() || declaredChecksum().isPresent();
  }

  private Optional<byte[]> expectedMd5() throws S3ErrorException {
    String header = request.header("Content-MD5");
    if (header.isEmpty()) {
      return Optional.empty();
    }
    if (!ChecksumAlgorithm.MD5.isValue(header)) {
      throw new S3ErrorException(400, "InvalidDigest", "The Content-MD5 you specified was invalid.")
          .detail("Content-MD5", header);
    }
    return Optional.of(Base64.getDecoder().decode(header));
  }

  private Optional<DeclaredChecksum> declaredChecksum() throws S3ErrorException {
    var all = new ArrayList<DeclaredChecksum>();
    for (Map.Entry<String, String> header : request.wire().headers().entrySet()) {
      String name = header.getKey().toLowerCase(Locale.ROOT);
      if (name.startsWith("x-amz-checksum-") && !NO_CHECKSUM_VALUES.contains(name)) {
        all.add(inHeader(name, header.getValue()));
      }
    }
    for (String trailer : request.header("x-amz-trailer").split(",", -1)) {
      ChecksumAlgorithm.ofHeader(trailer)
          .ifPresent(algorithm -> all.add(new DeclaredChecksum(algorithm, "")));
    }
    if (all.size() > 1) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    }
    if (all.isEmpty() && !request.header("x-amz-sdk-checksum-algorithm").isEmpty()) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or"
              + " x-amz-trailer headers were found.");
    }
    return all.stream().findFirst();
  }

  private static DeclaredChecksum inHeader(String name, String value) throws S3ErrorException {
    ChecksumAlgorithm algorithm =
        ChecksumAlgorithm.ofHeader(name)
            .orElseThrow(() -> S3ErrorException.headerNotImplemented(name));
    if (!algorithm.isValue(value)) {
      throw invalidValue(algorithm);
    }
    return new DeclaredChecksum(algorithm, value);
  }

  private static S3ErrorException invalidValue(ChecksumAlgorithm algorithm) {
    return new S3ErrorException(
        400, "InvalidRequest", "Value for " + algorithm.header() + " header is invalid.");
  }

  private void requireDecodedLength(long size) throws S3ErrorException {
    String declared = request.header("x-amz-decoded-content-length");
    if (!declared.isEmpty() && !declared.equals(String.valueOf(size))) {
      throw S3ErrorException.incompleteBody();
    }
  }

  private static void requireMd5(Optional<byte[]> expected, String computed)
      throws S3ErrorException {
    if (expected.isPresent() && !HexFormat.of().formatHex(expected.get()).equals(computed)) {
      throw new S3ErrorException(
              400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
          .detail("ExpectedDigest", Base64.getEncoder().encodeToString(expected.get()))
          .detail(
              "CalculatedDigest",
              Base64.getEncoder().encodeToString(HexFormat.of().parseHex(computed)));
    }
  }

  private static void requireChecksum(
      Optional<DeclaredChecksum> declared, Map<String, String> trailers, String computed)
      throws S3ErrorException {
    if (declared.isEmpty()) {
      return;
    }
    ChecksumAlgorithm algorithm = declared.get().algorithm();
    boolean trailing = declared.get().value().isEmpty();
    String value =
        trailing ? trailers.getOrDefault(algorithm.header(), "") : declared.get().value();
    if (trailing && value.isEmpty()) {
      throw new S3ErrorException(
          400,
          "MalformedTrailerError",
          "The request contained trailing data that was not well-formed or did not conform to our published schema.");
    }
    if (trailing && !algorithm.isValue(value)) {
      throw invalidValue(algorithm);
    }
    if (!value.equals(computed)) {
      throw badChecksum(algorithm);
    }
  }

  public static S3ErrorException badChecksum(ChecksumAlgorithm algorithm) {
    return new S3ErrorException(
        400,
        "BadDigest",
        "The " + algorithm + " you specified did not match the calculated checksum.");
  }
}
