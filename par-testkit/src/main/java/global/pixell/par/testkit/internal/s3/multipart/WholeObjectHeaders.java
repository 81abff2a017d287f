package global.pixell.par.testkit.internal.s3.multipart;

import global.pixell.par.testkit.internal.s3.model.ChecksumAlgorithm;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.StoredObject;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import global.pixell.par.testkit.internal.s3.request.UploadBody;

/** The headers of CompleteMultipartUpload about the whole object. */
final class WholeObjectHeaders {
  private final S3Request request;

  WholeObjectHeaders(S3Request request) {
    this.request = request;
  }

  /** The request without the checksum headers, which do not describe its own body. */
  S3Request withoutThem() {
    return request.withoutHeaders(name -> ChecksumAlgorithm.ofHeader(name).isPresent());
  }

  void check(StoredObject whole) throws S3ErrorException {
    ChecksumAlgorithm algorithm = whole.checksum().algorithm();
    String expected = request.header(algorithm.header());
    if (!expected.isEmpty() && !expected.equals(whole.checksum().value())) {
      throw UploadBody.badChecksum(algorithm);
    }
    String size = request.header("x-amz-mp-object-size");
    if (!size.isEmpty() && !size.equals(String.valueOf(whole.size()))) {
      throw new S3ErrorException(
          400,
          "InvalidRequest",
          "The provided 'x-amz-mp-object-size' header value "
              + size
              + " does not match what was computed: "
              + whole.size());
    }
  }
}
