package global.pixell.par.testkit;

/**
 * What IAM must allow.
 *
 * @param action for instance {@code s3:GetObject}
 * @param resource an ARN, or {@code *} for actions that have no resource
 */
record Permission(String action, String resource) {

  static Permission onBucket(String action, String bucket) {
    return new Permission(action, "arn:aws:s3:::" + bucket);
  }

  static Permission onObject(String action, String bucket, String key) {
    return new Permission(action, "arn:aws:s3:::" + bucket + "/" + key);
  }
}
