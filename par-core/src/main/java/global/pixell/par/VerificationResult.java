package global.pixell.par;

import java.util.Optional;

/**
 * The result of {@link Par#verifyCache} for one package.
 *
 * @param cached the package
 * @param damage what is wrong with it, such as {@code the archive has the bytes of sha256:…}; empty
 *     for an undamaged package
 * @param quarantined whether PAR moved it to quarantine; a damaged tree in use stays
 */
public record VerificationResult(
    CachedPackage cached, Optional<String> damage, boolean quarantined) {

  /**
   * Whether the package is undamaged.
   *
   * @return false when {@link #damage} says what is wrong
   */
  public boolean sound() {
    return damage.isEmpty();
  }
}
