package global.pixell.par.launcher.boot;

import static org.assertj.core.api.Assertions.assertThat;

import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.log.LogStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FailureReportTest {

  @ParameterizedTest
  @CsvSource({
    "CONFIG,80",
    "NOT_FOUND,81",
    "ACCESS_DENIED,82",
    "UNAVAILABLE,83",
    "CORRUPT,84",
    "BAD_PACKAGE,85",
    "DISK,86",
    "INTERNAL,89"
  })
  void each_kind_of_failure_has_its_number(ParException.Kind kind, int number) {
    FailureReport report =
        FailureReport.of(new ParException(kind, "It broke.", "Mend it."), "fetch");

    assertThat(report.code().number()).isEqualTo(number);
    assertThat(report.error()).isEqualTo("It broke.");
    assertThat(report.phase()).isEqualTo("fetch");
  }

  @Test
  void what_only_the_launcher_knows_has_its_number_too() {
    assertThat(FailureReport.of(LaunchException.agentFailed("a", "b"), "ready").code())
        .isEqualTo(ExitCode.AGENT_FAILED);
    assertThat(FailureReport.of(LaunchException.bootTimeout("a", "b"), "ready").code())
        .isEqualTo(ExitCode.BOOT_TIMEOUT);
  }

  @Test
  void anything_else_is_a_bug_and_brings_its_stack() throws Exception {
    FailureReport report = FailureReport.of(new StackOverflowError("deep"), "start");

    assertThat(report.code()).isEqualTo(ExitCode.INTERNAL);
    Map<String, ?> line = logged(report).get(0);
    assertThat(line.get("event")).isEqualTo("Runtime failed");
    assertThat(line.get("exit_code")).hasToString("89");
    assertThat(line.get("error")).asString().contains("deep");
    assertThat(line.get("stack")).asString().contains("FailureReportTest");
  }

  @Test
  void each_faulty_variable_gets_a_line_before_the_last_one() throws Exception {
    var problems =
        List.of(
            new ParException.Problem("A", "A is wrong.", "Mend A."),
            new ParException.Problem("B", "B is wrong.", "Mend B."));

    List<Map<String, ?>> lines =
        logged(
            FailureReport.of(
                ParException.ofProblems(ParException.Kind.CONFIG, "The environment", problems),
                "config"));

    assertThat(lines)
        .extracting(line -> String.valueOf(line.get("event")))
        .isEqualTo(List.of("Configuration invalid", "Configuration invalid", "Runtime failed"));
    assertThat(lines).extracting(line -> String.valueOf(line.get("variable"))).startsWith("A", "B");
  }

  private static List<Map<String, ?>> logged(FailureReport report) throws Exception {
    var out = new ByteArrayOutputStream();
    var log =
        new LogStream(
            out,
            Clock.systemUTC(),
            LogStream.Level.INFO,
            Redactor.standard(),
            "app",
            Optional.empty());
    report.logProblems(log);
    report.logLast(log);
    assertThat(log.flush(Duration.ofSeconds(20))).isTrue();
    var lines = new java.util.ArrayList<Map<String, ?>>();
    for (String line : out.toString(StandardCharsets.UTF_8).lines().toList()) {
      lines.add(Json.read(line));
    }
    return lines;
  }
}
