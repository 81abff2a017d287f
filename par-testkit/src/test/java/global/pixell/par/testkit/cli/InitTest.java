package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.OutputLines;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code init}: each agent runs, passes its own tests, and is called as its author would do it. */
@Timeout(120)
class InitTest {

  private static final String HELLO = "{\"action\": \"greet\", \"name\": \"Ada\"}";

  @TempDir Path work;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();
  private final Map<String, String> environment = new HashMap<>();
  private Path folder;

  @BeforeEach
  void choosePlaces() throws IOException {
    folder = work.resolve("My agent!");
    environment.putAll(FreePorts.variables());
    environment.put("XDG_RUNTIME_DIR", Files.createDirectory(work.resolve("run")).toString());
  }

  @Test
  void a_python_agent_is_called_listed_and_followed_while_it_runs() throws Exception {
    assumeTrue(runs("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))"), "python3");
    init("python");
    try (var dev = dev("-e", "GREETING=Servus")) {
      dev.await("== ready: ");

      assertThat(par("invoke", HELLO, "--agent", "" + folder)).isZero();
      assertThat(out()).isEqualTo("{\"message\": \"Servus, Ada!\"}\n");
      assertThat(par("invoke", "{\"action\": \"sing\"}")).isEqualTo(1);
      assertThat(out()).contains("there is no action 'sing'");
      assertThat(err()).startsWith("par-testkit: the agent answered 500 to POST http://127.0.0.1:");
      assertThat(par("invoke", "{}", "--path", "/nowhere")).isEqualTo(1);
      assertThat(err()).contains("answered 404").contains("--path");
      assertThat(par("invoke", "{\"action\":}")).isEqualTo(80);
      assertThat(err()).startsWith("par-testkit: this is not JSON: ").contains("(line 1, column ");

      assertThat(par("ps")).isZero();
      assertThat(out())
          .containsPattern(
              "(?m)^\\d+ +dev +\\d+ s  ready +http://127.0.0.1:\\d+/ +my-agent@0.1.0  /");
      assertThat(par("logs", "my-agent")).isZero();
      assertThat(out()).contains("  agent  greets Ada").contains("Runtime ready");

      try (var logs = new RunningCommand(environment, "logs", "-f", "--json")) {
        logs.awaitContaining("\"event\":\"Runtime ready\"");
        assertThat(dev.stop()).isZero();
        assertThat(logs.awaitContaining("Runtime stopped")).startsWith("{\"timestamp\"");
        assertThat(logs.exitCode()).isZero();
      }
    }
    assertThat(par("ps")).isZero();
    assertThat(out().lines()).hasSize(1);
    assertThat(par("invoke", HELLO)).isEqualTo(80);
    assertThat(err())
        .startsWith("par-testkit: no agent runs; start one with par-testkit dev DIR\n");
  }

  @Test
  void a_node_agent_runs_and_passes_its_tests() throws Exception {
    assumeTrue(runs("node", "--test", "--version"), "node 18 or newer");
    init("node");
    run(folder, "node", "--test");
    try (var dev = dev()) {
      dev.await("== ready: ");
      assertThat(par("invoke", HELLO)).isZero();
      assertThat(out()).isEqualTo("{\"message\":\"Hello, Ada!\"}\n");
      assertThat(dev.stop()).isZero();
    }
  }

  @Test
  void a_java_agent_passes_its_tests_one_of_which_boots_it() throws Exception {
    init("java");
    compile("src/main/java/Agent.java", "target/classes", "");
    compile("src/test/java/AgentTest.java", "target/test-classes", folder + "/target/classes");

    String said =
        run(
            folder,
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-cp",
            String.join(
                File.pathSeparator,
                folder + "/target/test-classes",
                folder + "/target/classes",
                classPath()),
            JUnitMain.class.getName(),
            "AgentTest");

    assertThat(said).endsWith("2 passed\n");
  }

  @Test
  void a_shell_agent_runs_and_passes_its_test() throws Exception {
    init("sh");
    assertThat(run(folder, "sh", "test.sh")).isEqualTo("passed\n");
    try (var dev = dev()) {
      dev.await("== ready");
      assertThat(dev.stop()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "node", "java", "sh"})
  void nothing_is_overwritten_and_nothing_is_left_half_made(String kind) throws Exception {
    Files.createDirectories(folder);
    Files.writeString(folder.resolve("agent.yaml"), "mine\n");

    assertThat(par("init", kind, folder.toString())).isEqualTo(80);

    assertThat(err())
        .startsWith(
            "par-testkit: this file exists and would be overwritten, so nothing was written:"
                + " agent.yaml; name another DIR\n");
    assertThat(Files.readString(folder.resolve("agent.yaml"))).isEqualTo("mine\n");
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "pyhton, there is no template 'pyhton'; did you mean \"python\"?",
    "rust, 'there is no template ''rust''; choose one of python, node, java, sh'",
  })
  void an_unknown_template_is_named(String kind, String sentence) {
    assertThat(par("init", kind)).isEqualTo(80);
    assertThat(err()).startsWith("par-testkit: " + sentence + "\n");
  }

  private void init(String kind) throws IOException {
    assertThat(par("init", kind, folder.toString())).isZero();
    assertThat(out()).startsWith("== made the agent my-agent: agent.yaml, ");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
        assertThat(Files.readString(file)).doesNotContain("@NAME@", "@VERSION@");
      }
    }
  }

  private RunningCommand dev(String... options) throws IOException {
    var args = new ArrayList<>(List.of("dev", folder.toString()));
    args.addAll(List.of(options));
    return new RunningCommand(environment, args.toArray(String[]::new));
  }

  private int par(String... args) {
    out.reset();
    err.reset();
    return new TestkitCli(
            new Terminal(
                environment,
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                TerminalFeatures.of(false, Map.of())))
        .run(List.of(args));
  }

  private String out() {
    return out.toString(StandardCharsets.UTF_8);
  }

  private String err() {
    return err.toString(StandardCharsets.UTF_8);
  }

  private void compile(String source, String classes, String path) {
    int code =
        ToolProvider.getSystemJavaCompiler()
            .run(
                null,
                null,
                null,
                "-proc:none",
                "-cp",
                path + File.pathSeparator + System.getProperty("java.class.path"),
                "-d",
                folder.resolve(classes).toString(),
                folder.resolve(source).toString());
    assertThat(code).isZero();
  }

  /** With absolute paths, because the process has another current directory. */
  private static String classPath() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator, -1))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  private static boolean runs(String... argv) throws InterruptedException {
    try {
      return new ProcessBuilder(argv)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }

  private static String run(Path directory, String... argv) throws Exception {
    Process process =
        new ProcessBuilder(argv).directory(directory.toFile()).redirectErrorStream(true).start();
    String said = OutputLines.readAll(process);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }
}
