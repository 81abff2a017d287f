package global.pixell.par.testkit.internal.s3.request;

import global.pixell.par.ParException;
import global.pixell.par.testkit.internal.iam.PolicyDocument;
import global.pixell.par.testkit.internal.iam.PolicyEvaluator;
import global.pixell.par.testkit.internal.iam.PolicyReader;
import global.pixell.par.testkit.internal.s3.model.BucketSetting;
import java.util.List;
import java.util.Optional;

/** The policies of buckets: at most one for each bucket, stored as the client wrote it. */
public final class BucketPolicies {

  private record Document(String json, PolicyDocument policy) {}

  private final BucketSetting<Document> documents = new BucketSetting<>();

  /**
   * Attaches a policy to a bucket.
   *
   * @throws ParException when the fake cannot enforce it, or it applies to another bucket
   */
  public void put(String bucket, String json) {
    PolicyDocument policy = PolicyReader.read("policy of " + bucket, json);
    PolicyEvaluator.requireBucketPolicy(policy, bucket);
    documents.put(bucket, new Document(json, policy));
  }

  public void remove(String bucket) {
    documents.remove(bucket);
  }

  /** The policies of all buckets. */
  public BucketSetting<?> setting() {
    return documents;
  }

  public Optional<String> json(String bucket) {
    return documents.of(bucket).map(Document::json);
  }

  /** The policy of a bucket; empty without one. */
  public List<PolicyDocument> of(String bucket) {
    return documents.of(bucket).map(Document::policy).stream().toList();
  }
}
