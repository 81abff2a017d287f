package global.pixell.par;

/**
 * What an eviction did with one package.
 *
 * @param cached the package
 * @param outcome what became of it
 * @param reason which limit it met, or what keeps it; empty for {@link Outcome#WITHIN_LIMITS}
 */
public record EvictionResult(CachedPackage cached, Outcome outcome, String reason) {

  /** What became of a package. */
  public enum Outcome {
    /** It was removed. */
    EVICTED,
    /** It stays: no limit is exceeded. */
    WITHIN_LIMITS,
    /** It stays: a process uses it. */
    IN_USE,
    /** It stays: it is the last good version of a package. */
    LAST_GOOD_VERSION,
    /** It stays: removing it failed. */
    FAILED
  }

  /**
   * Whether it was removed.
   *
   * @return true for {@link Outcome#EVICTED}
   */
  public boolean evicted() {
    return outcome == Outcome.EVICTED;
  }
}
