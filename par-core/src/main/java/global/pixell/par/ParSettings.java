package global.pixell.par;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * The settings, each with its default. Sizes are in bytes, and MB means 1,048,576 bytes.
 *
 * <p>Setters check nothing. {@code build()} throws a {@link ParException} of kind {@code CONFIG}
 * for the first value that breaks its rule. Mutable, for one thread.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ParSettings<B extends ParSettings<B>>
    permits ParConfig.Builder, Par.Builder {
  /**
   * Longer durations are clamped to this. A hundred years of nanoseconds still fit into a {@code
   * long}.
   */
  private static final Duration FOREVER = Duration.ofDays(36_500);

  final CacheConfig cache;
  final DownloadConfig download;
  final S3Config s3;
  final Limits limits;
  boolean offline;
  boolean requireDigest;

  ParSettings() {
    cache = new CacheConfig();
    download = new DownloadConfig();
    s3 = new S3Config();
    limits = new Limits();
  }

  ParSettings(ParConfig config) {
    cache = config.cache().copy();
    download = config.download().copy();
    s3 = config.s3().copy();
    limits = config.limits().copy();
    offline = config.offline();
    requireDigest = config.requireDigest();
  }

  @SuppressWarnings("unchecked") // Sealed: every subclass names itself.
  private B self() {
    return (B) this;
  }

  ParConfig config() {
    cache.check();
    download.check();
    s3.check();
    limits.check();
    return new ParConfig(this);
  }

  /**
   * The directory of the cache; required.
   *
   * @param directory PAR creates it on first use; its whole content must be on one file system
   * @return this
   */
  public B cacheDirectory(Path directory) {
    cache.directory = directory.toAbsolutePath().normalize();
    return self();
  }

  /**
   * The size at which eviction starts; 4096 MB by default. Packages in use, and the last good
   * version of each package, stay even if the cache is larger.
   *
   * @param bytes of archives and trees together, at least 1
   * @return this
   */
  public B cacheMaxBytes(long bytes) {
    cache.maxBytes = bytes;
    return self();
  }

  /**
   * How long a package may be unused before PAR evicts it; no limit by default.
   *
   * @param age at least a second
   * @return this
   */
  public B cacheMaxAge(Duration age) {
    cache.maxAge = Optional.of(atMostForever(age));
    return self();
  }

  /**
   * How many bytes should stay free on the disk of the cache; 256 MB by default. When fewer are
   * free, PAR evicts packages.
   *
   * @param bytes 0 or more; 0 for no limit
   * @return this
   */
  public B cacheMinFreeBytes(long bytes) {
    cache.minFreeBytes = bytes;
    return self();
  }

  /**
   * Whether PAR hashes a cached package and lists its tree at every use; true by default.
   *
   * @param on false to compare only the size of the package, and to trust that its tree is complete
   * @return this
   */
  public B cacheVerifyDigests(boolean on) {
    cache.verifyDigests = on;
    return self();
  }

  /**
   * Whether processes wait for each other's downloads by locking files; true by default.
   *
   * @param on false for file systems on which locks hang: two processes may then download the same
   *     package, with the same result
   * @return this
   */
  public B cacheLocks(boolean on) {
    cache.locks = on;
    return self();
  }

  /**
   * How long to wait for another download of the same package; 10 minutes by default. A call that
   * would wait longer fails with {@code DISK}.
   *
   * @param timeout 0 or more
   * @return this
   */
  public B cacheLockTimeout(Duration timeout) {
    cache.lockTimeout = atMostForever(timeout);
    return self();
  }

  /**
   * Whether PAR may use the package that it last fetched for an address without a digest while S3
   * is unavailable. False by default: such a fetch fails with {@code UNAVAILABLE}. Each fetch that
   * uses an old package warns.
   *
   * @param on true to use the last package
   * @return this
   */
  public B cacheServeStale(boolean on) {
    cache.serveStale = on;
    return self();
  }

  /**
   * Allows a bucket. PAR looks up coordinates in the first one. At least one bucket or host is
   * required.
   *
   * @param bucket its name, as S3 allows it
   * @return this
   */
  public B allowBucket(String bucket) {
    s3.buckets = with(s3.buckets, bucket);
    return self();
  }

  /**
   * Allows a host of {@code https} addresses that is not S3's; none by default.
   *
   * @param host its name, for port 443, or {@code name:port}
   * @return this
   */
  public B allowHost(String host) {
    s3.hosts = with(s3.hosts, host.toLowerCase(Locale.ROOT));
    return self();
  }

  /**
   * The AWS region; by default the SDK's chain, then {@value ParConfig#DEFAULT_REGION}.
   *
   * @param name such as {@code eu-central-1}
   * @return this
   */
  public B region(String name) {
    s3.region = Optional.of(name);
    return self();
  }

  /**
   * An S3-compatible endpoint; by default AWS's.
   *
   * @param uri with scheme and host, without user, query and fragment
   * @return this
   */
  public B endpoint(URI uri) {
    s3.endpoint = Optional.of(uri);
    return self();
  }

  /**
   * Whether requests name the bucket in their path, as in {@code http://host/bucket/key}, instead
   * of in their host, as in {@code http://bucket.host/key}. By default they do so at every endpoint
   * that is not AWS's own.
   *
   * @param on true for the path, false for the host
   * @return this
   */
  public B pathStyle(boolean on) {
    s3.pathStyle = Optional.of(on);
    return self();
  }

  /**
   * Fixed credentials; by default the SDK's chain.
   *
   * @param fixed the credentials that sign every request
   * @return this
   */
  public B credentials(ParConfig.Credentials fixed) {
    return credentials(() -> fixed);
  }

  /**
   * Credentials that change; by default the SDK's chain.
   *
   * @param supplier PAR calls it once for every request and from several threads, so it should
   *     cache. An exception of the supplier ends the attempt like missing credentials
   * @return this
   */
  public B credentials(Supplier<ParConfig.Credentials> supplier) {
    s3.credentials = Optional.of(supplier);
    return self();
  }

  /**
   * The layout of the keys by which PAR looks up coordinates; {@value ParConfig#DEFAULT_KEY_LAYOUT}
   * by default.
   *
   * @param layout contains <code>{agent}/</code> and ends in <code>{version}/{file}.apkg</code>
   * @return this
   */
  public B keyLayout(String layout) {
    s3.keyLayout = layout;
    return self();
  }

  /**
   * Whether PAR uses the cache only; false by default. A fetch of a package that the cache does not
   * have then fails with {@code NOT_FOUND}.
   *
   * @param on true to use no network at all
   * @return this
   */
  public B offline(boolean on) {
    offline = on;
    return self();
  }

  /**
   * Whether PAR refuses a reference without a digest, with {@code CONFIG}; false by default.
   *
   * @param on true to refuse
   * @return this
   */
  public B requireDigest(boolean on) {
    requireDigest = on;
    return self();
  }

  /**
   * The largest package that PAR downloads or opens; 250 MB by default.
   *
   * @param bytes inclusive, at least 1
   * @return this
   */
  public B maxPackageBytes(long bytes) {
    limits.packageBytes = bytes;
    return self();
  }

  /**
   * The largest unpacked content of a package; by default 2048 MB in 50000 entries.
   *
   * @param bytes inclusive, at least 1
   * @param entries inclusive, at least 1
   * @return this
   */
  public B maxUnpacked(long bytes, int entries) {
    limits.unpackedBytes = bytes;
    limits.entries = entries;
    return self();
  }

  /**
   * How long to try. By default attempts end after two minutes of failures without progress, or 10
   * minutes after the first one; their number is not limited. The two minutes apply to every
   * configuration; they are 10 s where {@link #cacheServeStale} has a package to serve instead.
   *
   * <p>The wait between two attempts is random: at most 100 ms after a first failure, and at most 3
   * s after throttling and after the second failure in a row. The 3 s double with each further
   * failure, up to 20 s. A wait that the server asks for is added. PAR does not retry after a wrong
   * key, missing rights or expired credentials.
   *
   * @param max attempts, at least 1; {@link Integer#MAX_VALUE} for any number
   * @param together the time for all of them, at least a millisecond; more than 100 years count as
   *     100 years
   * @return this
   */
  public B attempts(int max, Duration together) {
    download.attempts = max;
    download.deadline = atMostForever(together);
    return self();
  }

  /**
   * How many connections one download may have; by default two for each core, at least 4, at most
   * 16, and at most one for each 4 MB of maximum heap. PAR always downloads packages of up to 16 MB
   * over one connection.
   *
   * @param max 1 to 64, or 0 for the default
   * @return this
   */
  public B downloadConnections(int max) {
    download.connections = max;
    return self();
  }

  private static Set<String> with(Set<String> known, String one) {
    var more = new LinkedHashSet<>(known);
    more.add(one);
    return Collections.unmodifiableSet(more);
  }

  private static Duration atMostForever(Duration duration) {
    return duration.compareTo(FOREVER) > 0 ? FOREVER : duration;
  }
}
