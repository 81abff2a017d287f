package global.pixell.par.testkit.junit;

import global.pixell.par.testkit.internal.stub.StubDirectory;
import global.pixell.par.testkit.internal.stub.StubServer;
import java.util.Optional;
import org.junit.jupiter.api.extension.ExtensionContext;

/** The stubs of a class. JUnit closes it with its store, see {@link S3Fixture}. */
@SuppressWarnings("deprecation")
final class StubFixture implements ExtensionContext.Store.CloseableResource, AutoCloseable {

  private final Optional<StubDirectory> directory;
  private final StubServer server;

  StubFixture(String name, ClassLoader classPath) {
    directory =
        name.equals(ParTest.IN_CODE)
            ? Optional.empty()
            : Optional.of(StubDirectory.find(name, classPath));
    server =
        StubServer.start(
            new StubServer.Settings(
                directory.map(StubDirectory::path), Optional.empty(), Optional.empty()));
  }

  StubServer server() {
    return server;
  }

  @Override
  public void close() {
    server.close();
    directory.ifPresent(StubDirectory::close);
  }
}
