package global.pixell.par.testkit.junit;

import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The server, the cache and the {@code Par} of a test or a class. JUnit closes it with its store:
 * versions before 5.13 close only a {@code CloseableResource}, later versions close any {@code
 * AutoCloseable}.
 */
@SuppressWarnings("deprecation")
final class S3Fixture implements ExtensionContext.Store.CloseableResource, AutoCloseable {

  private final FakeS3 s3 = FakeS3.start();
  private @Nullable Path cache;
  private @Nullable Par par;

  S3Fixture() {
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    s3.markBaseline();
  }

  FakeS3 s3() {
    return s3;
  }

  /** Created on demand, because a {@link Par} loads the AWS SDK. */
  synchronized Par par() {
    if (par == null) {
      cache = temporaryDirectory();
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
  public synchronized void close() throws IOException {
    try (s3) {
      if (par != null) {
        par.close();
      }
      // Ends the waits on a frozen clock, so that their threads see that the server is closed.
      s3.clock().advance(Duration.ofDays(1));
    } finally {
      if (cache != null) {
        ReadOnlyTreeDeleter.delete(cache);
      }
    }
  }
}
