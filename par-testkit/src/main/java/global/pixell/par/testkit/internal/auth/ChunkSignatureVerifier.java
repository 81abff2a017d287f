package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.auth.Authenticator.VerifiedSignature;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import java.util.HexFormat;

/**
 * Verifies the signatures inside an {@code aws-chunked} body. Each chunk's signature covers the
 * chunk's data and the previous signature; before the first chunk, that is the signature of the
 * request.
 */
public final class ChunkSignatureVerifier implements ChunkVerifier {

  static final String PAYLOAD = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD";
  static final String PAYLOAD_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";

  private final VerifiedSignature request;
  private String last;

  private ChunkSignatureVerifier(VerifiedSignature request) {
    this.request = request;
    this.last = request.parameters().signature();
  }

  /** The verifier for a request. It accepts everything unless the body is signed chunk by chunk. */
  public static ChunkVerifier of(VerifiedSignature request) {
    return request.payload().equals(PAYLOAD) || request.payload().equals(PAYLOAD_AND_TRAILER)
        ? new ChunkSignatureVerifier(request)
        : NONE;
  }

  @Override
  public void chunk(String signature, byte[] sha256) throws S3ErrorException {
    check(
        signature,
        "AWS4-HMAC-SHA256-PAYLOAD",
        SigV4.EMPTY_SHA256 + "\n" + HexFormat.of().formatHex(sha256));
  }

  @Override
  public void trailers(String signature, String lines) throws S3ErrorException {
    boolean promised = request.payload().equals(PAYLOAD_AND_TRAILER);
    if (promised || !signature.isEmpty() || !lines.isEmpty()) {
      check(signature, "AWS4-HMAC-SHA256-TRAILER", SigV4.hash(lines));
    }
  }

  private void check(String signature, String algorithm, String rest) throws S3ErrorException {
    String text =
        SigV4.stringToSign(
            algorithm,
            request.parameters().timeText(),
            request.parameters().scope(),
            last + "\n" + rest);
    if (!SigV4.same(SigV4.sign(request.key(), text), signature)) {
      throw new S3ErrorException(
              403,
              "SignatureDoesNotMatch",
              "The request signature we calculated does not match the signature you provided. Check"
                  + " your key and signing method.")
          .detail("AWSAccessKeyId", request.parameters().accessKey())
          .detail("StringToSign", text)
          .detail("SignatureProvided", signature);
    }
    last = signature;
  }
}
