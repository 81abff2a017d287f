package global.pixell.par;

import global.pixell.par.internal.fetch.FetchEngine;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * Fetches agent packages: resolved, retried, verified, cached, unpacked.
 *
 * <pre>{@code
 * try (Par par = Par.builder().cacheDirectory(Path.of("/var/cache/par")).allowBucket("my-packages").build();
 *     AgentPackage agent = par.fetch(PackageRef.parse("s3://my-packages/acme/greeter/1.2.0/greeter.apkg"))) {
 *   System.out.println(agent.manifest().name() + " at " + agent.directory());
 * }
 * }</pre>
 *
 * <h2>Threads</h2>
 *
 * Thread-safe; each call does its work on the calling thread. {@link #close()} from any thread, or
 * an interrupt of the working one, ends a call within 100 ms with {@link
 * ParException.Kind#CANCELLED}, even while a server is silent. After an interrupt the thread's
 * interrupt flag is set.
 *
 * <h2>What it leaves alone</h2>
 *
 * It never ends the JVM, prints nothing, and reads neither environment nor system properties. Only
 * when no credentials are given does the AWS SDK look for them: in Java's system properties, the
 * environment, the AWS profile and the container's endpoint, but neither in STS nor in the
 * instance's metadata. No AWS service but S3 is called.
 *
 * <h2>Logging</h2>
 *
 * Every {@link ParEvent} is also logged through SLF4J, by the logger {@code global.pixell.par},
 * with its values as key-value pairs.
 *
 * <p>An interface so that hosts can mock it; new methods may be added in any version.
 */
public interface Par extends AutoCloseable {

  /**
   * Starts with the defaults and no bucket allowed.
   *
   * @return a builder that lacks a cache directory and a bucket
   */
  static Builder builder() {
    return new Builder();
  }

  /**
   * Starts with everything set.
   *
   * @param config for instance from {@link ParConfig#fromEnvironment(Map)}
   * @return a builder
   */
  static Builder builder(ParConfig config) {
    return new Builder(config);
  }

  /**
   * Brings a package onto this machine: from the cache when its digest is known and there, else
   * from S3.
   *
   * @param ref which package
   * @return the package, verified and unpacked; close it when it is no longer needed
   * @throws ParException of kind {@code CONFIG} for a bucket or host that is not allowed, {@code
   *     NOT_FOUND}, {@code ACCESS_DENIED}, {@code UNAVAILABLE}, {@code CORRUPT}, {@code
   *     BAD_PACKAGE}, {@code DISK} or {@code CANCELLED}
   */
  default AgentPackage fetch(PackageRef ref) {
    return fetch(ref, FetchOptions.DEFAULT);
  }

  /**
   * Like {@link #fetch(PackageRef)}, with options of this call alone.
   *
   * @param ref which package
   * @param options a listener, a deadline
   * @return the package, verified and unpacked; close it when it is no longer needed
   * @throws ParException as {@link #fetch(PackageRef)}; {@code UNAVAILABLE} when the deadline
   *     passes
   */
  AgentPackage fetch(PackageRef ref, FetchOptions options);

  /**
   * Fetches on a thread of the executor.
   *
   * @param ref which package
   * @param options a listener, a deadline
   * @param executor where the work is done; it keeps one thread busy until the package is there
   * @return completes as {@link #fetch(PackageRef, FetchOptions)} returns or throws. {@code
   *     cancel(true)} ends the work within 100 ms; {@code cancel(false)} lets it go on and closes
   *     the package that it brings
   */
  CompletableFuture<AgentPackage> fetchAsync(
      PackageRef ref, FetchOptions options, Executor executor);

  /**
   * Lists the versions of a name in the first allowed bucket, or offline in the cache.
   *
   * @param ref coordinates, such as {@code acme/greeter@latest}; the version in it is ignored
   * @return every semantic version, the newest first, as the folders are called
   * @throws ParException of kind {@code CONFIG} for a reference that is an address, {@code
   *     ACCESS_DENIED}, {@code UNAVAILABLE} or {@code CANCELLED}
   */
  List<String> versions(PackageRef ref);

  /**
   * Opens a package of this machine; nothing is downloaded.
   *
   * @param path an {@code .apkg} file, which is unpacked into the cache, or an unpacked directory,
   *     which is used as it is
   * @return the package; close it when it is no longer needed
   * @throws ParException of kind {@code NOT_FOUND}, {@code BAD_PACKAGE}, {@code DISK} or {@code
   *     CANCELLED}
   */
  AgentPackage open(Path path);

  /**
   * Reads a package file as a boot would: every byte is checked, and nothing is written.
   *
   * @param path an {@code .apkg}
   * @return its content
   * @throws ParException of kind {@code NOT_FOUND} or {@code DISK} when it cannot be read, {@code
   *     BAD_PACKAGE} when it would be refused
   */
  PackageInspection inspect(Path path);

  /**
   * Lists the packages of the cache.
   *
   * @return least recently used first
   * @throws ParException of kind {@code DISK} when it cannot be read
   */
  List<CachedPackage> cachedPackages();

  /**
   * Reads every byte of the cache. Archives are hashed, trees compared with their archives by
   * names, sizes and CRC-32. Bad packages go to quarantine, except for a tree in use, which stays.
   *
   * @return a result for every package
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  List<VerificationResult> verifyCache();

  /**
   * Brings the cache within its limits; a fetch does so by itself whenever it added something.
   *
   * @return a result for every package
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  List<EvictionResult> evict();

  /**
   * Removes one package from the cache, unless somebody uses it. The last good version of a package
   * is removed, too.
   *
   * @param digest which package
   * @return what became of it; empty when the cache does not have it
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  Optional<EvictionResult> evict(Digest digest);

  /**
   * Cancels the running calls, waits up to a second for their ends, and closes the connections. The
   * packages that were handed out may be evicted afterwards. Idempotent; later calls end with
   * {@code CANCELLED}.
   */
  @Override
  void close();

  /**
   * Collects what a {@link Par} needs. Mutable, for one thread; the {@code Par} that it builds is
   * thread-safe.
   */
  final class Builder extends ParSettings<Builder> {
    private final List<Consumer<? super ParEvent>> listeners = new ArrayList<>();
    private Optional<Consumer<? super Duration>> sleeper = Optional.empty();

    private Builder() {}

    private Builder(ParConfig config) {
      super(config);
    }

    /**
     * Adds a listener. It is called on the working thread and should be quick. An exception that it
     * throws changes nothing; the first one of each listener is logged.
     *
     * @param listener receives every event of every call
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
     *     thread's interrupt flag set; must notice by itself that the {@code Par} is closed
     * @return this
     */
    public Builder sleeper(Consumer<? super Duration> wait) {
      sleeper = Optional.of(wait);
      return this;
    }

    /**
     * Builds; opens nothing yet.
     *
     * @return a {@code Par}, to be closed after use
     * @throws ParException of kind {@code CONFIG} when something is missing or breaks a rule
     */
    public Par build() {
      return new FetchEngine(config(), listeners, sleeper);
    }
  }
}
