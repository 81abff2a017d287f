package global.pixell.par.testkit.internal.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Deletes a cache directory, which contains read-only trees. */
public final class ReadOnlyTreeDeleter {
  private ReadOnlyTreeDeleter() {}

  /** Deletes a directory with all that is in it. */
  public static void delete(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path directory : (Iterable<Path>) all.filter(Files::isDirectory)::iterator) {
        FileModes.set(directory, "rwx------");
      }
    }
    try (Stream<Path> all = Files.walk(root)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    }
  }
}
