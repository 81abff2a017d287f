package global.pixell.par.launcher.agent;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Shells execute the plan as {@code bin/par} does. */
@Timeout(60)
class ExecPlanTest {

  private static final List<String> WORDS =
      List.of("/bin/sh", "-c", "pwd; for w; do printf '<%s>' \"$w\"; done", "sh");
  private static final List<String> ENVIRONMENT = List.of("/usr/bin/env", "-0");

  @TempDir Path directory;

  @Test
  void the_shell_becomes_the_agent_with_its_words_environment_and_directory() throws Exception {
    Map<String, String> current =
        Map.of("PATH", "/usr/bin:/bin", "SECRET", "s3cret", "KEPT", "as is");
    var environment =
        new TreeMap<>(
            Map.of(
                "PATH", "/usr/bin:/bin",
                "KEPT", "as is",
                "QUOTES", "it's \"$HOME\" `id` \\ *",
                "LINES", "one\ntwo\n",
                "my.dotted", "name",
                "UMLAUT", "\u00e4\u20ac"));

    assertThat(run(current, environment, WORDS, "a b", "it's", "", "-n", "$(id)\n"))
        .isEqualTo(directory.toRealPath() + "\n<a b><it's><><-n><$(id)\n>");
    assertThat(variables(run(current, environment, ENVIRONMENT)))
        .containsAllEntriesOf(environment)
        .doesNotContainKey("SECRET");
  }

  @Test
  void random_values_arrive_as_they_are() throws Exception {
    var random = new Random(12);
    for (int round = 0; round < 20; round++) {
      var environment = new TreeMap<String, String>();
      environment.put("PATH", "/usr/bin:/bin");
      for (int i = 0; i < 10; i++) {
        var value = new StringBuilder();
        for (int j = random.nextInt(30); j > 0; j--) {
          value.append((char) (1 + random.nextInt(126)));
        }
        environment.put("V" + i, value.toString());
      }

      assertThat(variables(run(Map.of("PATH", "/usr/bin:/bin"), environment, ENVIRONMENT)))
          .containsAllEntriesOf(environment);
    }
  }

  @Test
  void no_secret_is_a_word_of_a_command() {
    String plan =
        ExecPlan.of(
            command(Map.of("TOKEN", "s3cret"), WORDS),
            ProcessWrapper.none(),
            Map.of("PATH", "/bin"));

    assertThat(plan.lines().filter(line -> line.contains("s3cret")))
        .containsExactly("TOKEN='s3cret'");
  }

  private AgentCommand command(
      Map<String, String> environment, List<String> program, String... words) {
    var argv = new ArrayList<>(program);
    argv.addAll(List.of(words));
    return new AgentCommand(argv, environment, directory);
  }

  private String run(
      Map<String, String> current,
      Map<String, String> environment,
      List<String> program,
      String... words)
      throws Exception {
    String plan = ExecPlan.of(command(environment, program, words), ProcessWrapper.none(), current);
    var builder = new ProcessBuilder("/bin/sh").redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(current);
    Process shell = builder.start();
    try (var in = shell.getOutputStream()) {
      in.write(plan.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(shell.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(shell.exitValue()).as(out).isZero();
    return out;
  }

  private static Map<String, String> variables(String out) {
    var variables = new TreeMap<String, String>();
    for (String entry : out.split("\0", -1)) {
      if (entry.isEmpty()) {
        continue;
      }
      int equals = entry.indexOf('=');
      variables.put(entry.substring(0, equals), entry.substring(equals + 1));
    }
    return variables;
  }
}
