package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.ProcessId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;

/** A lease for a process that uses a package after the process that fetched it has ended. */
public final class PackageLease {

  private PackageLease() {}

  /**
   * Keeps a package in the cache until a process of this machine ends.
   *
   * @param user the process
   * @param digest of a package that the caller has in use until this returns
   * @param cache the directory of the cache; without write permission this method does nothing,
   *     because a user without it cannot evict packages either
   * @throws IOException when the lease cannot be written
   * @throws InterruptedException when the thread is interrupted while another process tries to
   *     evict the package
   */
  public static void takeFor(ProcessId user, Digest digest, Path cache)
      throws IOException, InterruptedException {
    var layout = new CacheLayout(cache);
    if (Files.isWritable(layout.leases())) {
      new Leases(layout, InstantSource.system()).takeFor(user, digest);
    }
  }
}
