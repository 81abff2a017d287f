package global.pixell.par.testkit.junit;

import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Lets the tests of a class that share a server run one after the other. Held until JUnit closes
 * the store of the test, see {@link S3Fixture}.
 */
@SuppressWarnings("deprecation")
final class Turn implements ExtensionContext.Store.CloseableResource, AutoCloseable {

  private final ReentrantLock lock;

  /** Waits for the lock of the class. */
  Turn(ReentrantLock lock) {
    this.lock = lock;
    lock.lock();
  }

  @Override
  public void close() {
    lock.unlock();
  }
}
