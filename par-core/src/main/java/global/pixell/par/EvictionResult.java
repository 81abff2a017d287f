package global.pixell.par;

/**
 * The result of an eviction for one package.
 *
 * @param cached the package
 * @param outcome whether it was removed, or why it stays
 * @param reason the limit that it exceeded, or what keeps it; empty for {@link
 *     Outcome#WITHIN_LIMITS}
 */
public record EvictionResult(CachedPackage cached, Outcome outcome, String reason) {

  /** Whether a package was removed, or why it stays. */
  public enum Outcome {
    /** It was removed. */
    EVICTED,
    /** It stays, because the cache is within its limits. */
    WITHIN_LIMITS,
    /** It stays, because a process uses it. */
    IN_USE,
    /** It stays, because it is the last good version of a package. */
    LAST_GOOD_VERSION,
    /** It stays, because PAR could not remove it. */
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
