package global.pixell.par.testkit.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.ParConfig;
import global.pixell.par.internal.text.Json;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.testing.Programs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The launcher's distribution from {@code mvn package}, used as an operator uses it: {@code
 * bin/par}.
 */
@Timeout(120)
class DistributionTest {

  private static final Path BUILT = Path.of("../par-launcher/target/par");
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String REF = "s3://" + ParConfig.DEFAULT_BUCKET + "/" + KEY;

  private final FakeS3 s3 = FakeS3.start();
  private final Path work = temporaryDirectory();

  @BeforeAll
  static void built() {
    assumeTrue(Files.isExecutable(BUILT.resolve("bin/par")), "mvn package makes the distribution");
  }

  @AfterEach
  void close() throws IOException {
    s3.close();
    ReadOnlyTreeDeleter.delete(work);
  }

  static Stream<Map<String, String>> localesWithoutUtf8() {
    return Stream.of(Map.of("LC_ALL", "C"), Map.of("LANG", "POSIX"));
  }

  @ParameterizedTest
  @MethodSource("localesWithoutUtf8")
  void a_name_that_is_not_ascii_is_written_whatever_the_locale(Map<String, String> locale)
      throws Exception {
    publish(Apkg.named("greeter").file("src/grüße-世界.txt", "hi"));

    Run run = par(BUILT, locale, "fetch", REF, "--to", work.resolve("out").toString());

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    // A separate process counts the bytes, so the locale of this test does not matter.
    Run listed = run(Map.of(), "sh", "-c", "ls " + work.resolve("out/src") + " | wc -c");
    assertThat(listed.out().strip())
        .isEqualTo(String.valueOf("grüße-世界.txt\n".getBytes(StandardCharsets.UTF_8).length));
  }

  @Test
  void a_pinned_package_in_the_cache_is_fetched_without_network_or_aws_classes() throws Exception {
    byte[] apkg = publish(Apkg.named("greeter").command("sh", "run.sh").file("run.sh", ""));
    String pinned = REF + "#sha256=" + Apkg.sha256(apkg);
    assertThat(par(BUILT, Map.of(), "fetch", pinned).code()).isZero();
    int asked = s3.requests().size();
    Path classes = work.resolve("classes.log");

    Run run =
        par(BUILT, Map.of("PAR_JAVA_OPTS", "-Xlog:class+load:file=" + classes), "fetch", pinned);

    assertThat(run.code()).isZero();
    assertThat(s3.requests()).hasSize(asked);
    assertThat(loaded(classes)).contains("global.pixell.par.Par");
    assertThat(loaded(classes))
        .noneMatch(name -> name.startsWith("software.amazon."))
        .noneMatch(name -> name.startsWith("io.github.resilience4j."))
        .noneMatch(name -> name.startsWith("com.fasterxml.jackson.databind."))
        .noneMatch(name -> name.startsWith("javax.net.ssl.SSLContext"));
  }

  @Test
  void a_collector_of_the_operator_replaces_the_one_of_par() throws Exception {
    Path collector = work.resolve("gc.log");

    Run run =
        par(
            BUILT,
            Map.of("PAR_JAVA_OPTS", "-XX:+UseParallelGC -Xlog:gc:file=" + collector),
            "--version");

    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readString(collector)).contains("Using Parallel");
  }

  @Test
  void on_a_terminal_a_fetch_draws_a_bar_and_leaves_the_result_alone() throws Exception {
    assumeTrue(Programs.isInstalled("python3"), "python3");
    publish(Apkg.named("greeter"));
    // A pseudo-terminal with a common TERM.
    String pty = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)";
    Map<String, String> environment = environment();
    environment.put("TERM", "xterm");
    String bin = BUILT.resolve("bin/par").toString();

    Run drawn = run(environment, "python3", "-c", pty, bin, "fetch", REF);
    environment.put("TERM", "dumb");
    environment.put("PAR_CACHE_DIR", work.resolve("other").toString());
    Run dumb = run(environment, "python3", "-c", pty, bin, "fetch", REF);

    String erase = "\r\u001b[K";
    assertThat(drawn.code()).isZero();
    assertThat(drawn.out()).startsWith(erase + "[").contains("0 %");
    assertThat(drawn.out().substring(drawn.out().lastIndexOf(erase) + erase.length()).strip())
        .startsWith(work.toString());
    assertThat(dumb.out().strip()).startsWith(work.toString()).doesNotContain("\u001b");
  }

  @Test
  void json_of_a_fetch_tells_evidence_and_cost() throws Exception {
    byte[] apkg = publish(Apkg.named("greeter"));

    Run run = par(BUILT, Map.of(), "fetch", REF, "--json");

    assertThat(Json.read(run.out()))
        .containsEntry("sha256", Apkg.sha256(apkg))
        .containsEntry("attempts", 1L)
        .containsEntry("wire_bytes", (long) apkg.length)
        .containsEntry("cache_hit", false)
        .containsKey("verified_by");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void a_class_archive_that_does_not_fit_is_left_aside_without_a_word() throws Exception {
    // A copy, so that the jars' times and location differ from those that the archive recorded.
    Path moved = copyOfDistribution(StandardCopyOption.REPLACE_EXISTING);

    Run asCopied = par(moved, Map.of(), "--version");
    for (Path archive : archives(moved)) {
      Files.delete(archive);
      Files.writeString(archive, "no archive at all");
    }
    Run garbage = par(moved, Map.of(), "--version");

    assertThat(List.of(asCopied, garbage))
        .allSatisfy(
            run -> {
              assertThat(run.code()).isZero();
              assertThat(run.out()).matches("par \\S+ \\(Java \\S+\\)\n");
              assertThat(run.err()).isEmpty();
            });
  }

  @Test
  void train_writes_an_archive_that_is_used_where_the_distribution_is() throws Exception {
    Path moved = copyOfDistribution(StandardCopyOption.COPY_ATTRIBUTES);
    for (Path archive : archives(moved)) {
      Files.delete(archive);
    }
    Path classes = work.resolve("classes.log");

    Run trained = par(moved, Map.of(), "train");
    Run used = par(moved, Map.of("PAR_JAVA_OPTS", "-Xlog:class+load:file=" + classes), "--version");

    assertThat(trained.err()).isEmpty();
    assertThat(trained.out().lines()).isNotEmpty().allMatch(line -> Files.exists(Path.of(line)));
    assertThat(used.code()).isZero();
    assertThat(Files.readAllLines(classes))
        .anyMatch(
            line ->
                line.contains("global.pixell.par.launcher.Cli ")
                    && line.contains("shared objects file"));
  }

  @Test
  void without_a_java_it_says_so_with_80() throws Exception {
    Run run = run(Map.of("JAVA_HOME", "/nowhere"), BUILT.resolve("bin/par").toString(), "health");

    assertThat(run.code()).isEqualTo(80);
    assertThat(run.err()).contains("there is no Java: /nowhere/bin/java", "set JAVA_HOME");
  }

  private record Run(int code, String out, String err) {}

  private Run par(Path distribution, Map<String, String> more, String... args) throws Exception {
    Map<String, String> environment = environment();
    environment.putAll(more);
    var command = new ArrayList<String>();
    command.add(distribution.resolve("bin/par").toString());
    command.addAll(List.of(args));
    return run(environment, command.toArray(String[]::new));
  }

  private Map<String, String> environment() {
    var environment = new HashMap<>(s3.environment());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("PAR_CACHE_DIR", work.resolve("cache").toString());
    return environment;
  }

  /** Runs a command with only the given variables and a PATH. */
  private Run run(Map<String, String> environment, String... command) throws Exception {
    Path out = Files.createTempFile(work, "out", "");
    Path err = Files.createTempFile(work, "err", "");
    var builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().put("PATH", System.getenv("PATH"));
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return new Run(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private static List<String> loaded(Path log) throws IOException {
    try (Stream<String> lines = Files.lines(log)) {
      return lines.map(line -> line.replaceFirst("^(\\[[^]]*])+ ", "").split(" ", 2)[0]).toList();
    }
  }

  private static List<Path> archives(Path distribution) throws IOException {
    try (Stream<Path> files = Files.list(distribution.resolve("lib"))) {
      return files.filter(f -> f.toString().matches(".*\\.(jsa|aot)")).toList();
    }
  }

  private Path copyOfDistribution(StandardCopyOption option) throws IOException {
    Path copy = work.resolve("copied");
    try (Stream<Path> files = Files.walk(BUILT)) {
      for (Path file : files.toList()) {
        Path to = copy.resolve(BUILT.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(to);
        } else {
          Files.copy(file, to, option);
        }
      }
    }
    assertThat(copy.resolve("bin/par").toFile().setExecutable(true)).isTrue();
    return copy;
  }

  private byte[] publish(Apkg apkg) {
    byte[] bytes = apkg.build();
    s3.put(ParConfig.DEFAULT_BUCKET, KEY, bytes);
    return bytes;
  }

  private static Path temporaryDirectory() {
    try {
      return Files.createTempDirectory("par-distribution-");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
