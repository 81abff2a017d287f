package global.pixell.par.testkit.internal.stub;

import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Objects;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The directory of the mapping files, as a test finds it. */
public final class StubDirectory implements AutoCloseable {

  private final Path path;
  private final boolean copied;

  private StubDirectory(Path path, boolean copied) {
    this.path = path;
    this.copied = copied;
  }

  /**
   * Finds a directory: in the working directory, which is the module's for Maven and Gradle, else
   * on the class path, where {@code src/test/resources} is. A directory inside a jar is copied.
   *
   * @throws InvalidStubsException when the directory does not exist, or when its mapping files are
   *     in a wrong place
   */
  public static StubDirectory find(String name, ClassLoader classPath) {
    Path plain = Path.of(name);
    if (Files.isDirectory(plain)) {
      return new StubDirectory(checked(plain), false);
    }
    URL resource = classPath.getResource(name);
    if (resource != null && resource.getProtocol().equals("file")) {
      return new StubDirectory(checked(Path.of(URI.create(resource.toString()))), false);
    }
    if (resource != null && resource.getProtocol().equals("jar")) {
      var copy = new StubDirectory(copied(resource), true);
      try {
        checked(copy.path);
        return copy;
      } catch (InvalidStubsException e) {
        copy.close();
        throw e;
      }
    }
    throw new InvalidStubsException(
        "there is no directory '"
            + name
            + "' with stubs, neither in "
            + plain.toAbsolutePath().normalize().getParent()
            + " nor on the class path");
  }

  private static Path copied(URL resource) {
    try {
      var connection = (JarURLConnection) resource.openConnection();
      connection.setUseCaches(false);
      Path copy = Files.createTempDirectory("par-stubs-");
      try (JarFile jar = connection.getJarFile()) {
        String prefix = connection.getEntryName().replaceFirst("/?$", "/");
        for (JarEntry entry : Collections.list(jar.entries())) {
          if (entry.getName().startsWith(prefix) && !entry.isDirectory()) {
            copy(jar, entry, copy.resolve(entry.getName().substring(prefix.length())));
          }
        }
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException("the stubs " + resource + " cannot be read", e);
    }
  }

  private static void copy(JarFile jar, JarEntry entry, Path target) throws IOException {
    Files.createDirectories(Objects.requireNonNull(target.getParent()));
    try (InputStream content = jar.getInputStream(entry)) {
      Files.copy(content, target);
    }
  }

  /** Where it is. */
  public Path path() {
    return path;
  }

  /** Deletes it if it is the copy of a directory in a jar. */
  @Override
  public void close() {
    if (copied) {
      try {
        ReadOnlyTreeDeleter.delete(path);
      } catch (IOException e) {
        throw new UncheckedIOException("the directory " + path + " cannot be deleted", e);
      }
    }
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
