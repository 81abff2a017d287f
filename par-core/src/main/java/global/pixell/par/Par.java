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
 * Resolves, downloads, verifies, caches and unpacks agent packages.
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
 * Thread-safe. Each call does its work on the calling thread. {@link #close()} from any thread, or
 * an interrupt of the working thread, ends a call within 100 ms with {@link
 * ParException.Kind#CANCELLED}, even while a server is silent. After an interrupt the thread's
 * interrupt flag is set.
 *
 * <h2>What it does not touch</h2>
 *
 * It never ends the JVM, prints nothing, and reads neither environment nor system properties. The
 * one exception is credentials: if none are given, the AWS SDK looks for them in Java's system
 * properties, the environment, the AWS profile and the container's endpoint, but neither in STS nor
 * in the instance's metadata. S3 is the only AWS service that it calls.
 *
 * <h2>Logging</h2>
 *
 * PAR also logs every {@link ParEvent} through SLF4J, with the logger {@code global.pixell.par} and
 * the values as key-value pairs.
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
   * Starts with all settings of a configuration.
   *
   * @param config for instance from {@link ParConfig#fromEnvironment(Map)}
   * @return a builder
   */
  static Builder builder(ParConfig config) {
    return new Builder(config);
  }

  /**
   * Fetches a package: from the cache if the reference names a digest that the cache has, or if PAR
   * is offline; else from S3.
   *
   * @param ref which package
   * @return the package, verified and unpacked; close it when it is no longer needed
   * @throws ParException of kind {@code CONFIG} for a bucket or host that is not allowed, and for a
   *     reference without a required digest; {@code NOT_FOUND} also when PAR is offline and the
   *     cache does not have the package; {@code DISK} also when another process holds the lock of
   *     the package for longer than {@link ParSettings#cacheLockTimeout}; {@code ACCESS_DENIED},
   *     {@code UNAVAILABLE}, {@code CORRUPT}, {@code BAD_PACKAGE} or {@code CANCELLED}
   */
  default AgentPackage fetch(PackageRef ref) {
    return fetch(ref, FetchOptions.DEFAULT);
  }

  /**
   * Like {@link #fetch(PackageRef)}, with options for this call only.
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
   * @param executor runs the work, which occupies one thread until the call ends
   * @return a future that completes with the result or the exception of {@link #fetch(PackageRef,
   *     FetchOptions)}. {@code cancel(true)} ends the work within 100 ms; {@code cancel(false)}
   *     lets the work continue and closes the fetched package
   * @throws java.util.concurrent.RejectedExecutionException when the executor refuses the work
   */
  CompletableFuture<AgentPackage> fetchAsync(
      PackageRef ref, FetchOptions options, Executor executor);

  /**
   * Lists the versions of a name in the first allowed bucket, or offline in the cache.
   *
   * @param ref coordinates, such as {@code acme/greeter@latest}; their version does not count
   * @return all semantic versions, the newest first, spelled like their folders; empty when the
   *     name has no version
   * @throws ParException of kind {@code CONFIG} for a reference that is an address, {@code
   *     NOT_FOUND} for a missing bucket, {@code ACCESS_DENIED}, {@code UNAVAILABLE} or {@code
   *     CANCELLED}
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
   * Checks a package file as a boot would. It reads every byte and writes nothing.
   *
   * @param path an {@code .apkg}
   * @return its content
   * @throws ParException of kind {@code NOT_FOUND} or {@code DISK} when it cannot be read, {@code
   *     BAD_PACKAGE} when a boot would refuse it, {@code CANCELLED}
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
   * Reads every byte of the cache. It hashes archives, and compares trees with their archives by
   * names, sizes and CRC-32. It moves bad packages to quarantine, except for a tree in use, which
   * stays.
   *
   * @return a result for every package
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  List<VerificationResult> verifyCache();

  /**
   * Evicts packages until the cache is within its limits. A fetch that adds a package does this by
   * itself.
   *
   * @return a result for every package
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  List<EvictionResult> evict();

  /**
   * Removes one package from the cache, unless a process uses it. Also removes the last good
   * version of a package.
   *
   * @param digest which package
   * @return the result; empty when the cache does not have the package
   * @throws ParException of kind {@code DISK} when the cache cannot be read or written
   */
  Optional<EvictionResult> evict(Digest digest);

  /**
   * Cancels the running calls, closes the connections, and waits up to a second until the calls
   * have ended. Afterwards the cache may evict the packages that they returned. Idempotent; later
   * calls fail with {@code CANCELLED}.
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
     * Adds a listener. PAR calls it on the working thread, so it should return quickly. An
     * exception of a listener does not affect the call; PAR logs the first one of each listener.
     *
     * @param listener receives every event of every call
     * @return this
     */
    public Builder onEvent(Consumer<? super ParEvent> listener) {
      listeners.add(listener);
      return this;
    }

    /**
     * Replaces the wait between two attempts, for tests, which should not sleep. By default the
     * calling thread sleeps, and {@link Par#close()} wakes it. If the wait returns early, PAR still
     * counts its full duration against the time for all attempts.
     *
     * @param wait PAR calls it on the working thread. It returns when the wait is over, or with the
     *     thread's interrupt flag set; it must notice by itself that the {@code Par} is closed
     * @return this
     */
    public Builder sleeper(Consumer<? super Duration> wait) {
      sleeper = Optional.of(wait);
      return this;
    }

    /**
     * Checks the settings and builds; opens no file and no connection yet.
     *
     * @return a {@code Par}; close it after use
     * @throws ParException of kind {@code CONFIG} when something is missing or breaks a rule
     */
    public Par build() {
      return new FetchEngine(config(), listeners, sleeper);
    }
  }
}
