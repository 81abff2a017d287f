package global.pixell.par.testkit;

import global.pixell.par.testkit.Authenticator.Signed;
import java.util.HexFormat;

/**
 * The signatures inside an {@code aws-chunked} body: each chunk's is made over its data and the
 * signature before it, the first over the request's.
 */
final class ChunkSignatures implements ChunkVerifier {

  static final String PAYLOAD = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  static final String PAYLOAD_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

  private final Signed request;
  private String last;

  private ChunkSignatures(Signed request) {
    this.request = request;
    this.last = request.claim().signature();
  }

  /** The proof that a request asks for: none, unless its body is signed chunk by chunk. */
  static ChunkVerifier of(Signed request) {
    return request.payload().equals(PAYLOAD) || request.payload().equals(PAYLOAD_AND_TRAILER)
        ? new ChunkSignatures(request)
        : NONE;
  }

  @Override
  public void chunk(String signature, byte[] sha256) throws S3Failure {
    check(
        signature,
        "AWS4-HMAC-SHA256-PAYLOAD",
        SigV4.EMPTY_SHA256 + "\n" + HexFormat.of().formatHex(sha256));
  }

  @Override
  public void trailers(String signature, String lines) throws S3Failure {
    boolean promised = request.payload().equals(PAYLOAD_AND_TRAILER);
    if (promised || !signature.isEmpty() || !lines.isEmpty()) {
      check(signature, "AWS4-HMAC-SHA256-TRAILER", SigV4.hash(lines));
    }
  }

  private void check(String signature, String algorithm, String rest) throws S3Failure {
    String text =
        SigV4.stringToSign(
            algorithm, request.claim().timeText(), request.claim().scope(), last + "\n" + rest);
    if (!SigV4.same(SigV4.sign(request.key(), text), signature)) {
      throw new S3Failure(
          403,
          "SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided. Check"
              + " your key and signing method.",
          Xml.element("AWSAccessKeyId", request.claim().accessKey())
              + Xml.element("StringToSign", text)
              + Xml.element("SignatureProvided", signature));
    }
    last = signature;
  }
}
