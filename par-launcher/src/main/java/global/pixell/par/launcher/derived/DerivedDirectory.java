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
 * @param files the number of its files
 * @param bytes their total size
 * @param lastUsed when a boot last used it
 * @param users the processes that use it now
 * @param source its source: a file of dependencies, or the package
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
