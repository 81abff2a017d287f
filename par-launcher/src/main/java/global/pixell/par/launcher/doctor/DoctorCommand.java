package global.pixell.par.launcher.doctor;

import global.pixell.par.internal.text.Json;
import global.pixell.par.internal.text.Redactor;
import global.pixell.par.launcher.config.LauncherConfig;
import global.pixell.par.launcher.log.LogProvider;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** {@code par doctor}: results as text for people, or as one object for programs. */
public record DoctorCommand(Map<String, String> environment, PrintStream out) {

  /**
   * Runs the checks and prints their results.
   *
   * @param json whether to write one object
   * @return 0, or the exit code of the first failure
   */
  public int run(boolean json) {
    LogProvider.select();
    List<Check> checks;
    try {
      checks = new Doctor(environment).examine();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 130;
    }
    Redactor redactor = Redactor.of(LauncherConfig.secretValues(environment));
    if (json) {
      out.println(redactor.redact(Json.write(object(checks))));
    } else {
      text(checks).forEach(line -> out.println(redactor.redact(line)));
    }
    return exitCode(checks);
  }

  static int exitCode(List<Check> checks) {
    return firstFailure(checks).map(Check::exitCode).orElse(0);
  }

  private static Optional<Check> firstFailure(List<Check> checks) {
    return checks.stream().filter(c -> c.status() == Check.Status.FAILED).findFirst();
  }

  static Map<String, Object> object(List<Check> checks) {
    var all = new LinkedHashMap<String, Object>();
    all.put("ok", firstFailure(checks).isEmpty());
    all.put("exit_code", exitCode(checks));
    all.put("cause", firstFailure(checks).map(Check::name));
    all.put(
        "checks",
        checks.stream()
            .map(
                check -> {
                  var one = new LinkedHashMap<String, Object>();
                  one.put("check", check.name());
                  one.put("status", check.status().name().toLowerCase(Locale.ROOT));
                  one.put("seen", check.seen());
                  one.put("do", present(check.remedy()));
                  one.put("guide", present(check.guide()));
                  if (check.status() == Check.Status.FAILED) {
                    one.put("exit_code", check.exitCode());
                  }
                  return one;
                })
            .toList());
    return all;
  }

  private static Optional<String> present(String text) {
    return Optional.of(text).filter(t -> !t.isEmpty());
  }

  static List<String> text(List<Check> checks) {
    var lines = new ArrayList<String>();
    for (Check check : checks) {
      String mark =
          switch (check.status()) {
            case OK -> "ok";
            case WARNING -> "warning";
            case FAILED -> "FAILED";
            case SKIPPED -> "-";
          };
      lines.add("%-8s %-12s %s".formatted(mark, check.name(), check.seen()));
      if (!check.remedy().isEmpty()) {
        lines.add("%-21s %s".formatted("", "-> " + check.remedy()));
      }
      if (!check.guide().isEmpty() && check.status() != Check.Status.OK) {
        lines.add("%-21s %s".formatted("", "   (guide: " + check.guide() + ")"));
      }
    }
    lines.add(
        firstFailure(checks)
            .map(
                cause -> "The cause is '" + cause.name() + "': exit code " + cause.exitCode() + ".")
            .orElse("No check found a reason why a boot would fail."));
    return lines;
  }
}
