package global.pixell.par.testkit.internal.iam;

import java.util.Optional;

/**
 * A permission that IAM must allow.
 *
 * @param action for instance {@code s3:GetObject}
 * @param resource an ARN, or {@code *} for actions that have no resource
 * @param object the object that the ARN names, if it names one
 */
public record Permission(String action, String resource, Optional<ObjectName> object) {

  /** An object, and its version; no version means the newest. */
  public record ObjectName(String bucket, String key, Optional<String> versionId) {}

  public static Permission onAll(String action) {
    return new Permission(action, "*", Optional.empty());
  }

  public static Permission onBucket(String action, String bucket) {
    return new Permission(action, "arn:aws:s3:::" + bucket, Optional.empty());
  }

  public static Permission onObject(
      String action, String bucket, String key, Optional<String> versionId) {
    return new Permission(
        action,
        "arn:aws:s3:::" + bucket + "/" + key,
        Optional.of(new ObjectName(bucket, key, versionId)));
  }
}
