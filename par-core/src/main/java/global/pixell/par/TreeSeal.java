package global.pixell.par;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
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
record TreeSeal(long packageBytes, long files, long bytes, Digest listing) {

  /** What the archive says its tree will be; nothing is read from a disk. */
  static TreeSeal of(ZipDirectory archive) {
    var listing = new Listing();
    for (ZipMember member : archive.members()) {
      if (!member.directory() && !member.skipped()) {
        listing.add(member.path(), member.size());
      }
    }
    return listing.seal(archive.archive().size());
  }

  /** What stands in a tree. */
  private static TreeSeal of(Path tree, long packageBytes) throws IOException {
    var listing = new Listing();
    Files.walkFileTree(
        tree,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            // What is no file belongs to no tree: a size no file has.
            listing.add(
                tree.relativize(file).toString().replace('\\', '/'),
                attributes.isRegularFile() ? attributes.size() : -1);
            return FileVisitResult.CONTINUE;
          }
        });
    return listing.seal(packageBytes);
  }

  private static final class Listing {
    private final List<String> lines = new ArrayList<>();
    private long bytes;

    void add(String path, long size) {
      lines.add(path + '\0' + size + '\n');
      bytes += size;
    }

    TreeSeal seal(long packageBytes) {
      lines.sort(null);
      MessageDigest sha256 = Sha256.start();
      lines.forEach(line -> sha256.update(line.getBytes(StandardCharsets.UTF_8)));
      return new TreeSeal(packageBytes, lines.size(), bytes, Digest.ofBytes(sha256.digest()));
    }
  }

  /** What is wrong with a tree, as the end of a sentence about it; empty for a whole one. */
  Optional<String> damage(Path tree) throws IOException {
    TreeSeal found = of(tree, packageBytes);
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

  CacheNote note() {
    return new CacheNote()
        .put("packageBytes", packageBytes)
        .put("files", files)
        .put("bytes", bytes)
        .put("listing", listing.hex());
  }

  /** The seal in a file; one that cannot be read counts as none. */
  static Optional<TreeSeal> read(Path file) {
    try {
      CacheNote note = CacheNote.read(file);
      return Optional.of(
          new TreeSeal(
              note.number("packageBytes").orElseThrow(),
              note.number("files").orElseThrow(),
              note.number("bytes").orElseThrow(),
              Digest.parse(note.text("listing").orElseThrow())));
    } catch (IOException | java.util.NoSuchElementException | ParException e) {
      return Optional.empty();
    }
  }
}
