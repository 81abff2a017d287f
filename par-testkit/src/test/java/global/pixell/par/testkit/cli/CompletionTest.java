package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.testing.OutputLines;
import global.pixell.par.testkit.testing.Programs;
import global.pixell.par.testkit.testing.PseudoTerminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The scripts of {@code completion} in real shells, which get a person's keys on a terminal. */
@Timeout(60)
class CompletionTest {

  /** The command that is completed shows its words, in both shells the same way. */
  private static final String SHOW = "par-testkit() { echo; printf '[%s]' \"$@\"; echo; }\n";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "bash | bash --norc --noprofile -i | :",
        "zsh | zsh -f -i | autoload -Uz compinit; compinit -u -D",
      })
  void the_tab_key_completes_commands_options_values_and_files(
      String shell, String command, String before, @TempDir Path work) throws Exception {
    assumeTrue(Programs.isInstalled(shell), shell + " is not installed");
    Files.write(work.resolve("script"), script(shell));
    Files.createDirectory(work.resolve("my-agent"));
    String keys =
        String.join(
            "\n",
            before + "; . ./script",
            SHOW,
            "par-testkit se\t--js\t--control\t any",
            "par-testkit dev my-a\t --env-f\t x",
            "par-testkit comp\t" + shell.charAt(0) + "\t",
            "par-testkit help inv\t",
            "exit",
            "");

    assertThat(shown(work, command, keys))
        .containsExactly(
            List.of("serve", "--json", "--control", "any"),
            List.of("dev", "my-agent", "--env-file", "x"),
            List.of("completion", shell),
            List.of("help", "invoke"));
  }

  private static byte[] script(String shell) {
    var out = new ByteArrayOutputStream();
    var stream = new PrintStream(out, true, StandardCharsets.UTF_8);
    var terminal = new Terminal(Map.of(), stream, stream, TerminalFeatures.of(false, Map.of()));
    assertThat(new TestkitCli(terminal).run(List.of("completion", shell))).isZero();
    return out.toByteArray();
  }

  /** Types keys into a shell. Returns the words of each command that it ran. */
  private static List<List<String>> shown(Path work, String command, String keys)
      throws IOException, InterruptedException {
    List<String> argv = PseudoTerminal.typeKeys(List.of(command.split(" ")));
    var builder = new ProcessBuilder(argv).directory(work.toFile()).redirectErrorStream(true);
    builder.environment().keySet().retainAll(List.of("PATH"));
    builder.environment().putAll(Map.of("HOME", "" + work, "TERM", "xterm"));
    Process process = builder.start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(keys.getBytes(StandardCharsets.UTF_8));
    }
    String seen = OutputLines.readAll(process);
    assertThat(process.waitFor()).as(seen).isZero();
    var shown = Pattern.compile("(?m)^(\\[[\\w./-]+])+\r?$").matcher(seen).results().toList();
    assertThat(shown).as(seen).isNotEmpty();
    return shown.stream().map(CompletionTest::words).toList();
  }

  /** A space after a directory takes its slash away in zsh. */
  private static List<String> words(MatchResult line) {
    String text = line.group().strip().replace("/]", "]");
    return List.of(text.substring(1, text.length() - 1).split("]\\[", -1));
  }
}
