package global.pixell.par.internal.cache;

import global.pixell.par.Digest;
import global.pixell.par.ParException;
import global.pixell.par.internal.archive.ZipDirectory;
import global.pixell.par.internal.archive.ZipMember;
import global.pixell.par.internal.io.RecordFile;
import global.pixell.par.internal.io.Sha256;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * The number of files of a complete tree, their bytes, and a digest of all names and sizes.
 * Comparing it reads names and sizes but no contents, which is cheap enough for every cache hit.
 *
 * @param packageBytes the size of the archive that was unpacked
 * @param files the number of files
 * @param bytes the sum of their sizes
 * @param listing the SHA-256 of the sorted names with their sizes
 */
record TreeFingerprint(long packageBytes, long files, long bytes, Digest listing) {

  /** What the tree of an archive will be, by its directory. */
  static TreeFingerprint of(ZipDirectory archive) {
    ZipMember[] files =
        archive.members().stream()
            .filter(member -> !member.directory() && !member.skipped())
            .sorted(Comparator.comparing(ZipMember::path))
            .toArray(ZipMember[]::new);
    var listing = new Listing();
    for (ZipMember file : files) {
      listing.add(line(file.path(), file.size()), file.size());
    }
    return listing.finish(archive.archive().size());
  }

  /** What a tree on disk is. */
  static TreeFingerprint of(Path tree, long packageBytes) throws IOException {
    var listing = new Listing();
    var lines = new ArrayList<String>();
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // Anything but a file is foreign to a tree: give it a size that no file has.
            long size = attributes.isRegularFile() ? attributes.size() : -1;
            lines.add(line(tree.relativize(file).toString().replace('\\', '/'), size));
            listing.bytes += size;
            return FileVisitResult.CONTINUE;
          }
        });
    lines.sort(null);
    for (String line : lines) {
      listing.add(line, 0);
    }
    return listing.finish(packageBytes);
  }

  /** One file. Sorted names give sorted lines, because no name contains a character below NUL. */
  private static String line(String path, long size) {
    return path + '\0' + size + '\n';
  }

  /** Hashes sorted lines without keeping them: there may be 50,000 long ones. */
  private static final class Listing {
    private final MessageDigest sha256 = Sha256.start();
    private long files;
    private long bytes;

    void add(String line, long size) {
      sha256.update(line.getBytes(StandardCharsets.UTF_8));
      files++;
      bytes += size;
    }

    TreeFingerprint finish(long packageBytes) {
      return new TreeFingerprint(packageBytes, files, bytes, Digest.ofSha256(sha256.digest()));
    }
  }

  /** What is wrong with a tree, as the end of a sentence about it; empty for a complete one. */
  Optional<String> damage(Path tree) throws IOException {
    return difference(of(tree, packageBytes));
  }

  /** The same for a tree that is listed already. */
  Optional<String> difference(TreeFingerprint found) {
    boolean counts = found.files == files && found.bytes == bytes;
    if (counts && found.listing.equals(listing)) {
      return Optional.empty();
    }
    return Optional.of(
        counts
            ? "has other names or sizes than were unpacked"
            : "has "
                + found.files
                + " files of "
                + found.bytes
                + " bytes, but "
                + files
                + " of "
                + bytes
                + " bytes were unpacked");
  }

  RecordFile toRecord() {
    return new RecordFile()
        .put("packageBytes", packageBytes)
        .put("files", files)
        .put("bytes", bytes)
        .put("listing", listing.hex());
  }

  /** The fingerprint in a file; an unreadable one counts as absent. */
  static Optional<TreeFingerprint> read(Path file) {
    try {
      RecordFile record = RecordFile.read(file);
      return Optional.of(
          new TreeFingerprint(
              record.number("packageBytes").orElseThrow(),
              record.number("files").orElseThrow(),
              record.number("bytes").orElseThrow(),
              Digest.parse(record.text("listing").orElseThrow())));
    } catch (IOException | NoSuchElementException | ParException e) {
      return Optional.empty();
    }
  }
}
