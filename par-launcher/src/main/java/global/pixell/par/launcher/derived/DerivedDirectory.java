package global.pixell.par.launcher.derived;

import global.pixell.par.CachedPackage;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * A directory of the {@link DerivedCache}.
 *
 * @param path where it is
 * @param kind {@code python}, {@code node} or {@code bytecode}
 * @param files how many it holds
 * @param bytes their sizes together
 * @param lastUsed when a boot last took it
 * @param users the processes that use it now
 * @param source what it was made of: a file of dependencies, or the package's tree
 */
public record DerivedDirectory(
    Path path,
    String kind,
    long files,
    long bytes,
    Instant lastUsed,
    List<CachedPackage.User> users,
    String source) {

  /** Copies the list. */
  public DerivedDirectory {
    users = List.copyOf(users);
  }
}
