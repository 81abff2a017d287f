package global.pixell.par.internal.remote.s3;

import global.pixell.par.ParConfig;
import global.pixell.par.S3Config;
import global.pixell.par.internal.s3name.S3Host;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import software.amazon.awssdk.awscore.endpoint.AwsClientEndpointProvider;
import software.amazon.awssdk.awscore.endpoint.DualstackEnabledProvider;
import software.amazon.awssdk.awscore.endpoint.FipsEnabledProvider;
import software.amazon.awssdk.awscore.endpoints.AwsEndpointAttribute;
import software.amazon.awssdk.awscore.endpoints.authscheme.EndpointAuthScheme;
import software.amazon.awssdk.awscore.endpoints.authscheme.SigV4AuthScheme;
import software.amazon.awssdk.endpoints.Endpoint;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.endpoints.S3EndpointParams;
import software.amazon.awssdk.services.s3.endpoints.S3EndpointProvider;

/**
 * Where the requests for a bucket go, by the endpoint rules of the SDK: partitions, FIPS and
 * dual-stack addresses, the bucket in the host or in the path, aliases of access points.
 * Thread-safe.
 *
 * @param region the region that requests are signed for
 * @param override the configured endpoint
 * @param pathStyle whether requests name the bucket in their path
 * @param settings what the rules need besides a bucket
 */
record S3Endpoint(
    String region, Optional<URI> override, boolean pathStyle, S3EndpointParams settings) {

  /** Regions of the partition aws: others have another domain. */
  private static final Pattern PLAIN_REGION =
      Pattern.compile("(us|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\\d");

  private static final Pattern PLAIN_ENDPOINT = Pattern.compile("https?://[a-z0-9.-]+(:\\d{1,5})?");

  /** Created on first use, because most processes need no rules. */
  private static final class Rules {
    static final S3EndpointProvider PROVIDER = S3EndpointProvider.defaultProvider();
  }

  /**
   * The address of one bucket.
   *
   * @param url the address, with the bucket in its host or its path
   * @param signature what the signature says about region and service
   */
  record Address(URI url, SigV4AuthScheme signature) {}

  /**
   * Reads what the configuration leaves to the process: the region, and whether addresses are those
   * of FIPS or dual-stack endpoints.
   *
   * @throws RuntimeException for a setting of the process that the SDK does not accept
   */
  static S3Endpoint of(S3Config config) {
    String region = config.region().or(S3Region::ofProcess).orElse(ParConfig.DEFAULT_REGION);
    boolean pathStyle =
        config
            .pathStyle()
            .orElseGet(() -> config.endpoint().filter(S3Endpoint::needsPathStyle).isPresent());
    S3EndpointParams.Builder settings =
        S3EndpointParams.builder()
            .region(Region.of(region))
            .useFips(FipsEnabledProvider.builder().build().isFipsEnabled().orElse(false))
            .useDualStack(
                DualstackEnabledProvider.builder().build().isDualstackEnabled().orElse(false))
            .forcePathStyle(pathStyle)
            // Directory buckets would need a session, which is a call that the role does not allow.
            .disableS3ExpressSessionAuth(true);
    config
        .endpoint()
        .or(S3Endpoint::ofProcess)
        .ifPresent(endpoint -> settings.endpoint(endpoint.toString()));
    return new S3Endpoint(region, config.endpoint(), pathStyle, settings.build());
  }

  /** An endpoint from the environment or the AWS profile, for hosts that configured none. */
  private static Optional<URI> ofProcess() {
    return AwsClientEndpointProvider.builder()
        .serviceEndpointOverrideEnvironmentVariable("AWS_ENDPOINT_URL_S3")
        .serviceEndpointOverrideSystemProperty("aws.endpointUrlS3")
        .serviceProfileProperty("s3")
        .resolveFromOverrides();
  }

  /**
   * Whether requests name the bucket in their path by default. A store that is not AWS's own seldom
   * has a name in DNS for each bucket.
   */
  static boolean needsPathStyle(URI endpoint) {
    return !S3Host.isAws(endpoint.getHost());
  }

  /**
   * The address of a bucket.
   *
   * @throws RuntimeException when the rules have none, such as for an unknown region
   */
  Address bucket(String bucket) {
    return plainAddress(bucket).orElseGet(() -> byRules(bucket));
  }

  /**
   * The address in the two usual cases, a region of AWS and an endpoint with the bucket in the
   * path. The rules have the same answer, but parse the data of all partitions for it.
   */
  Optional<Address> plainAddress(String bucket) {
    boolean special =
        Boolean.TRUE.equals(settings.useFips())
            || Boolean.TRUE.equals(settings.useDualStack())
            // Names of directory buckets, and aliases of access points of other services.
            || bucket.contains("--");
    String url = null;
    if (settings.endpoint() != null) {
      if (pathStyle && PLAIN_ENDPOINT.matcher(settings.endpoint()).matches()) {
        url = settings.endpoint() + "/" + bucket;
      }
    } else if (!pathStyle && !bucket.contains(".") && PLAIN_REGION.matcher(region).matches()) {
      url = "https://" + bucket + ".s3." + region + ".amazonaws.com";
    }
    return special || url == null
        ? Optional.empty()
        : Optional.of(
            new Address(
                URI.create(url),
                SigV4AuthScheme.builder()
                    .signingName("s3")
                    .signingRegion(region)
                    .disableDoubleEncoding(true)
                    .build()));
  }

  Address byRules(String bucket) {
    Endpoint found;
    try {
      found = Rules.PROVIDER.resolveEndpoint(settings.toBuilder().bucket(bucket).build()).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof RuntimeException cause ? cause : e;
    }
    List<EndpointAuthScheme> schemes = found.attribute(AwsEndpointAttribute.AUTH_SCHEMES);
    return new Address(
        found.endpointUrl().toUri(),
        schemes.stream()
            .filter(SigV4AuthScheme.class::isInstance)
            .map(SigV4AuthScheme.class::cast)
            .findFirst()
            .orElseThrow(
                () -> new IllegalStateException("no signature of version 4 fits " + bucket)));
  }

  /** Where requests for a bucket go, as errors name it. */
  URI server(String bucket) {
    URI service = override.orElseGet(() -> URI.create("https://s3." + region + domain()));
    return URI.create(
        service.getScheme()
            + "://"
            + (pathStyle ? "" : bucket + ".")
            + service.getHost()
            + (service.getPort() < 0 ? "" : ":" + service.getPort()));
  }

  private String domain() {
    return region.startsWith("cn-") ? ".amazonaws.com.cn" : ".amazonaws.com";
  }
}
