package global.pixell.par;

import java.util.Map;
import java.util.Optional;

/**
 * All settings of a {@link Par}, in groups. Immutable and thread-safe; {@link ParSettings}
 * documents each setting with its range and default.
 *
 * <p>Any version may add settings, so this is a class and not a record. It prints without
 * credentials.
 */
public final class ParConfig {

  /** The default layout of the keys by which PAR looks up coordinates in a bucket. */
  public static final String DEFAULT_KEY_LAYOUT = "{org}/{agent}/{version}/{file}.apkg";

  /** The bucket that {@link #fromEnvironment} allows when no other is named. */
  public static final String DEFAULT_BUCKET = "pixell-agent-packages";

  /** The region if neither the configuration nor the SDK's chain names one. */
  public static final String DEFAULT_REGION = "us-east-2";

  static final long MB = 1_048_576;

  /**
   * AWS credentials. They never print.
   *
   * @param accessKeyId the access key id
   * @param secretAccessKey the secret access key
   * @param sessionToken the session token of temporary credentials; empty for others
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
   * Where PAR keeps packages.
   *
   * @return the settings of the cache
   */
  public CacheConfig cache() {
    return cache;
  }

  /**
   * How PAR tries a download.
   *
   * @return the settings of downloads
   */
  public DownloadConfig download() {
    return download;
  }

  /**
   * What PAR may fetch, and from where.
   *
   * @return the settings of S3
   */
  public S3Config s3() {
    return s3;
  }

  /**
   * The largest package that PAR accepts.
   *
   * @return the limits
   */
  public Limits limits() {
    return limits;
  }

  /**
   * {@link ParSettings#offline}.
   *
   * @return whether PAR uses the cache only; false by default
   */
  public boolean offline() {
    return offline;
  }

  /**
   * {@link ParSettings#requireDigest}.
   *
   * @return whether PAR refuses a reference without a digest; false by default
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
   * @throws ParException of kind {@code CONFIG}, with one problem for each fault
   */
  public static ParConfig fromEnvironment(Map<String, String> environment) {
    var reader = new EnvironmentReader(environment);
    ParConfig config = read(reader);
    reader.throwIfFaulty();
    return config;
  }

  /**
   * Like {@link #fromEnvironment}, for a host that also reads variables of its own. The reader
   * records the faults, so that the host can report all of them together.
   *
   * @param reader supplies the variables and records the faults
   * @return the configuration, with the default for each faulty value
   */
  public static ParConfig read(EnvironmentReader reader) {
    return ConfigVariables.read(reader);
  }
}
