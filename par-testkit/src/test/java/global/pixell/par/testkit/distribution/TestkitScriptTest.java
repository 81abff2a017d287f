package global.pixell.par.testkit.distribution;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.TestkitCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the script {@code bin/par-testkit} decides before Java starts, with a Java that tells. */
@Timeout(60)
class TestkitScriptTest {

  @TempDir private static Path work;
  private static Path home;
  private static Path script;

  @BeforeAll
  static void install() throws IOException {
    home = work.resolve("a home");
    script = TestkitCommand.install(home);
    Path java = Files.createDirectories(work.resolve("jdk/bin")).resolve("java");
    Files.writeString(java, "#!/bin/sh\nprintf '%s\\n' \"$@\"\n");
    assertThat(java.toFile().setExecutable(true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "serve --stubs stubs",
        "serve --port 0 --stubs=stubs",
        "dev . --record https://api.example",
        "dev . --record=https://api.example --json"
      })
  void an_option_for_stubs_brings_their_jars(String line) throws Exception {
    assertThat(classPath(java(Map.of(), line.split(" "))))
        .isEqualTo(
            home.toRealPath() + "/lib/par-testkit.jar:" + home.toRealPath() + "/lib/stubs/*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "serve", "dev stubs", "pack ./--stubs", "help serve"})
  void every_other_command_starts_without_them(String line) throws Exception {
    assertThat(classPath(java(Map.of(), line.split(" "))))
        .isEqualTo(home.toRealPath() + "/lib/par-testkit.jar");
  }

  @Test
  void arguments_arrive_as_they_are_and_options_of_the_jvm_come_before_them() throws Exception {
    List<String> words =
        java(Map.of("PAR_TESTKIT_JAVA_OPTS", "-Xmx1g -Da=b"), "pack", "a folder", "", "*", "$HOME");

    assertThat(words).endsWith("pack", "a folder", "", "*", "$HOME");
    assertThat(words)
        .containsSubsequence("-Xmx256m", "-Xmx1g", "-Da=b", "-cp")
        .contains("-Dpar.testkit.launcher=" + home.toRealPath(), "-Dpar.testkit.terminal=false");
  }

  @Test
  void links_lead_to_the_real_location() throws Exception {
    Path bin = Files.createDirectories(work.resolve("usr/local/bin"));
    Path first = Files.createSymbolicLink(bin.resolve("first"), script);
    Path second = Files.createSymbolicLink(bin.resolve("second"), Path.of("first"));

    assertThat(classPath(run(second, Map.of(), "serve")))
        .isEqualTo(classPath(run(first, Map.of())));
    assertThat(classPath(run(second, Map.of(), "serve")))
        .isEqualTo(home.toRealPath() + "/lib/par-testkit.jar");
  }

  private static String classPath(List<String> words) {
    return words.get(words.indexOf("-cp") + 1);
  }

  private static List<String> java(Map<String, String> environment, String... args)
      throws Exception {
    return run(script, environment, args);
  }

  /** The arguments that Java gets. */
  private static List<String> run(Path command, Map<String, String> environment, String... args)
      throws Exception {
    var argv = new ArrayList<>(List.of(command.toString()));
    argv.addAll(List.of(args));
    var builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", work.resolve("jdk").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = OutputLines.readAll(process);
    assertThat(process.waitFor()).as(said).isZero();
    return List.of(said.substring(0, said.length() - 1).split("\n", -1));
  }
}
