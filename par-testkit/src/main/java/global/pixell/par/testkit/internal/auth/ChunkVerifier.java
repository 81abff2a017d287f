package global.pixell.par.testkit.internal.auth;

import global.pixell.par.testkit.internal.s3.model.S3ErrorException;

/** Proves the signatures inside a body, in the order in which they come. */
public interface ChunkVerifier {

  /** Takes everything. */
  ChunkVerifier NONE =
      new ChunkVerifier() {
        @Override
        public void chunk(String signature, byte[] sha256) {}

        @Override
        public void trailers(String signature, String lines) {}
      };

  /**
   * One chunk, the last and empty one too.
   *
   * @param signature its {@code chunk-signature}; empty when it has none
   * @param sha256 of its data
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void chunk(String signature, byte[] sha256) throws S3ErrorException;

  /**
   * The trailers, after the last chunk.
   *
   * @param signature the value of {@code x-amz-trailer-signature}; empty when there is none
   * @param lines the signed trailers as {@code name:value\n} each, in the order they came
   * @throws S3ErrorException SignatureDoesNotMatch
   */
  void trailers(String signature, String lines) throws S3ErrorException;
}
