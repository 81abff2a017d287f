package global.pixell.par.testkit.junit;

import global.pixell.par.testkit.internal.stub.StubDirectory;
import global.pixell.par.testkit.internal.stub.StubServer;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The stubs of a class. JUnit closes it with its store, see {@link S3Fixture}. */
@SuppressWarnings("deprecation")
final class StubFixture implements ExtensionContext.Store.CloseableResource, AutoCloseable {

  private final StubServer server;

  StubFixture(String directory, ClassLoader classPath) {
    Optional<Path> found =
        directory.equals(ParTest.IN_CODE)
            ? Optional.empty()
            : Optional.of(StubDirectory.find(directory, classPath));
    server = StubServer.start(new StubServer.Settings(found, Optional.empty(), Optional.empty()));
  }

  StubServer server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
  }
}
