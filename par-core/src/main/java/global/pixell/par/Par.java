package global.pixell.par;

import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.fetch.FetchEngine;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Fetches agent packages: resolved, retried, verified, cached, unpacked.
 *
 * <pre>{@code
 * try (var par = Par.builder().cacheDirectory(Path.of("/var/cache/par")).allowBucket("my-packages").build()) {
 *   AgentPackage agent = par.fetch(PackageRef.parse("s3://my-packages/acme/greeter/1.2.0/greeter.apkg"));
 *   System.out.println(agent.manifest().name() + " at " + agent.directory());
 * }
 * }</pre>
 *
 * <h2>Threads</h2>
 *
 * Thread-safe; each call does its work on the calling thread. {@link #close()} from any thread, or
 * an interrupt of the working one, ends a call at once with {@link ParException.Kind#CANCELLED}.
 *
 * <h2>What it leaves alone</h2>
 *
 * It never ends the JVM, prints nothing, and reads neither environment nor system properties; only
 * where no credentials are given does the AWS SDK look for them: in Java's system properties, the
 * environment, the AWS profile and the container's endpoint, and neither in STS nor in the
 * instance's metadata. No AWS service but S3 is called.
 */
public final class Par implements AutoCloseable {

  private final FetchEngine fetching;

  private Par(
      ParConfig config,
      List<Consumer<? super ParEvent>> listeners,
      Optional<Consumer<? super Duration>> waiting) {
    this.fetching =
        new FetchEngine(config, event -> listeners.forEach(l -> l.accept(event)), waiting);
  }

  /**
   * Begins with the defaults of {@link ParConfig} and no bucket allowed.
   *
   * @return a builder that lacks a cache directory and a bucket
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Begins with everything set.
   *
   * @param config for instance from {@link ParConfig#fromEnvironment(Map)}
   * @return a builder
   */
  public static Builder builder(ParConfig config) {
    return new Builder(config);
  }

  /**
   * Brings a package onto this machine: from the cache where its digest is known and there, else
   * from S3.
   *
   * @param ref which package
   * @return the package, verified and unpacked
   * @throws ParException of kind {@code CONFIG} for a bucket or host that is not allowed, {@code
   *     NOT_FOUND}, {@code ACCESS_DENIED}, {@code UNAVAILABLE}, {@code CORRUPT}, {@code
   *     BAD_PACKAGE}, {@code DISK} or {@code CANCELLED}
   */
  public AgentPackage fetch(PackageRef ref) {
    return fetching.fetch(ref);
  }

  /**
   * Opens a package of this machine; nothing is downloaded.
   *
   * @param package_ an {@code .apkg} file, which is unpacked into the cache, or an unpacked
   *     directory, which is used as it is
   * @return the package
   * @throws ParException of kind {@code NOT_FOUND}, {@code BAD_PACKAGE}, {@code DISK} or {@code
   *     CANCELLED}
   */
  public AgentPackage open(Path package_) {
    return fetching.open(package_);
  }

  /**
   * What PAR would see in a package file. Every byte is checked as for a boot, and nothing is
   * written.
   *
   * @param packageFile an {@code .apkg}
   * @return what it holds
   * @throws ParException of kind {@code NOT_FOUND} or {@code DISK} when it cannot be read, {@code
   *     BAD_PACKAGE} when it would be refused
   */
  public PackageInspection inspect(Path packageFile) {
    return fetching.inspect(packageFile);
  }

  /**
   * What the cache holds.
   *
   * @return the longest unused first; nothing was removed, no reasons are given
   * @throws ParException of kind {@code DISK} when it cannot be read
   */
  public List<CachedPackage> cachedPackages() {
    return fetching.cachedPackages();
  }

  /**
   * Reads every byte of the cache. Archives are hashed, trees compared with their archives by
   * names, sizes and CRC-32. What is bad goes to quarantine, but for a tree in use, which stays.
   *
   * @return every package, the bad ones with a reason
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  public List<CachedPackage> verifyCache() {
    return fetching.verifyCache();
  }

  /**
   * Brings the cache within its limits; a fetch does so by itself whenever it added something.
   *
   * @return every package, with the reason why it was removed or, over a limit, kept
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  public List<CachedPackage> cleanCache() {
    return fetching.cleanCache();
  }

  /**
   * Stops what is in flight and lets go of connections and of the packages that were handed out,
   * which may be evicted from then on. Idempotent; later calls end with {@code CANCELLED}.
   */
  @Override
  public void close() {
    fetching.close();
  }

  /**
   * Collects what a {@link Par} needs. Mutable, for one thread; the {@code Par} it builds is not.
   */
  public static final class Builder {
    private Optional<Path> cacheDirectory = Optional.empty();
    private long cacheMaxBytes = 4096 * ParConfig.MB;
    private ParConfig.CachePolicy cachePolicy = ParConfig.CachePolicy.DEFAULT;
    private final Set<String> buckets = new LinkedHashSet<>();
    private final Set<String> hosts = new LinkedHashSet<>();
    private Optional<String> region = Optional.empty();
    private Optional<URI> endpoint = Optional.empty();
    private Optional<ParConfig.Credentials> credentials = Optional.empty();
    private boolean offline;
    private boolean requireDigest;
    private long maxPackageBytes = 250 * ParConfig.MB;
    private long maxUnpackedBytes = 2048 * ParConfig.MB;
    private int maxEntries = 50_000;
    private String keyLayout = ParConfig.DEFAULT_KEY_LAYOUT;
    private int attempts = 5;
    private int downloadConnections;
    private Duration deadline = Duration.ofMinutes(10);
    private final List<Consumer<? super ParEvent>> listeners = new ArrayList<>();
    private Optional<Consumer<? super Duration>> waiting = Optional.empty();

    private Builder() {}

    private Builder(ParConfig config) {
      cacheDirectory = Optional.of(config.cacheDirectory());
      cacheMaxBytes = config.cacheMaxBytes();
      cachePolicy = config.cachePolicy();
      buckets.addAll(config.buckets());
      hosts.addAll(config.hosts());
      region = config.region();
      endpoint = config.endpoint();
      credentials = config.credentials();
      offline = config.offline();
      requireDigest = config.requireDigest();
      maxPackageBytes = config.maxPackageBytes();
      maxUnpackedBytes = config.maxUnpackedBytes();
      maxEntries = config.maxEntries();
      keyLayout = config.keyLayout();
      attempts = config.attempts();
      downloadConnections = config.downloadConnections();
      deadline = config.deadline();
    }

    /**
     * Where packages are kept; required.
     *
     * @param directory made on first use; on one file system
     * @return this
     */
    public Builder cacheDirectory(Path directory) {
      cacheDirectory = Optional.of(directory);
      return this;
    }

    /**
     * The size at which eviction starts; 4096 MB by default. What is in use, and the last good
     * version of each package, stays whatever the size.
     *
     * @param bytes of archives and trees together, at least 1
     * @return this
     */
    public Builder cacheMaxBytes(long bytes) {
      cacheMaxBytes = bytes;
      return this;
    }

    /**
     * How the cache is checked, locked and kept small; {@link ParConfig.CachePolicy#DEFAULT} by
     * default.
     *
     * @param policy all of it
     * @return this
     */
    public Builder cachePolicy(ParConfig.CachePolicy policy) {
      cachePolicy = policy;
      return this;
    }

    /**
     * Allows a bucket; the first one is where coordinates are looked up.
     *
     * @param bucket its name
     * @return this
     */
    public Builder allowBucket(String bucket) {
      buckets.add(bucket);
      return this;
    }

    /**
     * Allows a host of {@code https} addresses that is not S3's.
     *
     * @param host its name, for the usual port 443, or {@code name:port}
     * @return this
     */
    public Builder allowHost(String host) {
      hosts.add(host.toLowerCase(java.util.Locale.ROOT));
      return this;
    }

    /**
     * The AWS region; by default the SDK's chain, then {@code us-east-2}.
     *
     * @param name such as {@code eu-central-1}
     * @return this
     */
    public Builder region(String name) {
      region = Optional.of(name);
      return this;
    }

    /**
     * An S3-compatible endpoint; by default AWS's.
     *
     * @param uri with scheme and host
     * @return this
     */
    public Builder endpoint(URI uri) {
      endpoint = Optional.of(uri);
      return this;
    }

    /**
     * Fixed credentials; by default the SDK's chain.
     *
     * @param fixed what to sign with
     * @return this
     */
    public Builder credentials(ParConfig.Credentials fixed) {
      credentials = Optional.of(fixed);
      return this;
    }

    /**
     * Whether only the cache answers; false by default.
     *
     * @param on true for no network at all
     * @return this
     */
    public Builder offline(boolean on) {
      offline = on;
      return this;
    }

    /**
     * Whether a reference without a digest is refused; false by default.
     *
     * @param on true to refuse
     * @return this
     */
    public Builder requireDigest(boolean on) {
      requireDigest = on;
      return this;
    }

    /**
     * The largest package that is downloaded; 250 MB by default.
     *
     * @param bytes inclusive, at least 1
     * @return this
     */
    public Builder maxPackageBytes(long bytes) {
      maxPackageBytes = bytes;
      return this;
    }

    /**
     * How much a package may unpack to; by default 2048 MB in 50000 entries.
     *
     * @param bytes inclusive, at least 1
     * @param entries inclusive, at least 1
     * @return this
     */
    public Builder maxUnpacked(long bytes, int entries) {
      maxUnpackedBytes = bytes;
      maxEntries = entries;
      return this;
    }

    /**
     * How many connections one download may have; by default four a core, at least 4, at most 16
     * and at most one for each 4 MB of heap. Packages up to 16 MB come over one in any case.
     *
     * @param most 1 to 64, or 0 for the default
     * @return this
     */
    public Builder downloadConnections(int most) {
      downloadConnections = most;
      return this;
    }

    /**
     * How long to try; by default 5 attempts within 10 minutes. Between two is a random wait of up
     * to 100 ms, after throttling 3 s, doubling to at most 20 s, and what the server asks for
     * besides. A wrong key, missing rights and expired credentials are tried once.
     *
     * @param most attempts, at least 1
     * @param together the time for all of them
     * @return this
     */
    public Builder attempts(int most, Duration together) {
      attempts = most;
      deadline = together;
      return this;
    }

    /**
     * Where coordinates are looked up; {@value ParConfig#DEFAULT_KEY_LAYOUT} by default.
     *
     * @param layout ending in <code>{version}/{file}.apkg</code>
     * @return this
     */
    public Builder keyLayout(String layout) {
      keyLayout = layout;
      return this;
    }

    /**
     * Adds a listener, which is told on the working thread and should be quick.
     *
     * @param listener what to tell
     * @return this
     */
    public Builder onEvent(Consumer<? super ParEvent> listener) {
      listeners.add(listener);
      return this;
    }

    /**
     * How to wait between two attempts; by default the calling thread sleeps, and {@link
     * Par#close()} wakes it. For tests, which should not sleep: a wait that returns early counts
     * against the time for all attempts as if it had been whole.
     *
     * @param wait is called on the working thread and returns when the wait is over, or with the
     *     thread's interrupt status set; must notice by itself that the {@code Par} is closed
     * @return this
     */
    public Builder waiting(Consumer<? super Duration> wait) {
      waiting = Optional.of(wait);
      return this;
    }

    /**
     * Builds; opens nothing yet.
     *
     * @return a door to be closed after use
     * @throws ParException of kind {@code CONFIG} when something is missing or breaks a rule
     */
    public Par build() {
      return new Par(config(), List.copyOf(listeners), waiting);
    }

    public ParConfig config() {
      Path cache =
          cacheDirectory.orElseThrow(
              () ->
                  new ParException(
                      Kind.CONFIG, "No cache directory is given.", "Call cacheDirectory(…)."));
      return new ParConfig(
          cache,
          cacheMaxBytes,
          cachePolicy,
          List.copyOf(buckets),
          List.copyOf(hosts),
          region,
          endpoint,
          credentials,
          offline,
          requireDigest,
          maxPackageBytes,
          maxUnpackedBytes,
          maxEntries,
          keyLayout,
          attempts,
          deadline,
          downloadConnections);
    }
  }
}
