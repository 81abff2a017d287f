package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Optional;

/** Where bad packages go, for a look at them. */
record Quarantine(CacheLayout layout, InstantSource clock) {

  /**
   * Puts away what was found bad, and only that: another process may have found it bad too, and put
   * something good in its place meanwhile.
   *
   * @param found the key of what was looked at, see {@link AtomicFiles#fileKey}
   * @param via a new name on the way, where it can be seen what was taken
   * @return whether it is gone; else another is there now
   * @throws java.nio.file.NoSuchFileException where nothing is there any more
   */
  boolean moveIfSame(Path bad, Digest digest, Optional<Object> found, Path via) throws IOException {
    if (!AtomicFiles.fileKey(bad).equals(found)) {
      return false;
    }
    AtomicFiles.rename(bad, via);
    if (!AtomicFiles.fileKey(via).equals(found)) {
      AtomicFiles.publish(via, bad);
      AtomicFiles.setReadOnly(bad);
      return false;
    }
    keep(via, layout.quarantined(digest));
    return true;
  }

  private void keep(Path bad, Path aside) {
    try {
      Files.createDirectories(layout.quarantine());
      // A blob's time is that of its last use; here it is that of its fall, from which it is kept.
      Files.setLastModifiedTime(bad, FileTime.from(clock.instant()));
      Files.move(bad, aside, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // It is out of the way, which matters more than a look at it.
      AtomicFiles.discard(bad);
    }
  }
}
