package global.pixell.par.testkit.distribution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.TestkitCommand;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The way of an author from nothing to a tested agent, as one script. */
@Timeout(120)
class FirstTenMinutesTest {

  @Test
  void an_author_makes_changes_breaks_and_tests_an_agent(@TempDir Path work) throws Exception {
    assumeTrue(hasPython(), "python3 3.9 or newer");
    Path home = work.resolve("par-testkit");
    TestkitCommand.install(home);
    var builder =
        new ProcessBuilder(
            "sh",
            Path.of("src/test/scripts/first-ten-minutes.sh").toAbsolutePath().toString(),
            Files.createDirectory(work.resolve("desk")).toString());
    var environment = builder.environment();
    environment.put(
        "PATH",
        String.join(File.pathSeparator, home.resolve("bin").toString(), System.getenv("PATH")));
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("XDG_RUNTIME_DIR", Files.createDirectory(work.resolve("run")).toString());
    environment.put("PAR_TESTKIT_HOME", home.toString());
    environment.put("PYTHONPATH", Path.of("python/src").toAbsolutePath().toString());
    environment.putAll(FreePorts.variables());
    // Boots the distribution, if there is one; ReadmeTest boots the testkit's own launcher.
    BuiltDistribution.folder()
        .ifPresent(
            par -> {
              environment.put(
                  "PAR_TESTKIT_JAVA_OPTS", String.join(" ", BuiltDistribution.option()));
              environment.put("PAR_HOME", par.toString());
            });

    Process process = builder.redirectErrorStream(true).start();
    String said = OutputLines.readAll(process, Duration.ofSeconds(110));

    assertThat(process.waitFor()).as(said).isZero();
    assertThat(said).endsWith("all steps passed\n");
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "-c", "import sys; sys.exit(sys.version_info < (3, 9))")
              .start()
              .waitFor()
          == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
