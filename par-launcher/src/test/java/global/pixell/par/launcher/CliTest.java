package global.pixell.par.launcher;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The results of {@code par} commands that start no other process. */
class CliTest {

  private static final String SIGNED =
      "https://b.s3.amazonaws.com/k?X-Amz-Credential=CANARY&X-Amz-Signature=CANARY&sig=CANARY";

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run",
        "fetch",
        "inspect",
        "cache",
        "health",
        "doctor",
        "receipt",
        "train",
        "completion"
      })
  void every_command_has_its_help(String command) {
    assertThat(par("help")).isZero();
    assertThat(out.toString(UTF_8)).contains(" " + command);
    out.reset();

    assertThat(par("help", command)).isZero();
    String help = out.toString(UTF_8);
    out.reset();
    assertThat(par(command, "--help")).isZero();
    assertThat(out.toString(UTF_8)).isEqualTo(help);
    out.reset();
    assertThat(par(command, "-h")).isZero();

    assertThat(help).startsWith("usage: par ").contains(command);
    assertThat(out.toString(UTF_8)).isEqualTo(help);
    assertThat(err.size()).isZero();
  }

  @Test
  void help_for_what_is_no_command_is_a_usage_error() {
    assertThat(par("help", "fly")).isEqualTo(80);
    assertThat(err.toString(UTF_8))
        .startsWith("par: there is no command 'fly'\nusage: par ")
        .contains("par help [COMMAND]");
  }

  @Test
  void a_presigned_address_out_of_place_is_not_printed_with_its_signature() {
    assertThat(par("fetch", SIGNED, SIGNED)).isEqualTo(80);
    assertThat(err.toString(UTF_8)).startsWith("par: fetch takes one reference\n");
    assertThat(par(SIGNED)).isEqualTo(80);
    assertThat(par("run", SIGNED)).isEqualTo(80);
    assertThat(par("fetch", "--from=" + SIGNED)).isEqualTo(80);
    assertThat(par("help", SIGNED)).isEqualTo(80);

    assertThat(out.toString(UTF_8) + err.toString(UTF_8)).doesNotContain("CANARY");
  }

  @ParameterizedTest
  @ValueSource(strings = {"par ", "par c", "par cache ", "par doctor --", "par fly "})
  void bash_completes_what_par_takes(String line) throws Exception {
    assertThat(par("completion", "bash")).isZero();
    assertThat(par("completion", "fish")).isEqualTo(80);
    String[] words = line.split(" ", -1);
    String script =
        out.toString(UTF_8)
            + "COMP_WORDS=("
            + String.join(" ", List.of(words).stream().map(w -> "'" + w + "'").toList())
            + ")\nCOMP_CWORD="
            + Math.max(1, words.length - 1)
            + "\n_par\necho \"${COMPREPLY[*]}\"\n";
    Process bash = new ProcessBuilder("bash", "-u", "-c", script).redirectErrorStream(true).start();
    bash.getOutputStream().close();

    String said = new String(bash.getInputStream().readAllBytes(), UTF_8).strip();

    String expected =
        switch (line) {
          case "par c" -> "cache completion";
          case "par cache " -> "ls verify gc --json --help";
          case "par doctor --" -> "--json --help";
          case "par fly " -> "--help";
          default ->
              "run fetch inspect cache health doctor receipt train completion help --help --version";
        };
    assertThat(said).isEqualTo(expected);
  }

  @Test
  void a_result_that_cannot_be_written_is_a_failure() {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    for (String[] command : new String[][] {{"--version"}, {"help"}, {"help", "fetch"}}) {
      int code =
          Cli.run(
              List.of(command),
              Map.of(),
              new PrintStream(full, true, UTF_8),
              new PrintStream(err, true, UTF_8));

      assertThat(code).isEqualTo(86);
      assertThat(err.toString(UTF_8)).contains("could not be written to standard output");
    }
  }

  private int par(String... words) {
    return Cli.run(
        List.of(words),
        Map.of(),
        new PrintStream(out, true, UTF_8),
        new PrintStream(err, true, UTF_8));
  }
}
