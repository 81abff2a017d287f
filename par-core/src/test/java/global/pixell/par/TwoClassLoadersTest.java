package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import global.pixell.par.internal.archive.TestZip;
import java.io.File;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two applications in one JVM, as in a servlet container or after a reload in development: each has
 * the whole library in its own class loader, and both share a cache.
 */
@Timeout(120)
class TwoClassLoadersTest {

  @TempDir Path directory;
  private final List<AutoCloseable> opened = new ArrayList<>();

  /** An application with one {@link Par}; its methods use types of the JDK only. */
  public static final class Application implements BinaryOperator<String>, AutoCloseable {
    private final Par par;

    public Application(Path cache, URI endpoint) {
      par =
          Par.builder()
              .cacheDirectory(cache)
              .allowBucket("packages")
              .region("us-east-2")
              .endpoint(endpoint)
              .credentials(new ParConfig.Credentials("KEY", "not-a-secret"))
              .attempts(1, Duration.ofSeconds(60))
              // So that the download is a temporary file, which only its name protects.
              .cacheLocks(false)
              .build();
    }

    @Override
    public String apply(String action, String what) {
      return switch (action) {
        case "open" -> par.open(Path.of(what)).directory().toString();
        case "fetch" -> par.fetch(PackageRef.parse(what)).directory().toString();
        case "evict" -> par.evict(Digest.parse(what)).orElseThrow().outcome().name();
        default -> throw new IllegalArgumentException(action);
      };
    }

    @Override
    public void close() {
      par.close();
    }
  }

  private byte[] archive;
  private HttpServer s3;
  private final CountDownLatch halfSent = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @BeforeEach
  void serve() throws Exception {
    archive =
        TestZip.of()
            .file("agent.yaml", "name: greeter\nversion: 1.0.0\ncommand: [run]\n")
            .file("data", "x".repeat(300_000))
            .bytes();
    s3 = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s3.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("ETag", "\"e1\"");
          exchange.sendResponseHeaders(200, archive.length);
          exchange.getResponseBody().write(archive, 0, archive.length / 2);
          exchange.getResponseBody().flush();
          halfSent.countDown();
          try {
            assertThat(goOn.await(60, TimeUnit.SECONDS)).isTrue();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
          exchange
              .getResponseBody()
              .write(archive, archive.length / 2, archive.length - archive.length / 2);
          exchange.close();
        });
    s3.start();
  }

  @AfterEach
  void stop() throws Exception {
    goOn.countDown();
    s3.stop(0);
    for (AutoCloseable one : opened) {
      one.close();
    }
  }

  @Test
  void a_package_in_use_by_one_is_not_evicted_by_the_other() throws Exception {
    Path file = Files.write(directory.resolve("greeter.apkg"), archive);
    String digest = Digest.of(file).toString();
    var first = application();
    var second = application();
    Path tree = Path.of(first.apply("open", file.toString()));

    assertThat(second.apply("evict", digest)).isEqualTo("IN_USE");
    assertThat(tree.resolve("agent.yaml")).exists();

    ((AutoCloseable) first).close();
    assertThat(second.apply("evict", digest)).isEqualTo("EVICTED");
    assertThat(tree).doesNotExist();
  }

  @Test
  void the_unfinished_work_of_one_outlives_the_start_of_the_other() throws Exception {
    var first = application();
    var second = application();
    Path other =
        Files.write(
            directory.resolve("other.apkg"),
            TestZip.of().file("agent.yaml", "name: other\nversion: 1\ncommand: [run]\n").bytes());
    var fetch =
        CompletableFuture.supplyAsync(() -> first.apply("fetch", "s3://packages/greeter.apkg"));
    assertThat(halfSent.await(60, TimeUnit.SECONDS)).isTrue();

    awaitUnfinishedWork();

    // Opening the cache deletes the remains of killed processes.
    assertThat(second.apply("open", other.toString())).isNotEmpty();
    goOn.countDown();

    Path tree = Path.of(fetch.get(60, TimeUnit.SECONDS));
    assertThat(tree.resolve("data")).hasSize(300_000);
  }

  private void awaitUnfinishedWork() throws Exception {
    Path temporaryFiles = directory.resolve("cache/v1/tmp");
    var pause = new CountDownLatch(1);
    while (true) {
      try (Stream<Path> files = Files.list(temporaryFiles)) {
        if (files.findAny().isPresent()) {
          return;
        }
      }
      assertThat(pause.await(10, TimeUnit.MILLISECONDS)).isFalse();
    }
  }

  @SuppressWarnings("unchecked")
  private BinaryOperator<String> application() throws Exception {
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    var loader = new URLClassLoader(path.toArray(new URL[0]), ClassLoader.getPlatformClassLoader());
    Class<?> type = loader.loadClass(Application.class.getName());
    assertThat(type).isNotSameAs(Application.class);
    Object application =
        type.getConstructor(Path.class, URI.class)
            .newInstance(
                directory.resolve("cache"),
                URI.create("http://127.0.0.1:" + s3.getAddress().getPort()));
    opened.add((AutoCloseable) application);
    opened.add(loader);
    return (BinaryOperator<String>) application;
  }
}
