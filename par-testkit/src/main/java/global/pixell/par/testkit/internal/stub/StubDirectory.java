package global.pixell.par.testkit.internal.stub;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds the directory of the mapping files. */
public final class StubDirectory {

  private StubDirectory() {}

  /**
   * Finds a directory: in the working directory, which is the module's for Maven and Gradle, else
   * on the class path, where {@code src/test/resources} is.
   *
   * @throws InvalidStubsException when there is none, or when it is not a root directory of
   *     WireMock
   */
  public static Path find(String name, ClassLoader classPath) {
    Path plain = Path.of(name);
    if (Files.isDirectory(plain)) {
      return checked(plain);
    }
    URL resource = classPath.getResource(name);
    if (resource == null || !resource.getProtocol().equals("file")) {
      throw new InvalidStubsException(
          "there is no directory '"
              + name
              + "' with stubs, neither in "
              + plain.toAbsolutePath().normalize().getParent()
              + " nor on the class path");
    }
    return checked(Path.of(URI.create(resource.toString())));
  }

  /**
   * Checks a directory.
   *
   * @throws InvalidStubsException when it is not a directory, or when its mapping files are in a
   *     wrong place
   */
  public static Path checked(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new InvalidStubsException(
          "stubs must be in a directory, and '" + directory + "' is not one");
    }
    if (!Files.isDirectory(directory.resolve("mappings")) && jsonIn(directory) != null) {
      throw new InvalidStubsException(
          "mapping files must be in "
              + directory.resolve("mappings")
              + ", and "
              + jsonIn(directory)
              + " is not");
    }
    return directory;
  }

  private static @Nullable Path jsonIn(Path directory) {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".json"))
          .sorted()
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      throw new UncheckedIOException("the directory " + directory + " cannot be read", e);
    }
  }
}
