package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;

/** Verifies the signatures inside a body, in their order. */
public interface ChunkVerifier {

  /** Accepts everything. */
  ChunkVerifier NONE =
      new ChunkVerifier() {
        @Override
        public void chunk(String signature, byte[] sha256) {}

        @Override
        public void trailers(String signature, String lines) {}
      };

  /**
   * Called for each chunk, also for the empty last one.
   *
   * @param signature its {@code chunk-signature}; empty when it has none
   * @param sha256 of its data
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void chunk(String signature, byte[] sha256) throws S3ErrorException;

  /**
   * Called for the trailers, after the last chunk.
   *
   * @param signature the value of {@code x-amz-trailer-signature}; empty when there is none
   * @param lines the signed trailers as {@code name:value\n} each, in their order
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void trailers(String signature, String lines) throws S3ErrorException;
}
