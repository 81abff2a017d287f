package global.pixell.par.internal.cache;

import global.pixell.par.EvictionResult.Outcome;
import global.pixell.par.ParException;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * Keeps a cache within its limits, and makes room for what is about to be written.
 *
 * @param locks whether partial downloads are locked, which shows those that a process works on
 * @param freeBytes what this user may still write to the disk
 */
record CacheSpace(
    CacheLayout layout,
    Eviction eviction,
    PackageCache.PartialsSweep partials,
    boolean locks,
    CacheWarnings warnings,
    InstantSource clock,
    LongSupplier freeBytes) {

  /** A restarted boot resumes its partial download; after a day none will. */
  private static final Duration PARTIALS_KEPT = Duration.ofDays(1);

  /** Deletes the partial downloads that nobody will resume. */
  void sweepPartials() throws IOException {
    partials.sweep(resumableSince());
  }

  private Instant resumableSince() {
    return clock.instant().minus(PARTIALS_KEPT);
  }

  /** Evicts packages until the cache is within its limits; a failure is only a warning. */
  void enforceLimits() {
    try {
      for (Eviction.Result result : eviction.run(0)) {
        if (result.outcome() == Outcome.FAILED) {
          warnings.overLimits(result.entry().digest() + ": " + result.reason());
        }
      }
    } catch (IOException e) {
      warnings.overLimits(e.toString());
    }
  }

  /**
   * Makes sure that so many bytes are free, by eviction where necessary.
   *
   * @param what what needs them, as the beginning of a sentence
   * @throws ParException of kind {@code DISK} with the numbers, when they are not
   */
  void require(String what, long bytes) {
    if (freeBytes.getAsLong() >= bytes) {
      return;
    }
    try {
      // A download to resume is worth less than a whole package; locks spare those under way.
      partials.sweep(locks ? clock.instant() : resumableSince());
      List<Eviction.Result> results = eviction.run(bytes);
      long free = freeBytes.getAsLong();
      if (free < bytes) {
        long remaining =
            results.stream().filter(r -> !r.evicted()).mapToLong(r -> r.entry().bytes()).sum();
        throw DiskErrors.tooSmall(what, bytes, free, layout.root(), remaining);
      }
    } catch (IOException e) {
      throw DiskErrors.of("make room in the cache " + layout.root(), layout.root(), e);
    }
  }
}
