package global.pixell.par.testkit;

import global.pixell.par.ParException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy. */
final class PolicyDocuments {

  /** S3's limit for a bucket policy. */
  private static final int MAX_BYTES = 20 * 1024;

  private final BucketPolicies policies;

  PolicyDocuments(BucketPolicies policies) {
    this.policies = policies;
  }

  Answer get(S3Request request) throws S3Failure {
    String json =
        policies
            .json(request.bucket())
            .orElseThrow(
                () ->
                    new S3Failure(
                        404,
                        "NoSuchBucketPolicy",
                        "The bucket policy does not exist",
                        Xml.element("BucketName", request.bucket())));
    return new Answer(
        200,
        Map.of("Content-Type", "application/json"),
        Answer.Body.of(json.getBytes(StandardCharsets.UTF_8)));
  }

  Answer put(S3Request request) throws IOException {
    byte[] json = request.body().readNBytes(MAX_BYTES + 1);
    if (json.length > MAX_BYTES) {
      throw new S3Failure(
          400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.");
    }
    try {
      policies.put(request.bucket(), new String(json, StandardCharsets.UTF_8));
    } catch (ParException e) {
      throw new S3Failure(400, "MalformedPolicy", String.valueOf(e.getMessage()));
    }
    return Answer.empty(204, Map.of());
  }

  Answer delete(S3Request request) {
    policies.remove(request.bucket());
    return Answer.empty(204, Map.of());
  }
}
