package global.pixell.par.internal.s3name;

import java.net.URI;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host name of S3: its bucket, its region and its partition.
 *
 * <p>Recognises virtual hosts and path style, dual stack, FIPS, transfer acceleration and the old
 * names with dashes, in every partition; but not access points and web sites, which name no bucket.
 * Source: <a href="https://docs.aws.amazon.com/general/latest/gr/s3.html">S3 endpoints and
 * quotas</a> and the partitions file of the AWS SDKs.
 *
 * @param bucket the bucket of an address at this host
 * @param region the region in the name; empty for global names
 * @param pathStyle whether the bucket is in the path, before the key
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

  /** Whether a host is one of AWS's own, including private endpoints of a VPC. Ignores case. */
  public static boolean isAws(String host) {
    return AWS.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }

  /** Reads an address; empty when its host is not one of S3, or when it names no bucket. */
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
   * The bucket at the beginning of a path. Refuses segments of dots, encoded or not: a proxy on the
   * way might resolve them and so reach another bucket than the allowed one.
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

  /** The partition of a region, as in ARNs. */
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
