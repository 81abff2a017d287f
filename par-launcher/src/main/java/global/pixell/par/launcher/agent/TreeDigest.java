package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.derived.DerivedCache;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Digests of local directories, and copies of trees. */
public final class TreeDigest {

  private TreeDigest() {}

  /**
   * A digest of the names, sizes and modification times of the files below a directory. It is part
   * of the keys of derived directories.
   *
   * @param tree the directory
   * @return hexadecimal digits
   */
  public static String of(Path tree) {
    var parts = new ArrayList<String>();
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : (Iterable<Path>) files.sorted()::iterator) {
        if (Files.isRegularFile(file)) {
          parts.add(tree.relativize(file).toString());
          parts.add(Files.size(file) + " " + Files.getLastModifiedTime(file));
        }
      }
    } catch (IOException | UncheckedIOException e) {
      throw LaunchException.agentFailed(
          "The package " + tree + " cannot be read: " + e + ".", "Check its permissions.", e);
    }
    return DerivedCache.key(parts).hex();
  }

  /**
   * Copies a tree. Uses hard links for read-only files if the file system has them, because no code
   * writes to these files.
   *
   * @param tree the source
   * @param target an empty directory
   * @throws IOException when the disk fails
   */
  public static void copy(Path tree, Path target) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(tree)) {
      all = files.toList();
    }
    for (Path file : all) {
      Path copy = target.resolve(tree.relativize(file).toString());
      if (Files.isDirectory(file)) {
        Files.createDirectories(copy);
      } else if (Files.isRegularFile(file)) {
        copyFile(file, copy);
      }
    }
  }

  private static void copyFile(Path file, Path copy) throws IOException {
    // A link shares its mode with the original, so link only a file that nobody may write to.
    if (!Files.getPosixFilePermissions(file).toString().contains("WRITE")) {
      try {
        Files.createLink(copy, file);
        return;
      } catch (IOException | UnsupportedOperationException e) {
        // Another file system, or one without links.
      }
    }
    Files.copy(file, copy, StandardCopyOption.COPY_ATTRIBUTES);
  }
}
