package global.pixell.par;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The settings of the cache: its directory, limits, checks and locks. Immutable and thread-safe.
 */
public final class CacheConfig extends SettingsGroup<CacheConfig> {
  // A builder writes these fields. A ParConfig owns a copy that no code changes.
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
   * @return bytes, at least 1; 4096 MB by default
   */
  public long maxBytes() {
    return maxBytes;
  }

  /**
   * {@link ParSettings#cacheMaxAge}.
   *
   * @return at least a second; empty (the default) for no limit
   */
  public Optional<Duration> maxAge() {
    return maxAge;
  }

  /**
   * {@link ParSettings#cacheMinFreeBytes}.
   *
   * @return bytes; 0 for no limit; 256 MB by default
   */
  public long minFreeBytes() {
    return minFreeBytes;
  }

  /**
   * {@link ParSettings#cacheVerifyDigests}.
   *
   * @return whether PAR hashes a package at every use; true by default
   */
  public boolean verifyDigests() {
    return verifyDigests;
  }

  /**
   * {@link ParSettings#cacheLocks}.
   *
   * @return whether PAR locks files; true by default
   */
  public boolean locks() {
    return locks;
  }

  /**
   * {@link ParSettings#cacheLockTimeout}.
   *
   * @return 0 for no wait; 10 minutes by default
   */
  public Duration lockTimeout() {
    return lockTimeout;
  }

  /**
   * {@link ParSettings#cacheServeStale}.
   *
   * @return whether PAR uses the cache when S3 is unavailable; false by default
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
