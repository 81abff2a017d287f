package global.pixell.par.testkit;

import java.util.Optional;

/**
 * What IAM must allow.
 *
 * @param action for instance {@code s3:GetObject}
 * @param resource an ARN, or {@code *} for actions that have no resource
 * @param object what the ARN names, where it is an object
 */
record Permission(String action, String resource, Optional<ObjectName> object) {

  /** One version of a key; nothing for the newest. */
  record ObjectName(String bucket, String key, Optional<String> versionId) {}

  static Permission onAll(String action) {
    return new Permission(action, "*", Optional.empty());
  }

  static Permission onBucket(String action, String bucket) {
    return new Permission(action, "arn:aws:s3:::" + bucket, Optional.empty());
  }

  static Permission onObject(String action, String bucket, String key, Optional<String> versionId) {
    return new Permission(
        action,
        "arn:aws:s3:::" + bucket + "/" + key,
        Optional.of(new ObjectName(bucket, key, versionId)));
  }
}
