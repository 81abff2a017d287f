package global.pixell.par.testkit.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.testing.CacheFolder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How many connections a download opens at once, counted at the server. */
@Timeout(120)
class ConnectionsTest {

  private static final String KEY = "acme/large/1.0.0/large.apkg";
  private static final PackageRef REF =
      PackageRef.parse("s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY);

  @TempDir Path cache;
  private final FakeS3 s3 = FakeS3.start();

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void as_many_as_the_environment_says() throws Exception {
    Map<String, String> environment = new CacheFolder(cache).environment(s3);
    environment.put("PAR_DOWNLOAD_CONNECTIONS", "3");

    assertConnections(3, Par.builder(ParConfig.fromEnvironment(environment)).build());
  }

  @Test
  void as_many_as_the_builder_says() throws Exception {
    var config = ParConfig.fromEnvironment(new CacheFolder(cache).environment(s3));

    assertConnections(5, Par.builder(config).downloadConnections(5).build());
  }

  private void assertConnections(int connections, Par par) throws Exception {
    byte[] noise = new byte[20 << 20];
    new Random(1).nextBytes(noise);
    s3.put(
        ParConfig.DEFAULT_BUCKET,
        KEY,
        Apkg.named("large").version("1.0.0").command("true").file("noise", noise).build());
    // Each connection sends a few bytes, and then waits for the frozen clock.
    s3.clock().freeze();
    s3.onGet(KEY).always().inject(Fault.drip(1000, Duration.ofHours(1)));
    var fetch =
        new FutureTask<>(() -> catchThrowableOfType(ParException.class, () -> par.fetch(REF)));
    new Thread(fetch).start();

    while (rangeRequests() < connections) {
      Thread.onSpinWait();
    }
    par.close();
    assertThat(fetch.get().kind()).isEqualTo(ParException.Kind.CANCELLED);
    assertThat(rangeRequests()).isEqualTo(connections);
    assertThat(s3.requests()).hasSize(connections + 1);
  }

  /**
   * The number of range requests. The first answer, which has no range, was given up because it was
   * slow.
   */
  private long rangeRequests() {
    return s3.requests().stream().filter(request -> !request.range().isEmpty()).count();
  }
}
