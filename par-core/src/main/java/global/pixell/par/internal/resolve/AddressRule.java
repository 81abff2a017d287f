package global.pixell.par.internal.resolve;

import global.pixell.par.PackageRef;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.s3name.S3Host;
import java.net.URI;
import java.util.Locale;
import java.util.Optional;

/**
 * Which addresses may be fetched: allowed buckets at S3's own endpoints and at the configured one,
 * and hosts that the embedder names. Checked before any request, and again for each redirect.
 */
public record AddressRule(ParConfig config) {

  /**
   * Refuses a reference that the configuration does not allow.
   *
   * @throws ParException of kind {@code CONFIG}
   */
  public void check(PackageRef ref) {
    ref.bucket()
        .filter(bucket -> !config.s3().buckets().contains(bucket))
        .ifPresent(
            bucket -> {
              throw refused(
                  "The bucket '"
                      + bucket
                      + "' of "
                      + ref
                      + " is not allowed. Allowed buckets: "
                      + String.join(", ", config.s3().buckets())
                      + ".",
                  "Allow it with allowBucket(…), or use a package from an allowed bucket.");
            });
    if (ref.address() instanceof PackageRef.HttpsUrl https && !allows(https.uri())) {
      throw refused(
          "The host of " + ref + " is not S3's, and not allowed.",
          "Use a presigned S3 address of an allowed bucket, or allow the host by name.");
    }
    requireBucket(ref);
    if (config.requireDigest() && ref.digest().isEmpty()) {
      throw refused(
          ref + " has no digest, and one is required.",
          "Add #sha256=HEX or withDigest(…), or set requireDigest(false).");
    }
  }

  /** Refuses coordinates when no bucket is configured to look them up in. */
  public void requireBucket(PackageRef ref) {
    if (ref.address() instanceof PackageRef.Coordinates && config.s3().buckets().isEmpty()) {
      throw refused(
          ref + " cannot be looked up: no bucket is allowed.",
          "Allow the bucket the versions are published in.");
    }
  }

  /** Whether an address may be requested. */
  public boolean allows(URI uri) {
    if (!"https".equalsIgnoreCase(uri.getScheme())
        || uri.getHost() == null
        || uri.getRawUserInfo() != null) {
      return false;
    }
    return isNamed(uri)
        || S3Host.of(uri)
            .map(S3Host::bucket)
            .or(() -> bucketAtEndpoint(uri))
            .filter(config.s3().buckets()::contains)
            .isPresent();
  }

  /** A host without a port allows port 443 only. */
  private boolean isNamed(URI uri) {
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    return (port(uri) == 443 && config.s3().hosts().contains(host))
        || config.s3().hosts().contains(host + ":" + port(uri));
  }

  /** The bucket of an address at the configured endpoint, in either style. */
  private Optional<String> bucketAtEndpoint(URI uri) {
    return config
        .s3()
        .endpoint()
        .filter(endpoint -> "https".equalsIgnoreCase(endpoint.getScheme()))
        .filter(endpoint -> port(endpoint) == port(uri))
        .flatMap(
            endpoint -> {
              String host = uri.getHost().toLowerCase(Locale.ROOT);
              String own = endpoint.getHost().toLowerCase(Locale.ROOT);
              if (host.equals(own)) {
                return S3Host.bucketOfPath(uri);
              }
              return host.endsWith("." + own)
                  ? Optional.of(host.substring(0, host.length() - own.length() - 1))
                  : Optional.empty();
            });
  }

  private static int port(URI uri) {
    return uri.getPort() < 0 ? 443 : uri.getPort();
  }

  private static ParException refused(String what, String remedy) {
    return new ParException(Kind.CONFIG, what, remedy);
  }
}
