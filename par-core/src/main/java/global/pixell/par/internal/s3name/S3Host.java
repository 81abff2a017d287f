package global.pixell.par.internal.s3name;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a host name of S3 says: which bucket it serves, in which region, of which partition.
 *
 * <p>Known are virtual hosts and path style, dual stack, FIPS, transfer acceleration and the dashed
 * names of old, in every partition; access points and web sites are not, for they name no bucket.
 * Source: <a href="https://docs.aws.amazon.com/general/latest/gr/s3.html">S3 endpoints and
 * quotas</a> and the partitions file of the AWS SDKs.
 *
 * @param bucket the bucket of an address at this host
 * @param region the region the name itself says; empty for the global names
 * @param pathStyle whether the bucket stands in the path, before the key
 */
public record S3Host(String bucket, String region, boolean pathStyle) {

  private static final String REGION = "[a-z]{2,8}(?:-[a-z]{2,12}){1,3}-\\d{1,2}";
  private static final String DOMAIN =
      "(?:amazonaws\\.com(?:\\.cn)?|amazonaws\\.eu|c2s\\.ic\\.gov|sc2s\\.sgov\\.gov|cloud\\.adc-e\\.uk|csp\\.hci\\.ic\\.gov)";
  private static final Pattern SERVICE =
      Pattern.compile(
          "(?:(?<bucket>.+)\\.)?"
              + "(?:s3(?:-fips)?(?:\\.dualstack)?\\.(?<region>"
              + REGION
              + ")|s3(?:-fips)?-(?!website-)(?<dashed>"
              + REGION
              + ")|s3-external-1|s3)\\."
              + DOMAIN);
  private static final Pattern AWS = Pattern.compile("(?:.+\\.)?(?:" + DOMAIN + "|api\\.aws)");
  private static final Pattern ACCELERATED =
      Pattern.compile("(?<bucket>[^.]+)\\.s3-accelerate(?:\\.dualstack)?\\.amazonaws\\.com");

  /** Whether a host, in any case, is one of AWS's own, private endpoints of a VPC included. */
  public static boolean isAws(String host) {
    return AWS.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }

  /** Reads an address; empty when its host is not one of S3's, or it names no bucket. */
  public static Optional<S3Host> of(URI uri) {
    if (uri.getHost() == null || (uri.getPort() != -1 && uri.getPort() != 443)) {
      return Optional.empty();
    }
    String host = uri.getHost().toLowerCase(Locale.ROOT);
    Matcher accelerated = ACCELERATED.matcher(host);
    if (accelerated.matches()) {
      return named(accelerated.group("bucket"), "", false);
    }
    Matcher service = SERVICE.matcher(host);
    if (!service.matches()) {
      return Optional.empty();
    }
    String region =
        Optional.ofNullable(service.group("region"))
            .or(() -> Optional.ofNullable(service.group("dashed")))
            .orElse("");
    String virtual = service.group("bucket");
    return virtual != null
        ? named(virtual, region, false)
        : bucketOfPath(uri).flatMap(bucket -> named(bucket, region, true));
  }

  private static Optional<S3Host> named(String bucket, String region, boolean pathStyle) {
    return BucketName.isValid(bucket)
        ? Optional.of(new S3Host(bucket, region, pathStyle))
        : Optional.empty();
  }

  /**
   * The bucket a path begins with. Dots as segments are refused, encoded or not: what lies between
   * might resolve them, and so arrive at another bucket than the one that was allowed.
   */
  public static Optional<String> bucketOfPath(URI uri) {
    String path = uri.getRawPath() == null ? "" : uri.getRawPath();
    int slash = path.indexOf('/', 1);
    if (slash < 2 || slash == path.length() - 1 || hasDotSegment(path)) {
      return Optional.empty();
    }
    return Optional.of(path.substring(1, slash)).filter(BucketName::isValid);
  }

  /** The key of an address at this host. */
  public String keyOf(URI uri) {
    String path = uri.getPath() == null ? "" : uri.getPath();
    int before = pathStyle ? bucket.length() + 2 : 1;
    return path.length() > before ? path.substring(before) : "";
  }

  private static boolean hasDotSegment(String rawPath) {
    String path = rawPath.replaceAll("(?i)%2e", ".").replaceAll("(?i)%2f|%5c|\\\\", "/");
    return (path + "/").contains("/./") || (path + "/").contains("/../");
  }

  /** The partition of a region, as ARNs begin with it. */
  public static String partition(String region) {
    if (region.startsWith("cn-")) {
      return "aws-cn";
    }
    if (region.startsWith("us-gov-")) {
      return "aws-us-gov";
    }
    if (region.startsWith("eusc-")) {
      return "aws-eusc";
    }
    Matcher isolated = Pattern.compile("(?:us|eu)-iso([bef]?)-.*").matcher(region);
    return !isolated.matches()
        ? "aws"
        : isolated.group(1).isEmpty() ? "aws-iso" : "aws-iso-" + isolated.group(1);
  }
}
