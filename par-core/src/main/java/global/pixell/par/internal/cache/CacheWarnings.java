package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParEvent;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.util.function.Consumer;

/** The warnings of a cache, for problems that stop nothing. */
record CacheWarnings(CacheLayout layout, Consumer<ParEvent.Detail> events) {

  void damaged(String what) {
    warn(
        what,
        "PAR renews it now. If this happens again, check the disk, and that no agent writes into"
            + " the cache.");
  }

  void overLimits(String reason) {
    warn(
        "The cache " + layout.root() + " could not be kept within its limits: " + reason + ".",
        "Check who owns the files in it, then call evict().");
  }

  void leaseNotWritten(Digest digest, IOException e) {
    warn(
        DiskErrors.of("record in the cache that " + digest + " is in use", layout.leases(), e)
            .getMessage(),
        "Do not call evict() until the cache can be written again.");
  }

  private void warn(String message, String hint) {
    events.accept(new ParEvent.Warned(message, hint));
  }
}
