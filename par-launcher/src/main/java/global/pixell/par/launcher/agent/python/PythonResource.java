package global.pixell.par.launcher.agent.python;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;

/** The Python files that PAR ships. */
final class PythonResource {

  private PythonResource() {}

  static String text(String name) {
    return new String(bytes(name), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String name) {
    try (InputStream in = PythonResource.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is not in par-launcher's jar");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Writes a resource to a file. Replaces a file with other bytes, such as that of another version.
   */
  static Path file(String name, Path directory) throws IOException {
    byte[] bytes = bytes(name);
    Path file = directory.resolve(name);
    if (Files.isRegularFile(file) && Arrays.equals(Files.readAllBytes(file), bytes)) {
      return file;
    }
    Files.createDirectories(directory);
    Path temporary = Files.createTempFile(directory, "." + name, ".tmp");
    try {
      Files.write(temporary, bytes);
      Files.setPosixFilePermissions(temporary, PosixFilePermissions.fromString("r--r--r--"));
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      return file;
    } finally {
      Files.deleteIfExists(temporary);
    }
  }
}
