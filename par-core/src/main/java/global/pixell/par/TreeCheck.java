package global.pixell.par;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.zip.CRC32;

/** The full check of a tree against the archive it was made of: every byte is read. */
final class TreeCheck {

  /** The archive was judged when it came in; here it is only read. */
  private static final UnpackLimits NO_LIMITS = new UnpackLimits(Long.MAX_VALUE, Integer.MAX_VALUE);

  private TreeCheck() {}

  /** The seal that a tree of this archive must have. */
  static TreeSeal seal(Path blob) throws IOException {
    try (ArchiveBytes archive = ArchiveBytes.ofFile(blob)) {
      return TreeSeal.of(ZipDirectory.read(archive, NO_LIMITS));
    }
  }

  /**
   * What is wrong with a tree, as the end of a sentence about it; empty for a sound one. Names and
   * sizes are compared, then the CRC-32 of every file.
   */
  static Optional<String> damage(Path tree, Path blob) throws IOException {
    try (ArchiveBytes archive = ArchiveBytes.ofFile(blob)) {
      ZipDirectory directory = ZipDirectory.read(archive, NO_LIMITS);
      Optional<String> other = TreeSeal.of(directory).damage(tree);
      if (other.isPresent()) {
        return other;
      }
      byte[] buffer = new byte[1 << 16];
      for (ZipMember member : directory.members()) {
        if (!member.directory()
            && !member.skipped()
            && checksum(tree.resolve(member.path()), buffer) != member.crc()) {
          return Optional.of(
              "has other bytes in " + ZipFaults.quoted(member.path()) + " than were unpacked");
        }
      }
      return Optional.empty();
    }
  }

  private static long checksum(Path file, byte[] buffer) throws IOException {
    var crc = new CRC32();
    try (InputStream in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        crc.update(buffer, 0, n);
      }
    }
    return crc.getValue();
  }
}
