package global.pixell.par;

import java.util.Map;
import java.util.Optional;

/**
 * Everything a {@link Par} is built from, in groups. Immutable and thread-safe; {@link ParSettings}
 * documents each setting with its range and default.
 *
 * <p>New settings may be added in any version, so this is a class and no record. It prints without
 * credentials.
 */
public final class ParConfig {

  /** The layout of keys in the bucket. */
  public static final String DEFAULT_KEY_LAYOUT = "{org}/{agent}/{version}/{file}.apkg";

  /** The bucket that {@link #fromEnvironment} allows when no other is named. */
  public static final String DEFAULT_BUCKET = "pixell-agent-packages";

  /** The region where neither the configuration nor the SDK's chain names one. */
  public static final String DEFAULT_REGION = "us-east-2";

  static final long MB = 1_048_576;

  /**
   * AWS credentials. They never print.
   *
   * @param accessKeyId the access key id
   * @param secretAccessKey the secret access key
   * @param sessionToken the session token of temporary credentials
   */
  public record Credentials(
      String accessKeyId, String secretAccessKey, Optional<String> sessionToken) {

    /**
     * Credentials without a session token, as a user's access key has them.
     *
     * @param accessKeyId the access key id
     * @param secretAccessKey the secret access key
     */
    public Credentials(String accessKeyId, String secretAccessKey) {
      this(accessKeyId, secretAccessKey, Optional.empty());
    }

    @Override
    public String toString() {
      return "Credentials[redacted]";
    }
  }

  private final CacheConfig cache;
  private final DownloadConfig download;
  private final S3Config s3;
  private final Limits limits;
  private final boolean offline;
  private final boolean requireDigest;

  ParConfig(ParSettings<?> settings) {
    cache = settings.cache.copy();
    download = settings.download.copy();
    s3 = settings.s3.copy();
    limits = settings.limits.copy();
    offline = settings.offline;
    requireDigest = settings.requireDigest;
  }

  /**
   * Where packages are kept.
   *
   * @return the settings of the cache
   */
  public CacheConfig cache() {
    return cache;
  }

  /**
   * How a download is tried.
   *
   * @return the settings of downloads
   */
  public DownloadConfig download() {
    return download;
  }

  /**
   * What may be fetched, and from where.
   *
   * @return the settings of S3
   */
  public S3Config s3() {
    return s3;
  }

  /**
   * What is too large.
   *
   * @return the limits
   */
  public Limits limits() {
    return limits;
  }

  /**
   * {@link ParSettings#offline}.
   *
   * @return whether only the cache answers
   */
  public boolean offline() {
    return offline;
  }

  /**
   * {@link ParSettings#requireDigest}.
   *
   * @return whether a reference without a digest is refused
   */
  public boolean requireDigest() {
    return requireDigest;
  }

  @Override
  public String toString() {
    return "ParConfig[cache "
        + cache.directory
        + ", buckets "
        + s3.buckets
        + s3.endpoint.map(uri -> ", endpoint " + uri).orElse("")
        + (offline ? ", offline" : "")
        + "]";
  }

  /**
   * A builder with the defaults, no cache directory and no bucket.
   *
   * @return a mutable builder, for one thread
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * A builder that starts from this configuration.
   *
   * @return a mutable builder, for one thread; this configuration stays as it is
   */
  public Builder toBuilder() {
    return new Builder(this);
  }

  /** Collects settings for a {@link ParConfig}. Mutable, for one thread. */
  public static final class Builder extends ParSettings<Builder> {
    private Builder() {}

    private Builder(ParConfig config) {
      super(config);
    }

    /**
     * Checks the settings.
     *
     * @return an immutable configuration
     * @throws ParException of kind {@code CONFIG} when something is missing or breaks a rule
     */
    public ParConfig build() {
      return config();
    }
  }

  /**
   * Reads the configuration from variables, and reports every fault at once.
   *
   * <p>Reads {@code S3_BUCKET}, {@code AWS_REGION}, {@code AWS_ENDPOINT_URL_S3}, {@code
   * AWS_ENDPOINT_URL}, {@code PAR_S3_ADDRESSING}, {@code AWS_ACCESS_KEY_ID} with its secret and
   * token, {@code MAX_PACKAGE_SIZE_MB}, {@code PAR_MAX_UNPACKED_MB}, {@code PAR_MAX_ENTRIES},
   * {@code PAR_CACHE_DIR}, {@code PAR_CACHE_MAX_MB}, {@code PAR_CACHE_MAX_AGE_DAYS}, {@code
   * PAR_CACHE_MIN_FREE_MB}, {@code PAR_CACHE_VERIFY}, {@code PAR_CACHE_LOCKS}, {@code
   * PAR_CACHE_SERVE_STALE}, {@code PAR_OFFLINE}, {@code PAR_REQUIRE_SHA256}, {@code
   * PAR_FETCH_ATTEMPTS} and {@code PAR_DOWNLOAD_CONNECTIONS}; all are optional, and a blank one
   * counts as absent.
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
    return ConfigVariables.read(reader);
  }
}
