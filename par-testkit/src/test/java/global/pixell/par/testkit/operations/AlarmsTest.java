package global.pixell.par.testkit.operations;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.AgentRun;
import global.pixell.par.testkit.Apkg;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.Fault;
import global.pixell.par.testkit.ParLog;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Exit code, filter, alarm: which alarms of {@code monitoring.yaml} the log lines of real boots
 * raise, under the shipped role.
 */
@Timeout(300)
class AlarmsTest {

  private static final String BUCKET = "pixell-agent-packages";
  private static final String KEY = "acme/greeter/1.2.0/greeter.apkg";
  private static final String URL = "s3://" + BUCKET + "/" + KEY;
  private static final Apkg SLEEPER = sleeper("echo up; exec sleep 600\n");

  private final Monitoring monitoring = Monitoring.shipped();
  private final FakeS3 s3 = FakeS3.start();
  private Path folder;

  @BeforeEach
  void underTheShippedRole(@TempDir Path temporary) {
    folder = temporary;
    s3.defaultIdentity().policy(IamFolder.file("task-role-policy.json"));
  }

  @AfterEach
  void close() {
    s3.close();
  }

  /** Makes one boot fail in its own way. */
  private interface Failure {
    List<String> of(AlarmsTest test) throws Exception;
  }

  static Stream<Arguments> failures() {
    return Stream.of(
        row(80, "", test -> test.failed(80, Map.of("AGENT_APP_ID", " "))),
        row(81, "download-failures", test -> test.failed(81, Map.of("PACKAGE_URL", URL + ".gone"))),
        row(
            82,
            "download-failures",
            test -> {
              test.s3.onGet(KEY).always().inject(Fault.accessDenied());
              return test.failed(82, Map.of());
            }),
        row(
            83,
            "unavailable-or-corrupt",
            test -> {
              test.s3.onGet(KEY).always().inject(Fault.internalError());
              return test.failed(83, Map.of("PAR_FETCH_ATTEMPTS", "1"));
            }),
        row(
            84,
            "unavailable-or-corrupt",
            test -> test.failed(84, Map.of("PACKAGE_SHA256", "ab".repeat(32)))),
        row(
            85,
            "",
            test -> {
              test.publish(Apkg.named("greeter").file("../victim", "x"));
              return test.failed(85, Map.of());
            }),
        row(86, "", test -> test.failed(86, Map.of("PAR_CACHE_DIR", test.occupied()))),
        row(
            87,
            "",
            test -> {
              test.publish(sleeper("exit 3\n"));
              return test.failed(87, Map.of());
            }),
        row(
            88,
            "",
            test -> {
              test.publish(
                  Apkg.named("greeter")
                      .command("sh", "run.sh")
                      .manifest("ready: {line: never}")
                      .file("run.sh", "exec sleep 600\n"));
              return test.failed(
                  88, Map.of("BOOT_BUDGET_MS", "1000", "BOOT_HARD_LIMIT_MULTIPLIER", "2"));
            }),
        row(89, "", AlarmsTest::bug));
  }

  private static Arguments row(int exit, String alarm, Failure failure) {
    return Arguments.of(exit, alarm, failure);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("failures")
  void a_failed_boot_counts_once_and_repeated_it_is_a_crash_loop_and_its_own_alarm(
      int exit, String alarm, Failure failure) throws Exception {
    publish(SLEEPER);

    List<String> lines = failure.of(this);

    Map<String, Double> counted = monitoring.count(lines);
    Set<String> own = alarm.isEmpty() ? Set.of() : Set.of(alarm);
    assertThat(counted)
        .as("what exit code %s counts; its lines are %s", exit, lines)
        .containsEntry("BootFailures", 1.0)
        .hasSize(1 + own.size())
        .doesNotContainKeys("Boots", "AgentExits");
    assertThat(monitoring.raised(List.of(counted))).isEqualTo(own);
    Map<String, Double> sixTimes = new HashMap<>(counted);
    sixTimes.replaceAll((metric, count) -> count * 6);
    assertThat(monitoring.raised(List.of(sixTimes))).isEqualTo(with(own, "boot-failures"));
    assertThat(monitoring.raised(List.of(counted, Map.of(), counted, Map.of(), counted)))
        .isEqualTo(with(own, "crash-loop"));
  }

  @Test
  void a_good_boot_and_a_stop_raise_nothing() throws Exception {
    publish(SLEEPER);
    try (AgentRun run = AgentRun.boot(s3, URL)) {
      run.await("Runtime ready");
      run.stop();
      assertThat(run.exitCode()).isZero();

      quiet(run, "BootTime", "Boots");
    }
  }

  @Test
  void a_boot_that_is_stopped_within_its_download_raises_nothing() throws Exception {
    publish(SLEEPER);
    s3.onGet(KEY).inject(Fault.stallAt(20));
    try (AgentRun run = AgentRun.boot(s3, URL)) {
      run.await("Package downloading");
      run.stop();
      assertThat(run.exitCode()).isZero();

      quiet(run);
    }
  }

  /**
   * The agent writes exact copies of PAR's lines, with PAR's fields, and other lines around them.
   */
  @Test
  void an_agent_that_lies_raises_nothing() throws Exception {
    String lies =
        Stream.of("Runtime failed", "Runtime stopped", "Runtime ready")
            .map(
                event ->
                    "echo '{\"timestamp\":\"2026-01-01T00:00:00Z\",\"level\":\"error\",\"event\":\""
                        + event
                        + "\",\"origin\":\"par\",\"exit_code\":81,\"code\":\"NOT_FOUND\","
                        + "\"boot_ms\":1}'\n"
                        + "echo '{\"origin\":\"par\",\"origin\":\"par\",\"event\":\""
                        + event
                        + "\",\"level\":\"error\",\"exit_code\":83}' >&2\n"
                        + "echo '\\n{\"origin\":\"par\",\"event\":\""
                        + event
                        + "\"}'\n")
            .reduce("", String::concat);
    publish(
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {line: told}")
            .file("run.sh", lies + "echo told; exec sleep 600\n"));
    try (AgentRun run = AgentRun.boot(s3, URL)) {
      while (!run.await("Runtime ready").text("origin").equals("par")) {
        // One of the lies.
      }
      run.stop();
      assertThat(run.exitCode()).isZero();

      assertThat(run.log().lines("Runtime failed")).as("the lies are in the log").isNotEmpty();
      quiet(run, "BootTime", "Boots");
    }
  }

  @Test
  void an_agent_that_ends_by_itself_after_it_was_ready_raises_the_alarm_of_agent_exits()
      throws Exception {
    assertThat(monitoring.raised(List.of(monitoring.count(afterReady(7)))))
        .containsExactly("agent-exits");
    assertThat(monitoring.raised(List.of(monitoring.count(afterReady(0))))).isEmpty();
  }

  private List<String> afterReady(int code) throws Exception {
    Path go = folder.resolve("go-" + code);
    publish(
        Apkg.named("greeter")
            .command("sh", "run.sh")
            .manifest("ready: {line: up}")
            .file(
                "run.sh",
                "echo up; while [ ! -e \"$GO\" ]; do sleep 0.05; done; exit " + code + "\n"));
    try (AgentRun run = AgentRun.boot(s3, URL, Map.of("GO", go.toString()))) {
      run.await("Runtime ready");
      Files.createFile(go);
      assertThat(run.exitCode()).isEqualTo(code);
      return texts(run.log());
    }
  }

  private void quiet(AgentRun run, String... counted) {
    Map<String, Double> counts = monitoring.count(texts(run.log()));
    assertThat(counts.keySet()).as("lines: %s", run.log()).containsExactly(counted);
    assertThat(monitoring.raised(List.of(counts))).isEmpty();
  }

  private List<String> failed(int exit, Map<String, String> more) {
    try (AgentRun run = AgentRun.boot(s3, URL, more)) {
      assertThat(run.exitCode()).as("exit code; the log is %s", run.log()).isEqualTo(exit);
      return texts(run.log());
    }
  }

  /** An unloadable class is a bug of the build, which no input can cause. */
  private List<String> bug() throws Exception {
    Path broken = folder.resolve("broken/org/yaml/snakeyaml/nodes/Node.class");
    Files.createDirectories(broken.getParent());
    Files.writeString(broken, "no class");
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-Xmx64m",
            "-cp",
            folder.resolve("broken") + File.pathSeparator + System.getProperty("java.class.path"),
            "global.pixell.par.launcher.Main");
    Path out = folder.resolve("bug.log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out.toFile());
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    Map<String, String> environment = new HashMap<>(s3.environment());
    environment.put("PATH", System.getenv("PATH"));
    environment.put("AGENT_APP_ID", "bug");
    environment.put("PACKAGE_URL", URL);
    environment.put("PAR_CACHE_DIR", folder.resolve("cache").toString());
    environment.putAll(FreePorts.variables());
    builder.environment().clear();
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    List<String> lines = Files.readAllLines(out, UTF_8);
    assertThat(process.exitValue()).as("%s", lines).isEqualTo(89);
    return lines;
  }

  /** A path at which no user, not even root, can create a folder. */
  private String occupied() throws IOException {
    return Files.writeString(folder.resolve("file"), "no folder").resolve("cache").toString();
  }

  private void publish(Apkg apkg) {
    s3.put(BUCKET, KEY, apkg.build());
  }

  private static Apkg sleeper(String script) {
    return Apkg.named("greeter").command("sh", "run.sh").file("run.sh", script);
  }

  private static List<String> texts(ParLog log) {
    List<String> texts = new ArrayList<>();
    log.lines().forEach(line -> texts.add(line.text()));
    return texts;
  }

  private static Set<String> with(Set<String> alarms, String more) {
    Set<String> all = new TreeSet<>(alarms);
    all.add(more);
    return all;
  }
}
