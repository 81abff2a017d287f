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

/** Keeps bad packages for inspection. */
record Quarantine(CacheLayout layout, InstantSource clock) {

  /**
   * Moves a bad file or tree to quarantine, if it still is the same one: another process may have
   * replaced it by a good one meanwhile.
   *
   * @param fileKey of the file or tree that was found bad, see {@link AtomicFiles#fileKey}
   * @param staging a new path on the way, where the key is compared again
   * @return whether it was moved; false when another one is in its place
   * @throws java.nio.file.NoSuchFileException when the path is absent
   */
  boolean moveIfSame(Path bad, Digest digest, Optional<Object> fileKey, Path staging)
      throws IOException {
    if (!AtomicFiles.fileKey(bad).equals(fileKey)) {
      return false;
    }
    AtomicFiles.rename(bad, staging);
    if (!AtomicFiles.fileKey(staging).equals(fileKey)) {
      AtomicFiles.publish(staging, bad);
      AtomicFiles.setReadOnly(bad);
      return false;
    }
    keep(staging, layout.quarantined(digest));
    return true;
  }

  private void keep(Path bad, Path target) {
    try {
      Files.createDirectories(layout.quarantine());
      // The age in quarantine counts from now, not from the last use.
      Files.setLastModifiedTime(bad, FileTime.from(clock.instant()));
      Files.move(bad, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      // Keeping it is optional; having it out of the way is not.
      AtomicFiles.discard(bad);
    }
  }
}
