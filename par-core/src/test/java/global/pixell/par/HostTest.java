package global.pixell.par;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import global.pixell.par.internal.archive.TestZip;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A program that embeds PAR, compiled and run in its own process. It fetches over HTTP and reads
 * the manifest, so it uses the AWS SDK, resilience4j, Jackson and snakeyaml.
 */
@Timeout(180)
class HostTest {

  private static final String HOST =
      """
      package host;

      import global.pixell.par.AgentPackage;
      import global.pixell.par.PackageRef;
      import global.pixell.par.Par;
      import global.pixell.par.ParConfig;
      import global.pixell.par.ParException;
      import java.net.URI;
      import java.nio.file.Path;
      import java.time.Duration;
      import java.util.Optional;

      public final class Host {
        private Host() {}

        public static void main(String[] args) {
          try (Par par =
              Par.builder()
                  .cacheDirectory(Path.of(args[0]))
                  .allowBucket("packages")
                  .endpoint(URI.create(args[1]))
                  .region("us-east-2")
                  .credentials(new ParConfig.Credentials("KEY", "not-a-secret", Optional.empty()))
                  .attempts(1, Duration.ofSeconds(30))
                  .build()) {
            AgentPackage agent = par.fetch(PackageRef.parse("s3://packages/greeter.apkg"));
            System.out.println("fetched " + agent.manifest().name());
            try {
              par.fetch(PackageRef.parse("s3://packages/absent.apkg"));
            } catch (ParException e) {
              System.out.println("refused " + e.kind());
            }
          }
        }
      }
      """;

  private static final String MODULE = "module host { requires global.pixell.par; }";

  /** The build fills this directory; see the pom. */
  private static final Path LIBRARIES = Path.of("target/host/lib");

  private static final Path SPRING_BOOT = Path.of("target/host/spring-boot");

  @TempDir Path directory;
  private HttpServer s3;

  @BeforeEach
  void serve() throws IOException {
    byte[] archive =
        TestZip.of().file("agent.yaml", "name: greeter\nversion: 1.2.0\ncommand: [run]\n").bytes();
    s3 = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    s3.createContext(
        "/",
        exchange -> {
          boolean found = exchange.getRequestURI().getPath().equals("/packages/greeter.apkg");
          byte[] body =
              found
                  ? archive
                  : "<Error><Code>NoSuchKey</Code></Error>".getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("ETag", "\"e1\"");
          exchange.sendResponseHeaders(found ? 200 : 404, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    s3.start();
  }

  @AfterEach
  void stop() {
    s3.stop(0);
  }

  @Test
  void a_host_on_the_module_path_needs_to_require_par_alone() throws Exception {
    String path = join(Stream.concat(Stream.of(classes()), jars(LIBRARIES)));
    compile("--module-path", path, source("module-info", MODULE), source("host/Host", HOST));

    assertThat(run("--module-path", path + File.pathSeparator + output(), "-m", "host/host.Host"))
        .containsSubsequence("fetched greeter", "refused NOT_FOUND");
  }

  @Test
  void a_host_with_the_libraries_of_spring_boot_has_them_on_its_class_path() throws Exception {
    List<String> replaced =
        jars(SPRING_BOOT).map(jar -> artifact(jar)).collect(Collectors.toList());
    assertThat(replaced).containsExactlyInAnyOrder("jackson-core", "snakeyaml", "slf4j-api");
    String path =
        join(
            Stream.of(
                    Stream.of(classes()),
                    jars(SPRING_BOOT),
                    jars(LIBRARIES).filter(jar -> !replaced.contains(artifact(jar))))
                .flatMap(entries -> entries));
    compile("--class-path", path, source("host/Host", HOST));

    assertThat(run("--class-path", path + File.pathSeparator + output(), "host.Host"))
        .containsSubsequence("fetched greeter", "refused NOT_FOUND");
  }

  /** The location of par-core's own classes: a folder in a test, a jar in a distribution. */
  private static Path classes() throws Exception {
    return Path.of(Par.class.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  private static Stream<Path> jars(Path directory) throws IOException {
    assertThat(directory).as("run mvn generate-test-resources first").isDirectory();
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(".jar")).sorted().toList().stream();
    }
  }

  private static String artifact(Path jar) {
    return jar.getFileName().toString().replaceFirst("-\\d.*", "");
  }

  private static String join(Stream<Path> path) {
    return path.map(Path::toAbsolutePath)
        .map(Path::toString)
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Path source(String name, String text) throws IOException {
    Path file = directory.resolve("src").resolve(name + ".java");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private Path output() {
    return directory.resolve("classes");
  }

  private void compile(String pathOption, String path, Path... sources) throws IOException {
    var compiler = ToolProvider.getSystemJavaCompiler();
    var messages = new StringWriter();
    try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
      Iterable<? extends JavaFileObject> units = files.getJavaFileObjects(sources);
      boolean compiled =
          compiler
              .getTask(
                  messages,
                  files,
                  null,
                  List.of(
                      "--release", "17", "-proc:none", pathOption, path, "-d", output().toString()),
                  null,
                  units)
              .call();
      assertThat(compiled).as(messages.toString()).isTrue();
    }
  }

  private List<String> run(String... arguments) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx128m"));
    command.addAll(List.of(arguments));
    command.add(directory.resolve("cache").toString());
    command.add("http://127.0.0.1:" + s3.getAddress().getPort());
    Path out = directory.resolve("out");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(out.toFile()).start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    List<String> lines = Files.readAllLines(out);
    assertThat(process.exitValue()).as(String.join("\n", lines)).isZero();
    return lines;
  }
}
