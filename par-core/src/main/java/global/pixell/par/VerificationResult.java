package global.pixell.par;

import java.util.Optional;

/**
 * What {@link Par#verifyCache} found out about one package.
 *
 * @param cached the package
 * @param damage what is wrong with it, such as {@code the archive has the bytes of sha256:…}; empty
 *     for a sound one
 * @param quarantined whether it was removed from the cache; a damaged tree in use stays
 */
public record VerificationResult(
    CachedPackage cached, Optional<String> damage, boolean quarantined) {

  /**
   * Whether every byte is right.
   *
   * @return false when there is damage
   */
  public boolean sound() {
    return damage.isEmpty();
  }
}
