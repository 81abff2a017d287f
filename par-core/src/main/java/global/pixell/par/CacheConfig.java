package global.pixell.par;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Where packages are kept, and how the cache is checked, locked and kept small. Immutable. */
public final class CacheConfig extends SettingsGroup<CacheConfig> {
  // Written while they are collected; a ParConfig owns a copy that nobody writes to.
  @Nullable Path directory;
  long maxBytes = 4096 * ParConfig.MB;
  Optional<Duration> maxAge = Optional.empty();
  long minFreeBytes = 256 * ParConfig.MB;
  boolean verifyDigests = true;
  boolean locks = true;
  Duration lockTimeout = Duration.ofMinutes(10);
  boolean serveStale;

  CacheConfig() {}

  /**
   * {@link ParSettings#cacheDirectory}.
   *
   * @return an absolute path
   */
  public Path directory() {
    return Objects.requireNonNull(directory);
  }

  /**
   * {@link ParSettings#cacheMaxBytes}.
   *
   * @return at least 1
   */
  public long maxBytes() {
    return maxBytes;
  }

  /**
   * {@link ParSettings#cacheMaxAge}.
   *
   * @return empty for no limit
   */
  public Optional<Duration> maxAge() {
    return maxAge;
  }

  /**
   * {@link ParSettings#cacheMinFreeBytes}.
   *
   * @return 0 for no limit
   */
  public long minFreeBytes() {
    return minFreeBytes;
  }

  /**
   * {@link ParSettings#cacheVerifyDigests}.
   *
   * @return whether every use hashes the package
   */
  public boolean verifyDigests() {
    return verifyDigests;
  }

  /**
   * {@link ParSettings#cacheLocks}.
   *
   * @return whether files are locked
   */
  public boolean locks() {
    return locks;
  }

  /**
   * {@link ParSettings#cacheLockTimeout}.
   *
   * @return 0 for no wait
   */
  public Duration lockTimeout() {
    return lockTimeout;
  }

  /**
   * {@link ParSettings#cacheServeStale}.
   *
   * @return whether an unavailable S3 is answered from the cache
   */
  public boolean serveStale() {
    return serveStale;
  }

  @Override
  void check() {
    if (directory == null) {
      throw invalid("no cache directory is given.", "Call cacheDirectory(…).");
    }
    requireAtLeast(1, maxBytes, "cacheMaxBytes");
    maxAge.ifPresent(age -> requireAtLeast(1, age.toSeconds(), "cacheMaxAge in seconds"));
    requireAtLeast(0, minFreeBytes, "cacheMinFreeBytes");
    requireAtLeast(0, lockTimeout.toMillis(), "cacheLockTimeout in ms");
  }
}
