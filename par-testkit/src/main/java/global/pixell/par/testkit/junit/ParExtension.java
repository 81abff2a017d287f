package global.pixell.par.testkit.junit;

import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.FakeClock;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.launch.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolutionException;
import org.junit.jupiter.api.extension.ParameterResolver;

/** The JUnit extension behind {@link ParTest}. */
final class ParExtension implements ParameterResolver {

  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(ParExtension.class);
  private static final Set<Class<?>> TYPES = Set.of(FakeS3.class, FakeClock.class, Par.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return TYPES.contains(parameter.getParameter().getType());
  }

  /** With this scope, a constructor gets the same objects as its test method. */
  @Override
  public ExtensionContextScope getTestInstantiationExtensionContextScope(ExtensionContext root) {
    return ExtensionContextScope.TEST_METHOD;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    if (context.getTestMethod().isEmpty()) {
      throw new ParameterResolutionException(
          "A "
              + type.getSimpleName()
              + " belongs to one test method; take it as a parameter of the test, of @BeforeEach or"
              + " of the constructor of a class with an instance per method.");
    }
    var fixture =
        context
            .getStore(NAMESPACE)
            .getOrComputeIfAbsent(context.getUniqueId(), id -> new Fixture(), Fixture.class);
    if (type == Par.class) {
      return fixture.par();
    }
    return type == FakeClock.class ? fixture.s3.clock() : fixture.s3;
  }

  /**
   * The objects of one test method. JUnit closes it with the method's store: versions before 5.13
   * close only a {@code CloseableResource}, later versions close any {@code AutoCloseable}.
   */
  @SuppressWarnings("deprecation")
  private static final class Fixture
      implements ExtensionContext.Store.CloseableResource, AutoCloseable {
    private final FakeS3 s3 = FakeS3.start();
    private final Path cache = temporaryDirectory();
    private @Nullable Par par;

    Fixture() {
      s3.createBucket(ParConfig.DEFAULT_BUCKET);
    }

    /** Created on demand, because a {@link Par} loads the AWS SDK. */
    synchronized Par par() {
      if (par == null) {
        par =
            Par.builder(ParConfig.fromEnvironment(s3.environment()))
                .cacheDirectory(cache)
                .allowBucket(ParConfig.DEFAULT_BUCKET)
                .sleeper(s3.clock().sleeper())
                .build();
      }
      return par;
    }

    private static Path temporaryDirectory() {
      try {
        return Files.createTempDirectory("par-test-");
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    @SuppressWarnings("try") // Closes the server even if closing par fails.
    public void close() throws IOException {
      try (s3) {
        if (par != null) {
          par.close();
        }
        // Ends the waits on a frozen clock, so that their threads see that the server is closed.
        s3.clock().advance(Duration.ofDays(1));
      } finally {
        ReadOnlyTreeDeleter.delete(cache);
      }
    }
  }
}
