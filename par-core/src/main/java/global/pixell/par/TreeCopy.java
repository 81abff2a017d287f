package global.pixell.par;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;

/** An own, writable copy of a cached tree, that appears by one rename. */
final class TreeCopy {
  private TreeCopy() {}

  static void copy(Path from, Path to) {
    Path target = to.toAbsolutePath().normalize();
    Path staging = target.resolveSibling(".par-copy-" + UUID.randomUUID());
    try {
      refuseOccupied(target);
      Files.createDirectories(AtomicFiles.parentOf(target));
      try {
        copyInto(from, staging);
        Files.move(staging, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        AtomicFiles.deleteTree(staging);
      }
    } catch (IOException e) {
      throw new ParException(
          ParException.Kind.DISK,
          "The package could not be copied to " + target + ": " + e + ".",
          "Check that the directory's parent is writable and has space.",
          e);
    }
  }

  private static void refuseOccupied(Path target) throws IOException {
    if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (Files.isDirectory(target, LinkOption.NOFOLLOW_LINKS)) {
      try (var entries = Files.newDirectoryStream(target)) {
        if (!entries.iterator().hasNext()) {
          return;
        }
      }
    }
    throw new ParException(
        ParException.Kind.CONFIG,
        "The target " + target + " exists and is not an empty directory.",
        "Name a directory that is absent or empty; PAR overwrites nothing.");
  }

  private static void copyInto(Path from, Path staging) throws IOException {
    Files.walkFileTree(
        from,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
              throws IOException {
            Files.createDirectory(staging.resolve(from.relativize(directory).toString()));
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Path copy = staging.resolve(from.relativize(file).toString());
            Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
            AtomicFiles.setOwnerWritable(copy);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
