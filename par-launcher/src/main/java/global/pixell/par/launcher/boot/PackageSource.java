package global.pixell.par.launcher.boot;

import global.pixell.par.AgentPackage;
import global.pixell.par.Digest;
import global.pixell.par.Par;
import global.pixell.par.ParException;
import global.pixell.par.launcher.config.LauncherConfig;

/** The package that the configuration names: a file or directory of this machine, or one in S3. */
final class PackageSource {

  private PackageSource() {}

  /**
   * Opens or fetches the package.
   *
   * @throws ParException of kind {@code CORRUPT} when it does not have the configured digest, and
   *     the kinds of {@link Par#fetch} and {@link Par#open}
   */
  static AgentPackage fetch(Par par, LauncherConfig config) {
    AgentPackage fetched =
        config.localPackage().isPresent()
            ? par.open(config.localPackage().get())
            : par.fetch(config.reference().orElseThrow());
    config.digest().ifPresent(expected -> requireDigest(fetched, expected));
    return fetched;
  }

  /**
   * A fetch has verified the digest already. A local package is verified here; a directory has no
   * digest.
   */
  private static void requireDigest(AgentPackage fetched, Digest expected) {
    if (fetched.digest().filter(expected::equals).isEmpty()) {
      throw new ParException(
          ParException.Kind.CORRUPT,
          fetched.origin()
              + " has "
              + fetched
                  .digest()
                  .map(Digest::toString)
                  .orElse("no digest, because it is a directory")
              + ", but "
              + expected
              + " was expected.",
          "Compare PACKAGE_SHA256 with sha256sum of the .apkg.");
    }
  }
}
