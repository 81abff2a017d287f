package global.pixell.par.testkit;

import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/** What stands behind {@link ParTest}. */
final class ParExtension implements ParameterResolver {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ParExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == FakeS3.class || type == Par.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    var fixture =
        context
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(context.getUniqueId(), id -> new Fixture(), Fixture.class);
    return parameter.getParameter().getType() == Par.class ? fixture.par : fixture.s3;
  }

  /** Closed by JUnit with the method's store. */
  private static final class Fixture implements AutoCloseable {
    private final FakeS3 s3 = FakeS3.start();
    private final Path cache = temporaryDirectory();
    private final Par par;

    Fixture() {
      s3.createBucket(ParConfig.DEFAULT_BUCKET);
      par =
          Par.builder()
              .cacheDirectory(cache)
              .allowBucket(ParConfig.DEFAULT_BUCKET)
              .endpoint(s3.endpoint())
              .region(ParConfig.DEFAULT_REGION)
              .credentials(
                  new ParConfig.Credentials(FakeS3.ACCESS_KEY, FakeS3.SECRET_KEY, Optional.empty()))
              .build();
    }

    private static Path temporaryDirectory() {
      try {
        return Files.createTempDirectory("par-test-");
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }

    @Override
    public void close() throws IOException {
      par.close();
      s3.close();
      TemporaryTree.delete(cache);
    }
  }

  /** Deletes what the cache made read-only. */
  static final class TemporaryTree {
    private TemporaryTree() {}

    static void delete(Path root) throws IOException {
      try (Stream<Path> all = Files.walk(root)) {
        for (Path directory : (Iterable<Path>) all.filter(Files::isDirectory)::iterator) {
          Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        }
      }
      try (Stream<Path> all = Files.walk(root)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(path);
        }
      }
    }
  }
}
