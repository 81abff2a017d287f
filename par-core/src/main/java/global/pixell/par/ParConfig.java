package global.pixell.par;

import global.pixell.par.internal.s3name.BucketName;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Everything a {@link Par} is built from, in groups. Immutable and thread-safe; {@link Settings}
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

  private static final Path SYSTEM_CACHE = Path.of("/var/cache/par");
  private static final long MB = 1_048_576;
  private static final int MAX_CONNECTIONS = 64;

  /**
   * Longer waits are cut to this. A hundred years are for ever, and still fit into the nanoseconds
   * of a {@code long}.
   */
  private static final Duration DEADLINE = Duration.ofMinutes(10);

  private static final Duration FOREVER = Duration.ofDays(36_500);

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

  /** Where packages are kept, and how the cache is checked, locked and kept small. */
  public static final class CacheConfig {
    private final Values values;

    private CacheConfig(Values values) {
      this.values = values;
    }

    /**
     * {@link Settings#cacheDirectory}.
     *
     * @return an absolute path
     */
    public Path directory() {
      return java.util.Objects.requireNonNull(values.cacheDirectory);
    }

    /**
     * {@link Settings#cacheMaxBytes}.
     *
     * @return at least 1
     */
    public long maxBytes() {
      return values.cacheMaxBytes;
    }

    /**
     * {@link Settings#cacheMaxAge}.
     *
     * @return empty for no limit
     */
    public Optional<Duration> maxAge() {
      return values.cacheMaxAge;
    }

    /**
     * {@link Settings#cacheMinFreeBytes}.
     *
     * @return 0 for no limit
     */
    public long minFreeBytes() {
      return values.cacheMinFreeBytes;
    }

    /**
     * {@link Settings#cacheVerifyDigests}.
     *
     * @return whether every use hashes the package
     */
    public boolean verifyDigests() {
      return values.cacheVerifyDigests;
    }

    /**
     * {@link Settings#cacheLocks}.
     *
     * @return whether files are locked
     */
    public boolean locks() {
      return values.cacheLocks;
    }

    /**
     * {@link Settings#cacheLockTimeout}.
     *
     * @return 0 for no wait
     */
    public Duration lockTimeout() {
      return values.cacheLockTimeout;
    }

    /**
     * {@link Settings#cacheServeStale}.
     *
     * @return whether an unavailable S3 is answered from the cache
     */
    public boolean serveStale() {
      return values.cacheServeStale;
    }
  }

  /** How a download is tried. */
  public static final class DownloadConfig {
    private final Values values;

    private DownloadConfig(Values values) {
      this.values = values;
    }

    /**
     * {@link Settings#attempts}.
     *
     * @return at least 1; {@link Integer#MAX_VALUE} when no number bounds them
     */
    public int attempts() {
      return values.attempts;
    }

    /**
     * {@link Settings#attempts}: the time for all of them.
     *
     * @return at least a millisecond
     */
    public Duration deadline() {
      return values.deadline;
    }

    /**
     * {@link Settings#downloadConnections}.
     *
     * @return 0 for the default
     */
    public int connections() {
      return values.downloadConnections;
    }
  }

  /** Which addresses are allowed, and how S3 is reached. */
  public static final class S3Config {
    private final Values values;

    private S3Config(Values values) {
      this.values = values;
    }

    /**
     * {@link Settings#allowBucket}.
     *
     * @return the allowed buckets; coordinates are looked up in the first
     */
    public List<String> buckets() {
      return List.copyOf(values.buckets);
    }

    /**
     * {@link Settings#allowHost}.
     *
     * @return the hosts that are allowed besides S3's
     */
    public List<String> hosts() {
      return List.copyOf(values.hosts);
    }

    /**
     * {@link Settings#region}.
     *
     * @return empty for the SDK's chain, then {@link #DEFAULT_REGION}
     */
    public Optional<String> region() {
      return values.region;
    }

    /**
     * {@link Settings#endpoint}.
     *
     * @return empty for AWS's own
     */
    public Optional<URI> endpoint() {
      return values.endpoint;
    }

    /**
     * {@link Settings#pathStyle}.
     *
     * @return empty for path style at every endpoint that is not AWS's own
     */
    public Optional<Boolean> pathStyle() {
      return values.pathStyle;
    }

    /**
     * {@link Settings#credentials}.
     *
     * @return empty for the SDK's chain
     */
    public Optional<Supplier<Credentials>> credentials() {
      return values.credentials;
    }

    /**
     * {@link Settings#keyLayout}.
     *
     * @return where coordinates are looked up
     */
    public String keyLayout() {
      return values.keyLayout;
    }
  }

  /** What is refused for its size. */
  public static final class Limits {
    private final Values values;

    private Limits(Values values) {
      this.values = values;
    }

    /**
     * {@link Settings#maxPackageBytes}.
     *
     * @return inclusive
     */
    public long packageBytes() {
      return values.maxPackageBytes;
    }

    /**
     * {@link Settings#maxUnpacked}: the bytes.
     *
     * @return inclusive
     */
    public long unpackedBytes() {
      return values.maxUnpackedBytes;
    }

    /**
     * {@link Settings#maxUnpacked}: the entries.
     *
     * @return inclusive
     */
    public int entries() {
      return values.maxEntries;
    }
  }

  /** Every setting with its default. A configuration owns its copy, and nobody changes that. */
  private static final class Values implements Cloneable {
    private @Nullable Path cacheDirectory;
    private long cacheMaxBytes = 4096 * MB;
    private Optional<Duration> cacheMaxAge = Optional.empty();
    private long cacheMinFreeBytes = 256 * MB;
    private boolean cacheVerifyDigests = true;
    private boolean cacheLocks = true;
    private Duration cacheLockTimeout = Duration.ofMinutes(10);
    private boolean cacheServeStale;
    private Set<String> buckets = Set.of();
    private Set<String> hosts = Set.of();
    private Optional<String> region = Optional.empty();
    private Optional<URI> endpoint = Optional.empty();
    private Optional<Boolean> pathStyle = Optional.empty();
    private Optional<Supplier<Credentials>> credentials = Optional.empty();
    private String keyLayout = DEFAULT_KEY_LAYOUT;
    private boolean offline;
    private boolean requireDigest;
    private long maxPackageBytes = 250 * MB;
    private long maxUnpackedBytes = 2048 * MB;
    private int maxEntries = 50_000;
    private int attempts = Integer.MAX_VALUE;
    private Duration deadline = DEADLINE;
    private int downloadConnections;

    /** The fields are immutable, so a shallow copy is a whole one. */
    Values copy() {
      try {
        return (Values) clone();
      } catch (CloneNotSupportedException e) {
        throw new AssertionError(e);
      }
    }

    void check() {
      if (cacheDirectory == null) {
        throw invalid("no cache directory is given.", "Call cacheDirectory(…).");
      }
      if (buckets.isEmpty() && hosts.isEmpty()) {
        throw invalid("no bucket is allowed.", "Call allowBucket(…) at least once.");
      }
      for (String bucket : buckets) {
        if (!BucketName.isValid(bucket)) {
          throw invalid("'" + bucket + "' is not a bucket name.", BucketName.RULE);
        }
      }
      endpoint.ifPresent(ParConfig::requirePlain);
      requireAtLeast(1, cacheMaxBytes, "cacheMaxBytes");
      cacheMaxAge.ifPresent(age -> requireAtLeast(1, age.toSeconds(), "cacheMaxAge in seconds"));
      requireAtLeast(0, cacheMinFreeBytes, "cacheMinFreeBytes");
      requireAtLeast(0, cacheLockTimeout.toMillis(), "cacheLockTimeout in ms");
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
  }

  private final Values values;

  private ParConfig(Values values) {
    this.values = values;
  }

  /**
   * Where packages are kept.
   *
   * @return the settings of the cache
   */
  public CacheConfig cache() {
    return new CacheConfig(values);
  }

  /**
   * How a download is tried.
   *
   * @return the settings of downloads
   */
  public DownloadConfig download() {
    return new DownloadConfig(values);
  }

  /**
   * What may be fetched, and from where.
   *
   * @return the settings of S3
   */
  public S3Config s3() {
    return new S3Config(values);
  }

  /**
   * What is too large.
   *
   * @return the limits
   */
  public Limits limits() {
    return new Limits(values);
  }

  /**
   * {@link Settings#offline}.
   *
   * @return whether only the cache answers
   */
  public boolean offline() {
    return values.offline;
  }

  /**
   * {@link Settings#requireDigest}.
   *
   * @return whether a reference without a digest is refused
   */
  public boolean requireDigest() {
    return values.requireDigest;
  }

  @Override
  public String toString() {
    return "ParConfig[cache "
        + values.cacheDirectory
        + ", buckets "
        + values.buckets
        + values.endpoint.map(uri -> ", endpoint " + uri).orElse("")
        + (values.offline ? ", offline" : "")
        + "]";
  }

  /**
   * A builder with the defaults, no cache directory and no bucket.
   *
   * @return a mutable builder, for one thread
   */
  public static Builder builder() {
    return new Builder(new Values());
  }

  /**
   * A builder that starts from this configuration.
   *
   * @return a mutable builder, for one thread; this configuration stays as it is
   */
  public Builder toBuilder() {
    return new Builder(values.copy());
  }

  /** Collects settings for a {@link ParConfig}. Mutable, for one thread. */
  public static final class Builder extends Settings<Builder> {
    private Builder(Values values) {
      super(values);
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
   * The settings, each with its default. Setters check nothing; {@code build()} does.
   *
   * @param <B> the builder itself
   */
  public abstract static sealed class Settings<B extends Settings<B>>
      permits ParConfig.Builder, Par.Builder {
    private final Values values;

    private Settings(Values values) {
      this.values = values;
    }

    Settings(Optional<ParConfig> config) {
      this(config.map(c -> c.values.copy()).orElseGet(Values::new));
    }

    @SuppressWarnings("unchecked") // Sealed: every subclass names itself.
    private B self() {
      return (B) this;
    }

    ParConfig config() {
      Values checked = values.copy();
      checked.check();
      return new ParConfig(checked);
    }

    /**
     * Where packages are kept; required.
     *
     * @param directory made on first use; on one file system
     * @return this
     */
    public B cacheDirectory(Path directory) {
      values.cacheDirectory = directory.toAbsolutePath().normalize();
      return self();
    }

    /**
     * The size at which eviction starts; 4096 MB by default. Packages in use, and the last good
     * version of each package, stay whatever the size.
     *
     * @param bytes of archives and trees together, at least 1
     * @return this
     */
    public B cacheMaxBytes(long bytes) {
      values.cacheMaxBytes = bytes;
      return self();
    }

    /**
     * How long a package may be unused before it is evicted; no limit by default.
     *
     * @param age at least a second
     * @return this
     */
    public B cacheMaxAge(Duration age) {
      values.cacheMaxAge = Optional.of(atMostForever(age));
      return self();
    }

    /**
     * How many bytes should stay free on the disk of the cache; 256 MB by default. With fewer,
     * packages are evicted.
     *
     * @param bytes 0 for no limit
     * @return this
     */
    public B cacheMinFreeBytes(long bytes) {
      values.cacheMinFreeBytes = bytes;
      return self();
    }

    /**
     * Whether every use of a cached package hashes it and lists its tree; true by default.
     *
     * @param on false to trust the size of the package, and that its tree was complete once
     * @return this
     */
    public B cacheVerifyDigests(boolean on) {
      values.cacheVerifyDigests = on;
      return self();
    }

    /**
     * Whether processes wait for each other's downloads by locking files; true by default.
     *
     * @param on false for file systems on which locks hang: two processes may then download the
     *     same package, with the same result
     * @return this
     */
    public B cacheLocks(boolean on) {
      values.cacheLocks = on;
      return self();
    }

    /**
     * How long to wait for another download of the same package; 10 minutes by default.
     *
     * @param timeout 0 or more
     * @return this
     */
    public B cacheLockTimeout(Duration timeout) {
      values.cacheLockTimeout = atMostForever(timeout);
      return self();
    }

    /**
     * Whether, while S3 is unavailable, an address without a digest means the bytes it had when it
     * was last fetched; false by default, which makes it an error. Each such fetch warns.
     *
     * @param on true to use them
     * @return this
     */
    public B cacheServeStale(boolean on) {
      values.cacheServeStale = on;
      return self();
    }

    /**
     * Allows a bucket; coordinates are looked up in the first one.
     *
     * @param bucket its name
     * @return this
     */
    public B allowBucket(String bucket) {
      values.buckets = with(values.buckets, bucket);
      return self();
    }

    /**
     * Allows a host of {@code https} addresses that is not S3's; none by default.
     *
     * @param host its name, for port 443, or {@code name:port}
     * @return this
     */
    public B allowHost(String host) {
      values.hosts = with(values.hosts, host.toLowerCase(Locale.ROOT));
      return self();
    }

    /**
     * The AWS region; by default the SDK's chain, then {@value ParConfig#DEFAULT_REGION}.
     *
     * @param name such as {@code eu-central-1}
     * @return this
     */
    public B region(String name) {
      values.region = Optional.of(name);
      return self();
    }

    /**
     * An S3-compatible endpoint; by default AWS's.
     *
     * @param uri with scheme and host, without user, query and fragment
     * @return this
     */
    public B endpoint(URI uri) {
      values.endpoint = Optional.of(uri);
      return self();
    }

    /**
     * Whether requests name the bucket in their path, as in {@code http://host/bucket/key}, instead
     * of in their host, as in {@code http://bucket.host/key}. By default they do so at every
     * endpoint that is not AWS's own.
     *
     * @param on true for the path, false for the host
     * @return this
     */
    public B pathStyle(boolean on) {
      values.pathStyle = Optional.of(on);
      return self();
    }

    /**
     * Fixed credentials; by default the SDK's chain.
     *
     * @param fixed what to sign with
     * @return this
     */
    public B credentials(Credentials fixed) {
      return credentials(() -> fixed);
    }

    /**
     * Credentials that change; by default the SDK's chain.
     *
     * @param supplier asked once for every request, so it should cache; from several threads. An
     *     exception from it ends the attempt like missing credentials
     * @return this
     */
    public B credentials(Supplier<Credentials> supplier) {
      values.credentials = Optional.of(supplier);
      return self();
    }

    /**
     * Where coordinates are looked up; {@value ParConfig#DEFAULT_KEY_LAYOUT} by default.
     *
     * @param layout ending in <code>{version}/{file}.apkg</code>
     * @return this
     */
    public B keyLayout(String layout) {
      values.keyLayout = layout;
      return self();
    }

    /**
     * Whether only the cache answers; false by default.
     *
     * @param on true for no network at all
     * @return this
     */
    public B offline(boolean on) {
      values.offline = on;
      return self();
    }

    /**
     * Whether a reference without a digest is refused; false by default.
     *
     * @param on true to refuse
     * @return this
     */
    public B requireDigest(boolean on) {
      values.requireDigest = on;
      return self();
    }

    /**
     * The largest package that is downloaded; 250 MB by default.
     *
     * @param bytes inclusive, at least 1
     * @return this
     */
    public B maxPackageBytes(long bytes) {
      values.maxPackageBytes = bytes;
      return self();
    }

    /**
     * How much a package may unpack to; by default 2048 MB in 50000 entries.
     *
     * @param bytes inclusive, at least 1
     * @param entries inclusive, at least 1
     * @return this
     */
    public B maxUnpacked(long bytes, int entries) {
      values.maxUnpackedBytes = bytes;
      values.maxEntries = entries;
      return self();
    }

    /**
     * How long to try. By default attempts end after two minutes of failures without progress, or
     * 10 minutes after the first one; their number is not limited. The two minutes apply to every
     * configuration; they are 10 s where {@link #cacheServeStale} has a package to serve instead.
     *
     * <p>The wait between two attempts is random: at most 100 ms after a first failure, and at most
     * 3 s after throttling and after the second failure in a row. The 3 s double with each further
     * failure, up to 20 s. A wait that the server asks for is added. A wrong key, missing rights
     * and expired credentials are tried once.
     *
     * @param max attempts, at least 1; {@link Integer#MAX_VALUE} for any number
     * @param together the time for all of them, at least a millisecond; more than 100 years count
     *     as 100 years
     * @return this
     */
    public B attempts(int max, Duration together) {
      values.attempts = max;
      values.deadline = atMostForever(together);
      return self();
    }

    /**
     * How many connections one download may have; by default four a core, at least 4, at most 16
     * and at most one for each 4 MB of heap. Packages up to 16 MB come over one in any case.
     *
     * @param max 1 to 64, or 0 for the default
     * @return this
     */
    public B downloadConnections(int max) {
      values.downloadConnections = max;
      return self();
    }

    private static Set<String> with(Set<String> known, String one) {
      var more = new LinkedHashSet<>(known);
      more.add(one);
      return java.util.Collections.unmodifiableSet(more);
    }
  }

  private static Duration atMostForever(Duration duration) {
    return duration.compareTo(FOREVER) > 0 ? FOREVER : duration;
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
    Builder builder =
        builder()
            .cacheDirectory(cacheDirectory(reader))
            .cacheMaxBytes(reader.integer("PAR_CACHE_MAX_MB", 4096, 1, Integer.MAX_VALUE) * MB)
            .cacheMinFreeBytes(
                reader.integer("PAR_CACHE_MIN_FREE_MB", 256, 0, Integer.MAX_VALUE) * MB)
            .cacheVerifyDigests(
                reader.oneOf("PAR_CACHE_VERIFY", "digest", "digest", "size").equals("digest"))
            .cacheLocks(reader.flag("PAR_CACHE_LOCKS", true))
            .cacheServeStale(reader.flag("PAR_CACHE_SERVE_STALE", false))
            .offline(reader.flag("PAR_OFFLINE", false))
            .requireDigest(reader.flag("PAR_REQUIRE_SHA256", false))
            .maxPackageBytes(reader.integer("MAX_PACKAGE_SIZE_MB", 250, 1, Integer.MAX_VALUE) * MB)
            .maxUnpacked(
                reader.integer("PAR_MAX_UNPACKED_MB", 2048, 1, Integer.MAX_VALUE) * MB,
                reader.integer("PAR_MAX_ENTRIES", 50_000, 1, 10_000_000))
            .downloadConnections(reader.integer("PAR_DOWNLOAD_CONNECTIONS", 0, 0, MAX_CONNECTIONS));
    builder.attempts(
        reader.integer("PAR_FETCH_ATTEMPTS", Integer.MAX_VALUE, 1, Integer.MAX_VALUE), DEADLINE);
    int days = reader.integer("PAR_CACHE_MAX_AGE_DAYS", 0, 0, 36_500);
    if (days > 0) {
      builder.cacheMaxAge(Duration.ofDays(days));
    }
    reader
        .list("S3_BUCKET", List.of(DEFAULT_BUCKET), BucketName::isValid, BucketName.RULE)
        .forEach(builder::allowBucket);
    reader.text("AWS_REGION").ifPresent(builder::region);
    reader
        .uri("AWS_ENDPOINT_URL_S3")
        .or(() -> reader.uri("AWS_ENDPOINT_URL"))
        .ifPresent(builder::endpoint);
    String addressing = reader.oneOf("PAR_S3_ADDRESSING", "auto", "auto", "path", "virtual");
    if (!addressing.equals("auto")) {
      builder.pathStyle(addressing.equals("path"));
    }
    credentials(reader).ifPresent(builder::credentials);
    return builder.build();
  }

  private static Path cacheDirectory(EnvironmentReader reader) {
    return reader
        .path("PAR_CACHE_DIR")
        .or(() -> reader.path("XDG_CACHE_HOME").map(xdg -> xdg.resolve("par")))
        .orElseGet(() -> cacheDirectory(SYSTEM_CACHE, reader.path("HOME")));
  }

  /** The system's directory where this user can write to it, else one of the user's own. */
  static Path cacheDirectory(Path system, Optional<Path> home) {
    Path existing = system;
    while (!Files.exists(existing) && existing.getParent() != null) {
      existing = existing.getParent();
    }
    boolean writable = Files.isDirectory(existing) && Files.isWritable(existing);
    return writable ? system : home.map(own -> own.resolve(".cache/par")).orElse(system);
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

  /** A configuration prints its endpoint, so that must hold no password. */
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

  private static void requireAtLeast(long min, long value, String name) {
    if (value < min) {
      throw invalid(name + " is " + value + ".", "It must be at least " + min + ".");
    }
  }

  private static ParException invalid(String what, String remedy) {
    return new ParException(ParException.Kind.CONFIG, "Configuration invalid: " + what, remedy);
  }
}
