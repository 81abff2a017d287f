package global.pixell.par;

import global.pixell.par.ParException.Kind;
import java.net.URI;
import java.util.Locale;

/**
 * What may be fetched at all: allowed buckets, their S3 endpoints, and hosts the embedder names.
 * Asked before any network, and again for each redirect.
 */
record AddressRule(ParConfig config) {

  /**
   * Refuses a reference that the configuration does not allow.
   *
   * @throws ParException of kind {@code CONFIG}
   */
  void check(PackageRef ref) {
    ref.bucket()
        .filter(bucket -> !config.buckets().contains(bucket))
        .ifPresent(
            bucket -> {
              throw new ParException(
                  Kind.CONFIG,
                  "The bucket '"
                      + bucket
                      + "' of "
                      + ref
                      + " is not allowed; allowed are "
                      + config.buckets()
                      + ".",
                  "Add it to S3_BUCKET, or use a package from an allowed bucket.");
            });
    if (ref.address() instanceof PackageRef.HttpsUrl https && !allows(https.uri())) {
      throw new ParException(
          Kind.CONFIG,
          "The host of " + ref + " is neither S3 nor allowed.",
          "Use a presigned S3 address of an allowed bucket, or allow the host by name.");
    }
    if (config.requireDigest() && ref.digest().isEmpty()) {
      throw new ParException(
          Kind.CONFIG,
          ref + " has no digest, and one is required.",
          "Add #sha256=HEX or PACKAGE_SHA256, or set PAR_REQUIRE_SHA256=false.");
    }
  }

  /** Whether an address may be asked. */
  boolean allows(URI uri) {
    if (!"https".equalsIgnoreCase(uri.getScheme()) || uri.getHost() == null) {
      return false;
    }
    return PackageRef.bucketOf(uri).filter(config.buckets()::contains).isPresent()
        || config.hosts().contains(uri.getHost().toLowerCase(Locale.ROOT));
  }
}
