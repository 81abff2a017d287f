package global.pixell.par.testkit.distribution;

import static global.pixell.par.testkit.Fault.slowDown;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.AgentPackage;
import global.pixell.par.PackageRef;
import global.pixell.par.Par;
import global.pixell.par.ParConfig;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.junit.ParTest;
import global.pixell.par.testkit.testing.JavaSnippet;
import global.pixell.par.testkit.testing.Programs;
import global.pixell.par.testkit.testing.TestkitCommand;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The READMEs are correct: their Java compiles, their commands run, and their tables match the
 * code.
 */
@Timeout(120)
class ReadmeTest {

  private static final Path ROOT = Path.of("..");
  private static final Path PAR = ROOT.resolve("par-launcher/target/par");
  private static final Path THIS =
      Path.of("src/test/java/global/pixell/par/testkit/distribution/ReadmeTest.java");

  /** A block with its language, an optional file name after it, and the line before the block. */
  private static final Pattern BLOCK =
      Pattern.compile("(?m)^(.*)\\n\\n?^```(\\w*) ?(\\S*)\\n((?s).*?)^```$");

  private static final Pattern LINK = Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)");

  /** The imports that every Java block may use. */
  private static final String HEAD =
      """
      import static global.pixell.par.testkit.Fault.*;
      import static org.assertj.core.api.Assertions.*;
      import global.pixell.par.*;
      import global.pixell.par.testkit.*;
      import global.pixell.par.testkit.junit.*;
      import java.net.URI;
      import java.nio.file.*;
      import java.time.*;
      import java.util.*;
      import java.util.concurrent.*;
      import org.junit.jupiter.api.*;
      @interface Bean { String destroyMethod(); }
      abstract class Snippet {
        ParConfig config; Path cache; String expectedHex; PackageRef ref; Par par; Executor executor;
        FakeS3 s3; String key; String json; Policy policy; byte[] apkg;
      """;

  private record Block(Path file, String before, String language, String name, String text) {
    @Override
    public String toString() {
      return file + ": " + text.lines().findFirst().orElse("");
    }
  }

  private static List<Path> readmes() {
    return Stream.of(
            "README.md",
            "par-core/README.md",
            "par-launcher/README.md",
            "par-testkit/README.md",
            "iam/README.md")
        .map(ROOT::resolve)
        .filter(Files::exists)
        .toList();
  }

  private static List<Block> blocks() {
    var found = new ArrayList<Block>();
    for (Path file : readmes()) {
      Matcher block = BLOCK.matcher(read(file));
      while (block.find()) {
        found.add(new Block(file, block.group(1), block.group(2), block.group(3), block.group(4)));
      }
    }
    return found;
  }

  static Stream<Block> java() {
    return blocks().stream().filter(block -> block.language().equals("java"));
  }

  /**
   * The shell blocks, except those of the operator's README, which another test runs with an
   * account.
   */
  static Stream<Block> shell() {
    return blocks().stream()
        .filter(block -> !block.file().startsWith(ROOT.resolve("iam")))
        .filter(block -> block.language().equals("sh"))
        .filter(block -> !block.before().startsWith("<!-- not run here: "));
  }

  @ParameterizedTest
  @MethodSource("java")
  void java_compiles(Block block, @TempDir Path classes) {
    boolean members = block.text().startsWith("@");
    String source =
        HEAD
            + (members ? block.text() : "void run() throws Exception {\n" + block.text() + "}")
            + "}";
    JavaSnippet.compile("Snippet", source, classes);
  }

  @ParameterizedTest
  @MethodSource("shell")
  void commands_run(Block block, @TempDir Path work) throws Exception {
    assumeTrue(Files.isExecutable(PAR.resolve("bin/par")), "mvn package makes the distribution");
    writeFirstAgent(work);
    Path said = work.resolve("said");

    Process process = shell(block.text(), work).redirectOutput(said.toFile()).start();

    assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(read(said)).isZero();
  }

  @Test
  void the_first_agent_runs_in_dev_and_prints_what_the_readme_shows(@TempDir Path work)
      throws Exception {
    assumeTrue(Programs.isInstalled("python3"), "python3");
    writeFirstAgent(work);
    Path said = work.resolve("said");
    Process process =
        shell("exec par-testkit dev greeter", work).redirectOutput(said.toFile()).start();
    try {
      var ready = Pattern.compile("(?m)^== ready: (\\S+) ");
      Matcher line = ready.matcher(read(said));
      while (!line.find()) {
        assertThat(process.isAlive()).as(read(said)).isTrue();
        Thread.sleep(50);
        line = ready.matcher(read(said));
      }
      try (InputStream answer = URI.create(line.group(1)).toURL().openStream()) {
        assertThat(new String(answer.readAllBytes(), StandardCharsets.UTF_8))
            .isEqualTo("Hello from the greeter\n");
      }
    } finally {
      process.toHandle().destroy();
      process.waitFor(60, TimeUnit.SECONDS);
    }

    Block shown =
        blocks().stream()
            .filter(b -> b.text().startsWith("$ par-testkit dev"))
            .findFirst()
            .orElseThrow();
    assertThat(shape(read(said))).containsSubsequence(shape(shown.text()).subList(1, 8));
  }

  /** The lines without the parts that differ between runs. */
  private static List<String> shape(String text) {
    return text.lines()
        .map(line -> line.replaceAll("^[0-9:.]+ +", "").replaceAll("\\S*/python3 ", "python3 "))
        .map(line -> line.replaceAll("=\\S+|:\\d+/|sha256 \\w+|\\d+ bytes", ""))
        .toList();
  }

  @Test
  void lines_are_short_and_the_first_page_is_one() {
    for (Path file : readmes()) {
      assertThat(read(file).lines()).as("%s", file).allMatch(line -> line.length() <= 120);
    }
    assertThat(read(ROOT.resolve("README.md")).lines()).hasSizeLessThanOrEqualTo(150);
  }

  @Test
  void links_lead_to_files_and_headings() {
    for (Path file : readmes()) {
      Matcher link = LINK.matcher(read(file));
      while (link.find()) {
        Path target = file.resolveSibling(link.group(1));
        assertThat(target).exists();
        String heading = link.group(2);
        if (heading != null) {
          assertThat(read(target).lines().filter(l -> l.startsWith("#")).map(ReadmeTest::anchor))
              .contains(heading);
        }
      }
    }
  }

  /** The anchor of a heading, as GitHub generates it. */
  private static String anchor(String heading) {
    return "#"
        + heading
            .replaceFirst("^#+ ", "")
            .toLowerCase(java.util.Locale.ROOT)
            .replaceAll("[^\\w -]", "")
            .replace(' ', '-');
  }

  @Test
  void every_variable_of_the_launcher_is_described_and_no_other() {
    String text = read(ROOT.resolve("par-launcher/README.md"));

    assertThat(LauncherConfig.KNOWN)
        .allSatisfy(name -> assertThat(text).contains("`" + name + "`"));
    assertThat(Pattern.compile("`(PAR_[A-Z0-9_]+)`").matcher(text).results().map(m -> m.group(1)))
        .isSubsetOf(LauncherConfig.KNOWN);
  }

  @Test
  void the_library_is_as_small_as_is_said() throws IOException {
    assumeTrue(Files.isExecutable(PAR.resolve("bin/par")), "mvn package makes the distribution");
    List<Path> jars;
    try (Stream<Path> files = Files.list(PAR.resolve("lib"))) {
      jars =
          files
              .filter(f -> f.toString().endsWith(".jar"))
              .filter(f -> !f.getFileName().toString().matches("par\\.jar|par-launcher.*"))
              .toList();
    }
    long bytes = 0;
    for (Path jar : jars) {
      bytes += Files.size(jar);
    }

    Matcher said =
        Pattern.compile(jars.size() + " jars of (\\d+) MB together")
            .matcher(read(ROOT.resolve("par-core/README.md")));
    assertThat(said.find()).as("%d jars", jars.size()).isTrue();
    assertThat(Double.parseDouble(said.group(1))).isCloseTo(bytes / 1e6, within(1.0));
  }

  @Test
  @ParTest
  void the_embedding_example_runs(FakeS3 s3, @TempDir Path cache) throws IOException {
    byte[] apkg =
        Apkg.named("greeter")
            .version("1.2.0")
            .command("sh", "main.sh")
            .file("main.sh", "echo hi")
            .build();
    s3.put("pixell-agent-packages", "acme/greeter/1.2.0/greeter.apkg", apkg);
    var config = ParConfig.fromEnvironment(s3.environment());
    String expectedHex = Apkg.sha256(apkg);
    // README embedding
    try (var par =
        Par.builder(config).cacheDirectory(cache).allowBucket("pixell-agent-packages").build()) {
      var ref =
          PackageRef.parse(
              "s3://pixell-agent-packages/acme/greeter/1.2.0/greeter.apkg#sha256=" + expectedHex);
      AgentPackage agent = par.fetch(ref); // resolved, retried, verified, cached, unpacked
      System.out.println(
          agent.manifest().name()
              + " "
              + agent.digest()
              + " from "
              + agent.origin()
              + " at "
              + agent.directory());
    }
    // README end
    assertThat(s3.count("GetObject")).isEqualTo(1);
    assertThat(squeezed(read(ROOT.resolve("par-core/README.md")))).contains(region("embedding"));
    ReadOnlyTreeDeleter.delete(cache);
  }

  // README test
  @Test
  @ParTest
  void my_agent_survives_a_throttled_bucket(FakeS3 s3, Par par) {
    byte[] apkg =
        Apkg.named("greeter")
            .version("1.2.0")
            .command("sh", "main.sh")
            .file("main.sh", "echo hi")
            .build();
    s3.put("pixell-agent-packages", "acme/greeter/1.2.0/greeter.apkg", apkg);
    s3.onGet("acme/greeter/1.2.0/greeter.apkg").times(2).inject(slowDown());
    AgentPackage agent = par.fetch(PackageRef.parse("acme/greeter@^1.0"));
    assertThat(agent.manifest().version()).isEqualTo("1.2.0");
    assertThat(s3.count("GetObject")).isEqualTo(3);
  }

  // README end

  @Test
  void the_example_of_a_test_is_this_code() {
    assertThat(squeezed(read(ROOT.resolve("par-testkit/README.md")))).contains(region("test"));
  }

  private static String region(String title) {
    String source = read(THIS);
    String begin = "// README " + title + "\n";
    int from = source.indexOf(begin);
    int to = source.indexOf("// README end", from);
    assertThat(from).isPositive();
    return squeezed(source.substring(from + begin.length(), to)).strip();
  }

  /** The text without line breaks and indentation, which may differ between the two. */
  private static String squeezed(String text) {
    return text.replaceAll("\\s+", "");
  }

  private static void writeFirstAgent(Path work) throws IOException {
    Files.createDirectories(work.resolve("greeter"));
    List<Block> files = blocks().stream().filter(b -> b.name().startsWith("greeter/")).toList();
    assertThat(files).hasSize(2);
    for (Block file : files) {
      Files.writeString(work.resolve(file.name()), file.text());
    }
  }

  /** Both distributions are on the PATH. */
  private static ProcessBuilder shell(String script, Path work) throws IOException {
    Path testkit = TestkitCommand.install(work.resolve("par-testkit"));
    var builder = new ProcessBuilder("sh", "-eu", "-c", script).directory(work.toFile());
    Map<String, String> environment = new HashMap<>();
    environment.put(
        "PATH",
        Optional.ofNullable(testkit.getParent()).orElseThrow()
            + ":"
            + PAR.resolve("bin").toAbsolutePath()
            + ":"
            + System.getenv("PATH"));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("HOME", work.toString());
    environment.put("TMPDIR", work.toString());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.redirectErrorStream(true);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
