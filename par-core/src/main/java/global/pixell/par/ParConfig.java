package global.pixell.par;

import global.pixell.par.internal.s3name.BucketName;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything a {@link Par} is built from; immutable.
 *
 * @param cacheDirectory the root of the cache; made on first use
 * @param cacheMaxBytes the size at which eviction starts; default 4096 MB
 * @param cachePolicy how the cache is checked, locked and kept small
 * @param buckets the allow-list; coordinates resolve in the first; default {@code
 *     pixell-agent-packages}
 * @param hosts {@code https} hosts allowed besides the S3 endpoints of the allowed buckets, each
 *     {@code name} for port 443 or {@code name:port}; default none
 * @param region the AWS region; empty for the SDK's own chain, then {@code us-east-2}
 * @param endpoint an S3-compatible endpoint; path style when its host is an address or localhost
 * @param credentials fixed credentials; empty for the SDK's own chain
 * @param offline whether only the cache answers; default false
 * @param requireDigest whether a reference without a digest is refused; default false
 * @param maxPackageBytes the largest package, inclusive; default 250 MB
 * @param maxUnpackedBytes the most bytes an archive may unpack to; default 2048 MB
 * @param maxEntries the most entries an archive may have; default 50000
 * @param keyLayout where coordinates are looked up; default {@value #DEFAULT_KEY_LAYOUT}
 * @param attempts how often a download is tried, at least 1; default 5
 * @param deadline the time all attempts of one download may take together; default 10 minutes
 * @param downloadConnections the most connections of one download, 1 to 64, or 0 for four a core,
 *     at least 4, at most 16 and at most one for each 4 MB of heap; default 0
 */
public record ParConfig(
    Path cacheDirectory,
    long cacheMaxBytes,
    CachePolicy cachePolicy,
    List<String> buckets,
    List<String> hosts,
    Optional<String> region,
    Optional<URI> endpoint,
    Optional<Credentials> credentials,
    boolean offline,
    boolean requireDigest,
    long maxPackageBytes,
    long maxUnpackedBytes,
    int maxEntries,
    String keyLayout,
    int attempts,
    Duration deadline,
    int downloadConnections) {

  /** The layout of keys in the bucket. */
  public static final String DEFAULT_KEY_LAYOUT = "{org}/{agent}/{version}/{file}.apkg";

  /** The bucket where nothing else is said. */
  public static final String DEFAULT_BUCKET = "pixell-agent-packages";

  /** The region where neither the environment nor the SDK's chain names one. */
  public static final String DEFAULT_REGION = "us-east-2";

  static final long MB = 1_048_576;

  private static final int MAX_CONNECTIONS = 64;

  /**
   * Fixed AWS credentials. They never print.
   *
   * @param accessKeyId the access key id
   * @param secretAccessKey the secret access key
   * @param sessionToken the session token of temporary credentials
   */
  public record Credentials(
      String accessKeyId, String secretAccessKey, Optional<String> sessionToken) {
    @Override
    public String toString() {
      return "Credentials[redacted]";
    }
  }

  /**
   * How the cache is checked, locked and kept small.
   *
   * @param maxAge how long a package may go unused before it is evicted, at least a second; empty,
   *     the default, for no limit
   * @param minFreeBytes what should stay free on the disk of the cache: with less, packages are
   *     evicted; default 256 MB; 0 for no limit
   * @param verifyDigests whether every use of a cached package hashes it and lists its tree;
   *     default true. False trusts the size of the package and that its tree was complete once
   * @param locks whether processes wait for each other's downloads by locking files; default true.
   *     False suits file systems on which locks hang: the same download may then be made twice,
   *     with the same result
   * @param lockTimeout how long to wait for another download of the same package; default 10
   *     minutes
   * @param serveStale whether what an unpinned address held last is used when S3 is unavailable,
   *     with a warning; default false, which makes it an error
   */
  public record CachePolicy(
      Optional<Duration> maxAge,
      long minFreeBytes,
      boolean verifyDigests,
      boolean locks,
      Duration lockTimeout,
      boolean serveStale) {

    /** The defaults. */
    public static final CachePolicy DEFAULT =
        new CachePolicy(Optional.empty(), 256 * MB, true, true, Duration.ofMinutes(10), false);

    /** Refuses what no policy may be. */
    public CachePolicy {
      maxAge.ifPresent(age -> requireAtLeast(1, age.toSeconds(), "maxAge in seconds"));
      requireAtLeast(0, minFreeBytes, "minFreeBytes");
      requireAtLeast(0, lockTimeout.toMillis(), "lockTimeout in ms");
    }
  }

  /** Copies the lists; refuses what no configuration may be. */
  public ParConfig {
    cacheDirectory = cacheDirectory.toAbsolutePath().normalize();
    buckets = List.copyOf(buckets);
    hosts = List.copyOf(hosts);
    if (buckets.isEmpty() && hosts.isEmpty()) {
      throw invalid("no bucket is allowed.", "Allow at least one bucket.");
    }
    for (String bucket : buckets) {
      if (!BucketName.isValid(bucket)) {
        throw invalid("'" + bucket + "' is not a bucket name.", BucketName.RULE);
      }
    }
    endpoint.ifPresent(ParConfig::requirePlain);
    requireAtLeast(1, cacheMaxBytes, "cacheMaxBytes");
    requireAtLeast(1, maxPackageBytes, "maxPackageBytes");
    requireAtLeast(1, maxUnpackedBytes, "maxUnpackedBytes");
    requireAtLeast(1, maxEntries, "maxEntries");
    requireAtLeast(1, attempts, "attempts");
    requireAtLeast(1, deadline.toMillis(), "deadline in ms");
    requireAtLeast(0, downloadConnections, "downloadConnections");
    if (downloadConnections > MAX_CONNECTIONS) {
      throw invalid(
          "downloadConnections is " + downloadConnections + ".",
          "It must be at most " + MAX_CONNECTIONS + ".");
    }
    if (!keyLayout.endsWith("{version}/{file}.apkg") || !keyLayout.contains("{agent}/")) {
      throw invalid(
          "the key layout '" + keyLayout + "' cannot be listed.",
          "Write it like " + DEFAULT_KEY_LAYOUT + ".");
    }
  }

  /**
   * Reads the configuration from variables, and reports every fault at once.
   *
   * <p>Reads {@code S3_BUCKET}, {@code AWS_REGION}, {@code AWS_ENDPOINT_URL_S3}, {@code
   * AWS_ENDPOINT_URL}, {@code AWS_ACCESS_KEY_ID} with its secret and token, {@code
   * MAX_PACKAGE_SIZE_MB}, {@code PAR_MAX_UNPACKED_MB}, {@code PAR_MAX_ENTRIES}, {@code
   * PAR_CACHE_DIR}, {@code PAR_CACHE_MAX_MB}, {@code PAR_CACHE_MAX_AGE_DAYS}, {@code
   * PAR_CACHE_MIN_FREE_MB}, {@code PAR_CACHE_VERIFY}, {@code PAR_CACHE_LOCKS}, {@code
   * PAR_CACHE_SERVE_STALE}, {@code PAR_OFFLINE}, {@code PAR_REQUIRE_SHA256} and {@code
   * PAR_DOWNLOAD_CONNECTIONS}; all are optional, and a blank one counts as absent.
   *
   * @param environment the variables, usually {@code System.getenv()}; nothing else is read
   * @return the configuration
   * @throws ParException of kind {@code CONFIG}, with one problem a fault
   */
  public static ParConfig fromEnvironment(Map<String, String> environment) {
    var reader = new EnvironmentReader(environment);
    ParConfig config = read(reader);
    reader.throwIfFaulty();
    return config;
  }

  /**
   * The same, for a host that has variables of its own to read: faults go to the reader, so that
   * all are reported together.
   *
   * @param reader where variables come from and faults go to
   * @return the configuration, with defaults in the place of faulty values
   */
  public static ParConfig read(EnvironmentReader reader) {
    return new ParConfig(
        cacheDirectory(reader),
        reader.integer("PAR_CACHE_MAX_MB", 4096, 1, Integer.MAX_VALUE) * MB,
        cachePolicy(reader),
        reader.list("S3_BUCKET", List.of(DEFAULT_BUCKET), BucketName::isValid, BucketName.RULE),
        List.of(),
        reader.text("AWS_REGION"),
        endpoint(reader),
        credentials(reader),
        reader.flag("PAR_OFFLINE", false),
        reader.flag("PAR_REQUIRE_SHA256", false),
        reader.integer("MAX_PACKAGE_SIZE_MB", 250, 1, Integer.MAX_VALUE) * MB,
        reader.integer("PAR_MAX_UNPACKED_MB", 2048, 1, Integer.MAX_VALUE) * MB,
        reader.integer("PAR_MAX_ENTRIES", 50_000, 1, 10_000_000),
        DEFAULT_KEY_LAYOUT,
        5,
        Duration.ofMinutes(10),
        reader.integer("PAR_DOWNLOAD_CONNECTIONS", 0, 0, MAX_CONNECTIONS));
  }

  private static Path cacheDirectory(EnvironmentReader reader) {
    return reader
        .path("PAR_CACHE_DIR")
        .or(() -> reader.path("XDG_CACHE_HOME").map(xdg -> xdg.resolve("par")))
        .orElse(Path.of("/var/cache/par"));
  }

  private static CachePolicy cachePolicy(EnvironmentReader reader) {
    int days = reader.integer("PAR_CACHE_MAX_AGE_DAYS", 0, 0, 36_500);
    return new CachePolicy(
        days == 0 ? Optional.empty() : Optional.of(Duration.ofDays(days)),
        reader.integer("PAR_CACHE_MIN_FREE_MB", 256, 0, Integer.MAX_VALUE) * MB,
        reader.oneOf("PAR_CACHE_VERIFY", "digest", "digest", "size").equals("digest"),
        reader.flag("PAR_CACHE_LOCKS", true),
        CachePolicy.DEFAULT.lockTimeout(),
        reader.flag("PAR_CACHE_SERVE_STALE", false));
  }

  private static Optional<URI> endpoint(EnvironmentReader reader) {
    return reader.uri("AWS_ENDPOINT_URL_S3").or(() -> reader.uri("AWS_ENDPOINT_URL"));
  }

  private static Optional<Credentials> credentials(EnvironmentReader reader) {
    Optional<String> id = reader.text("AWS_ACCESS_KEY_ID");
    Optional<String> secret = reader.text("AWS_SECRET_ACCESS_KEY");
    if (id.isPresent() != secret.isPresent()) {
      reader.fault(
          id.isPresent() ? "AWS_SECRET_ACCESS_KEY" : "AWS_ACCESS_KEY_ID",
          "is missing beside its other half.",
          "Set both AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or neither.");
    }
    if (id.isEmpty() || secret.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(new Credentials(id.get(), secret.get(), reader.text("AWS_SESSION_TOKEN")));
  }

  /** A configuration prints, and so has no place for a password. */
  private static void requirePlain(URI endpoint) {
    if (endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null
        || endpoint.getRawFragment() != null) {
      throw invalid(
          "the endpoint names no host, or carries a user, a query or a fragment.",
          "Write http(s)://host[:port].");
    }
  }

  private static void requireAtLeast(long least, long value, String name) {
    if (value < least) {
      throw invalid(name + " is " + value + ".", "It must be at least " + least + ".");
    }
  }

  private static ParException invalid(String what, String remedy) {
    return new ParException(ParException.Kind.CONFIG, "Configuration invalid: " + what, remedy);
  }
}
