package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Optional;

/** Takes packages into use and releases them, and records both in the call that does so. */
record PackageUses(
    CacheLayout layout, Leases leases, PackageCache.UseListener listener, CacheWarnings warnings) {

  void take(Digest digest) {
    try {
      Optional<IOException> notWritten = leases.take(digest);
      listener.taken(digest);
      notWritten
          .filter(e -> !isReadOnlyForUs())
          .ifPresent(e -> warnings.leaseNotWritten(digest, e));
    } catch (IOException e) {
      throw DiskErrors.of("record in the cache that " + digest + " is in use", layout.leases(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new ParException(
          Kind.CANCELLED, "The fetch of " + digest + " was interrupted.", "Fetch again.", e);
    }
  }

  /** Only the users who may write to a cache evict from it, so ours needs no lease. */
  private boolean isReadOnlyForUs() {
    return !Files.isWritable(layout.leases());
  }

  /** Gives back a package that turned out to be absent. */
  void giveBack(Digest digest) {
    leases.release(digest);
    listener.released(digest);
  }
}
