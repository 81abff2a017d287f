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
   * Verifies one chunk. Called for each chunk, including the empty last one.
   *
   * @param signature the chunk's {@code chunk-signature}; empty without one
   * @param sha256 the SHA-256 of the chunk's data
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void chunk(String signature, byte[] sha256) throws S3ErrorException;

  /**
   * Verifies the trailers. Called after the last chunk.
   *
   * @param signature the value of {@code x-amz-trailer-signature}; empty without one
   * @param lines the signed trailers as {@code name:value\n} each, in their order
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void trailers(String signature, String lines) throws S3ErrorException;
}
