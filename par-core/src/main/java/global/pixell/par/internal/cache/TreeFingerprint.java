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
 * What a tree must hold to be whole: how many files, their bytes, and a digest of all names and
 * sizes. It is the tree's own proof of completeness, cheap enough for every hit: names and sizes
 * are read, contents are not.
 *
 * @param packageBytes the size of the archive the tree was made of
 * @param files how many files
 * @param bytes their sizes together
 * @param listing the SHA-256 of the sorted names with their sizes
 */
record TreeFingerprint(long packageBytes, long files, long bytes, Digest listing) {

  /** What the archive says its tree will be; nothing is read from a disk. */
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

  /** What stands in a tree. */
  static TreeFingerprint of(Path tree, long packageBytes) throws IOException {
    var listing = new Listing();
    var lines = new ArrayList<String>();
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // What is no file belongs to no tree: a size no file has.
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

  /** One file. The lines are in order when the names are, for no name holds a smaller character. */
  private static String line(String path, long size) {
    return path + '\0' + size + '\n';
  }

  /** Takes lines in their order, and keeps none: there may be 50,000 long ones. */
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

  /** What is wrong with a tree, as the end of a sentence about it; empty for a whole one. */
  Optional<String> damage(Path tree) throws IOException {
    return difference(of(tree, packageBytes));
  }

  /** The same of a tree that was listed. */
  Optional<String> difference(TreeFingerprint found) {
    boolean counts = found.files == files && found.bytes == bytes;
    if (counts && found.listing.equals(listing)) {
      return Optional.empty();
    }
    return Optional.of(
        counts
            ? "has other names or sizes than were unpacked"
            : "holds "
                + found.files
                + " files of "
                + found.bytes
                + " bytes, unpacked were "
                + files
                + " of "
                + bytes);
  }

  RecordFile toRecord() {
    return new RecordFile()
        .put("packageBytes", packageBytes)
        .put("files", files)
        .put("bytes", bytes)
        .put("listing", listing.hex());
  }

  /** The seal in a file; one that cannot be read counts as none. */
  static Optional<TreeFingerprint> read(Path file) {
    try {
      RecordFile note = RecordFile.read(file);
      return Optional.of(
          new TreeFingerprint(
              note.number("packageBytes").orElseThrow(),
              note.number("files").orElseThrow(),
              note.number("bytes").orElseThrow(),
              Digest.parse(note.text("listing").orElseThrow())));
    } catch (IOException | NoSuchElementException | ParException e) {
      return Optional.empty();
    }
  }
}
