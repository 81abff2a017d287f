package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The archives of a cache, by the digest of their bytes.
 *
 * @param verifyDigests whether every use hashes the archive; false to compare its size only
 * @param cancelled asked while an archive is hashed
 */
record BlobStore(
    CacheLayout layout,
    boolean verifyDigests,
    PackageUses uses,
    Quarantine quarantine,
    CacheWarnings warnings,
    InstantSource clock,
    BooleanSupplier cancelled) {

  /** A verified archive, in use from now on. A bad one goes to quarantine and counts as absent. */
  Optional<Path> find(Digest digest) {
    Path blob = layout.blob(digest);
    if (!Files.isRegularFile(blob)) {
      return Optional.empty();
    }
    uses.take(digest);
    try {
      if (verify(blob, digest)) {
        markUsed(blob);
        return Optional.of(blob);
      }
    } catch (NoSuchFileException e) {
      // Evicted before our lease was there.
    } catch (IOException e) {
      throw DiskErrors.of("read the cached package " + blob, e);
    }
    uses.giveBack(digest);
    return Optional.empty();
  }

  /** Verifies again when another process replaced the archive that we found bad. */
  private boolean verify(Path blob, Digest digest) throws IOException {
    while (true) {
      Optional<Object> fileKey = AtomicFiles.fileKey(blob);
      Optional<String> damage = damage(blob, digest);
      if (damage.isEmpty()) {
        return true;
      }
      // Without its fingerprint, the tree is used again only after all of its bytes were compared.
      Files.deleteIfExists(layout.fingerprint(digest));
      if (quarantine.moveIfSame(blob, digest, fileKey, layout.temporary())) {
        warnings.damaged("The cached package " + digest + " " + damage.get() + ".");
        return false;
      }
    }
  }

  private Optional<String> damage(Path blob, Digest digest) throws IOException {
    Optional<TreeFingerprint> expected = TreeFingerprint.read(layout.fingerprint(digest));
    long size = Files.size(blob);
    if (expected.isPresent() && expected.get().packageBytes() != size) {
      return Optional.of("has " + size + " bytes instead of " + expected.get().packageBytes());
    }
    if (expected.isPresent() && !verifyDigests) {
      return Optional.empty();
    }
    Digest found = Sha256.of(blob, cancelled);
    return found.equals(digest) ? Optional.empty() : Optional.of("has the bytes of " + found);
  }

  /** Blobs never change, so their modification time serves as last-used time. */
  private void markUsed(Path blob) {
    try {
      Files.setLastModifiedTime(blob, FileTime.from(clock.instant()));
    } catch (IOException e) {
      // We may not write to this cache; the time of its owner's last use remains.
    }
  }

  /** Takes in a verified file, which is in use from now on. */
  Path publish(Path verified, Digest digest) {
    Path blob = layout.blob(digest);
    uses.take(digest);
    try {
      AtomicFiles.setReadOnly(verified);
      AtomicFiles.publish(verified, blob);
      return blob;
    } catch (IOException e) {
      throw DiskErrors.of("put the package into the cache at " + blob, blob, e);
    }
  }
}
