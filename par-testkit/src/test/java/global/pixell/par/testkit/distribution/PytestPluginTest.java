package global.pixell.par.testkit.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.testing.TestkitCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The pytest plugin passes its own tests, with the classes of this build and the real launcher. */
@Timeout(300)
class PytestPluginTest {

  private static final Path PLUGIN = Path.of("python").toAbsolutePath();

  /** Without xdist, the test of its workers is skipped. */
  private static final List<String> MODULES = List.of("pytest, boto3, xdist", "pytest, boto3");

  @Test
  void the_plugin_passes_its_tests(@TempDir Path work) throws Exception {
    Optional<String> python = python(work);
    assumeTrue(python.isPresent(), "no Python has boto3 and pytest 7 or newer");
    Path home =
        Optional.ofNullable(TestkitCommand.install(work.resolve("testkit")).getParent())
            .map(Path::getParent)
            .orElseThrow();

    Path said = work.resolve("said");
    var command =
        List.of(
            python.get(),
            "-m",
            "pytest",
            "-ra",
            "-p",
            "no:cacheprovider",
            "--basetemp",
            work.resolve("tmp").toString());
    var builder = new ProcessBuilder(command).directory(PLUGIN.toFile());
    builder.redirectErrorStream(true).redirectOutput(said.toFile());
    builder
        .environment()
        .putAll(
            Map.of(
                "JAVA_HOME",
                System.getProperty("java.home"),
                "PAR_TESTKIT_HOME",
                home.toString(),
                "PYTEST_PLUGINS",
                "pytest_par.plugin",
                "PYTHONDONTWRITEBYTECODE",
                "1",
                "PYTHONIOENCODING",
                "utf-8",
                "PYTHONPATH",
                PLUGIN.resolve("src").toString()));
    // Most of its tests boot the distribution; the README's example boots the testkit's launcher.
    BuiltDistribution.folder()
        .ifPresent(par -> builder.environment().put("PAR_HOME", par.toString()));
    Process process = builder.start();
    try {
      assertThat(process.waitFor(280, TimeUnit.SECONDS)).as(Files.readString(said)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(said)).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  /** The Python that has the most of the modules: the one on the PATH, or the system's. */
  private static Optional<String> python(Path work) throws IOException, InterruptedException {
    for (String modules : MODULES) {
      for (String python : List.of("python3", "/usr/bin/python3")) {
        String check = "import " + modules + "; assert pytest.version_tuple >= (7, 0)";
        try {
          Process process =
              new ProcessBuilder(python, "-c", check)
                  .redirectErrorStream(true)
                  .redirectOutput(work.resolve("check").toFile())
                  .start();
          if (process.waitFor() == 0) {
            return Optional.of(python);
          }
        } catch (IOException e) {
          // There is no such program.
        }
      }
    }
    return Optional.empty();
  }
}
