package global.pixell.par.testkit.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.testing.JavaSnippet;
import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.Programs;
import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The faults that the page copies as code: the code runs, and makes the same faults again. */
@Timeout(60)
class CopiedCodeTest {

  /** Keys that would end a literal, a comment or a word of a shell, or that begin an escape. */
  private static final List<String> SPECS =
      List.of(
          "GET:acme/greeter/*:2x:slow-down",
          "LIST:acme/:always:unavailable=3s",
          "ANY:after=10:covering=20MB:reset-at=1000+bandwidth=1MB",
          "GET:it's \"quoted\".apkg:error=503/SlowDown/Say \"please\", don't wait.",
          "GET:$HOME `id` $(id) %s !! ; & | > x:stall",
          "GET:a\\u0041\\n\\\\*\\?.apkg:flip-byte-at=17",
          "GET:tab\tline\nend\u0001\u007f\u2028\u202e.apkg:reset",
          "GET:grüße/世界/🙂.apkg:wrong-checksum");

  @TempDir private Path work;
  private FakeS3 s3;
  private ControlClient control;

  @BeforeEach
  void start() {
    s3 = FakeS3.start();
    control = new ControlClient(s3);
    SPECS.forEach(s3::inject);
    control.patch("network", "{\"latency\": \"5ms\", \"bandwidth\": \"90MB\"}");
  }

  @AfterEach
  void close() {
    s3.close();
  }

  @Test
  void as_junit_it_compiles_without_an_import_and_makes_the_same_faults() throws Exception {
    String source =
        """
        class Copied implements java.util.function.Consumer<global.pixell.par.testkit.FakeS3> {
          public void accept(global.pixell.par.testkit.FakeS3 s3) {
            %s
          }
        }
        """
            .formatted(copied("junit"));
    JavaSnippet.compile("Copied", source, work);
    try (var loader = new URLClassLoader(new URL[] {work.toUri().toURL()});
        FakeS3 fresh = FakeS3.start()) {
      var constructor = loader.loadClass("Copied").getDeclaredConstructor();
      constructor.setAccessible(true);
      @SuppressWarnings("unchecked")
      var code = (java.util.function.Consumer<FakeS3>) constructor.newInstance();

      code.accept(fresh);

      assertSame(new ControlClient(fresh));
    }
  }

  @Test
  void as_pytest_it_runs_with_the_plugin_and_makes_the_same_faults() throws Exception {
    String code = copied("pytest");
    String script =
        """
        import sys
        from pytest_par._control import Control
        from pytest_par.s3 import FakeS3

        control = Control(sys.argv[1])
        par_s3 = FakeS3(control, control.get("status"), None)
        """;

    assertRunsAgain(
        script + code,
        Map.of("PYTHONPATH", "" + Path.of("python/src").toAbsolutePath()),
        "python3");
  }

  @Test
  void as_shell_it_runs_and_makes_the_same_faults() throws Exception {
    assertRunsAgain("set -eu\n" + copied("shell"), Map.of(), "sh");
  }

  private void assertRunsAgain(String script, Map<String, String> environment, String program)
      throws Exception {
    assumeTrue(
        program.equals("sh") ? Programs.isInstalled("curl") : Programs.isInstalled(program),
        program);
    control.delete("faults");
    control.post("reset", "{\"what\": [\"network\"]}");
    Path file = Files.writeString(work.resolve("script"), script);
    var builder =
        new ProcessBuilder(program, "" + file, "" + s3.control()).redirectErrorStream(true);
    builder.environment().putAll(environment);
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    String said = OutputLines.readAll(process);
    assertThat(process.waitFor()).as("%s%n%s", said, script).isZero();
    assertSame(control);
  }

  private String copied(String language) throws IOException {
    return control.get("code?as=" + language).http().body();
  }

  private static void assertSame(ControlClient other) {
    assertThat(other.get("faults").list("faults"))
        .extracting(fault -> String.valueOf(fault.get("spec")))
        .containsExactlyElementsOf(SPECS);
    assertThat(other.get("network").json())
        .containsEntry("latency_ms", 5L)
        .containsEntry("bytes_per_second", 90_000_000L);
  }
}
