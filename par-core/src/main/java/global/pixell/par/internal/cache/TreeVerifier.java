package global.pixell.par.internal.cache;

import global.pixell.par.internal.archive.ArchiveErrors;
import global.pixell.par.internal.archive.UnpackLimits;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.archive.ZipMember;
import global.pixell.par.internal.io.ArchiveBytes;
import global.pixell.par.internal.io.Cancellation;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.zip.CRC32;

/**
 * Compares a tree with its archive; reads every byte.
 *
 * @param damage what is wrong with the tree, as the end of a sentence about it; empty for a sound
 *     one
 * @param fingerprint what a tree of this archive must be
 */
record TreeVerifier(Optional<String> damage, TreeFingerprint fingerprint) {

  /** The limits were enforced when the archive was published. */
  private static final UnpackLimits NO_LIMITS = new UnpackLimits(Long.MAX_VALUE, Integer.MAX_VALUE);

  /** Compares names and sizes, then the CRC-32 of every file. */
  static TreeVerifier of(Path tree, Path blob, BooleanSupplier cancelled) throws IOException {
    // Before the archive's directory is read, because each may take half of a small heap.
    TreeFingerprint found = TreeFingerprint.of(tree, Files.size(blob));
    try (ArchiveBytes archive = ArchiveBytes.ofFile(blob)) {
      ZipDirectory directory = ZipDirectory.read(archive, NO_LIMITS);
      TreeFingerprint expected = TreeFingerprint.of(directory);
      Optional<String> other = expected.difference(found);
      return new TreeVerifier(
          other.isPresent() ? other : changed(tree, directory, cancelled), expected);
    }
  }

  private static Optional<String> changed(
      Path tree, ZipDirectory directory, BooleanSupplier cancelled) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (ZipMember member : directory.members()) {
      if (!member.directory()
          && !member.skipped()
          && checksum(tree.resolve(member.path()), buffer, cancelled) != member.crc()) {
        return Optional.of(
            "has other bytes in " + ArchiveErrors.quoted(member.path()) + " than were unpacked");
      }
    }
    return Optional.empty();
  }

  private static long checksum(Path file, byte[] buffer, BooleanSupplier cancelled)
      throws IOException {
    var crc = new CRC32();
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        Cancellation.check(cancelled);
        crc.update(buffer, 0, n);
      }
    }
    return crc.getValue();
  }
}
