package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.internal.io.AtomicFiles;
import global.pixell.par.internal.io.DiskErrors;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * The unpacked trees of a cache, by the digest of their archives.
 *
 * @param verify whether every use lists the tree; false to trust that it was complete once
 * @param cancelled asked while a tree is compared with its archive
 */
record TreeStore(
    CacheLayout layout,
    boolean verify,
    Quarantine quarantine,
    CacheWarnings warnings,
    BooleanSupplier cancelled) {

  /** Whether a tree directory exists. Does not verify it; cheap, use as a hint only. */
  boolean exists(Digest digest) {
    return Files.isDirectory(layout.tree(digest));
  }

  /** The complete tree of an archive that is verified and in use. */
  Optional<Path> find(Digest digest) {
    Path tree = layout.tree(digest);
    if (!exists(digest)) {
      return Optional.empty();
    }
    try {
      Optional<String> damage = damage(tree, digest);
      if (damage.isEmpty()) {
        closeToWrites(tree);
        return Optional.of(tree);
      }
      warnings.damaged("The unpacked package " + tree + " " + damage.get() + ".");
      return Optional.empty();
    } catch (IOException e) {
      throw DiskErrors.of("read the unpacked package " + tree, e);
    }
  }

  private Optional<String> damage(Path tree, Digest digest) throws IOException {
    Optional<TreeFingerprint> expected = TreeFingerprint.read(layout.fingerprint(digest));
    if (expected.isPresent()) {
      return verify ? expected.get().damage(tree) : Optional.empty();
    }
    TreeVerifier check = TreeVerifier.of(tree, layout.blob(digest), cancelled);
    if (check.damage().isEmpty()) {
      writeFingerprint(digest, check.fingerprint());
    }
    return check.damage();
  }

  /** A tree whose publisher was killed before its last step can still be written to. */
  private static void closeToWrites(Path tree) {
    try {
      AtomicFiles.setReadOnly(tree);
    } catch (IOException e) {
      // It belongs to another user, or the disk is read-only.
    }
  }

  private void writeFingerprint(Digest digest, TreeFingerprint fingerprint) throws IOException {
    AtomicFiles.write(
        layout.fingerprint(digest), layout.temporary(), fingerprint.toRecord().bytes());
  }

  /** Takes in a complete, read-only tree whose archive is in the cache. */
  Path publish(StagedTree staged, Digest digest) {
    Path tree = layout.tree(digest);
    try {
      if (exists(digest) && !replaceDamaged(tree, digest)) {
        AtomicFiles.deleteTree(staged.staging());
      } else {
        // First, so that every published tree has its fingerprint.
        writeFingerprint(digest, staged.fingerprint());
        AtomicFiles.publish(staged.staging(), tree);
      }
      // Last, because a read-only directory cannot be moved to another parent.
      AtomicFiles.setReadOnly(tree);
      return tree;
    } catch (IOException e) {
      throw DiskErrors.of("put the unpacked package into the cache at " + tree, tree, e);
    }
  }

  /** Moves a damaged tree to quarantine. A sound one, made by another process meanwhile, stays. */
  private boolean replaceDamaged(Path tree, Digest digest) throws IOException {
    try {
      Optional<Object> fileKey = AtomicFiles.fileKey(tree);
      return TreeVerifier.of(tree, layout.blob(digest), cancelled).damage().isPresent()
          && quarantine.moveIfSame(tree, digest, fileKey, layout.temporary());
    } catch (NoSuchFileException e) {
      // Another process removed it.
      return true;
    }
  }
}
