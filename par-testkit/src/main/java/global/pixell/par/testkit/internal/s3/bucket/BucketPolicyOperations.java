package global.pixell.par.testkit.internal.s3.bucket;

import global.pixell.par.ParException;
import global.pixell.par.testkit.internal.s3.model.S3ErrorException;
import global.pixell.par.testkit.internal.s3.model.S3Response;
import global.pixell.par.testkit.internal.s3.request.BucketPolicies;
import global.pixell.par.testkit.internal.s3.request.S3Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** GetBucketPolicy, PutBucketPolicy and DeleteBucketPolicy. */
public final class BucketPolicyOperations {

  /** S3's limit for a bucket policy. */
  private static final int MAX_BYTES = 20 * 1024;

  private final BucketPolicies policies;

  public BucketPolicyOperations(BucketPolicies policies) {
    this.policies = policies;
  }

  public S3Response get(S3Request request) throws S3ErrorException {
    String json = policies.json(request.bucket()).orElseThrow(() -> noPolicy(request.bucket()));
    return new S3Response(
        200,
        Map.of("Content-Type", "application/json"),
        S3Response.Body.of(json.getBytes(StandardCharsets.UTF_8)));
  }

  static S3ErrorException noPolicy(String bucket) {
    return DefaultSettings.missing(
        bucket, "NoSuchBucketPolicy", "The bucket policy does not exist");
  }

  public S3Response put(S3Request request) throws IOException {
    byte[] json = request.body().readNBytes(MAX_BYTES + 1);
    if (json.length > MAX_BYTES) {
      throw new S3ErrorException(
          400, "PolicyTooLarge", "Policy exceeds the maximum allowed document size.");
    }
    try {
      policies.put(request.bucket(), new String(json, StandardCharsets.UTF_8));
    } catch (ParException e) {
      throw new S3ErrorException(400, "MalformedPolicy", String.valueOf(e.getMessage()));
    }
    return S3Response.empty(204, Map.of());
  }

  public S3Response delete(S3Request request) {
    policies.remove(request.bucket());
    return S3Response.empty(204, Map.of());
  }
}
