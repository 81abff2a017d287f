package global.pixell.par.launcher.boot;

import global.pixell.par.ParException;
import global.pixell.par.launcher.failure.ExitCode;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.log.LogStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A failure as one line, one exit code and the fields of the receipt.
 *
 * @param code of the exit
 * @param phase in which it happened
 * @param error what happened, as a sentence
 * @param hint what to do, as a sentence
 * @param problems one for each variable, if the environment is invalid
 * @param stack for a bug
 */
record FailureReport(
    ExitCode code,
    String phase,
    String error,
    String hint,
    List<ParException.Problem> problems,
    Optional<String> stack) {

  /**
   * Classifies a failure.
   *
   * @param phase the boot was in
   */
  static FailureReport of(Throwable failure, String phase) {
    if (failure instanceof LaunchException e) {
      return new FailureReport(
          e.code(), phase, e.getMessage(), e.hint(), List.of(), Optional.empty());
    }
    if (failure instanceof ParException e && e.kind() != ParException.Kind.INTERNAL) {
      ExitCode code = ExitCode.of(e.kind());
      return new FailureReport(
          code,
          phase,
          e.getMessage(),
          OperatorHints.of(e.hint()),
          code == ExitCode.CONFIG ? e.problems() : List.of(),
          code == ExitCode.INTERNAL ? Optional.of(stack(e)) : Optional.empty());
    }
    // Every other exception is a bug in PAR.
    String what =
        failure instanceof ParException e ? e.getMessage() : "PAR failed: " + failure + ".";
    return new FailureReport(
        ExitCode.INTERNAL,
        phase,
        what,
        "This is a bug in PAR: report it with the log.",
        List.of(),
        Optional.of(stack(failure)));
  }

  private static String stack(Throwable failure) {
    var text = new StringWriter();
    failure.printStackTrace(new PrintWriter(text));
    return text.toString();
  }

  /** What the receipt keeps. */
  Map<String, Object> receiptFields() {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("code", code.name());
    fields.put("phase", phase);
    fields.put("error", error);
    fields.put("hint", hint);
    return fields;
  }

  /** One line for each faulty variable, before the final line. */
  void logProblems(LogStream log) {
    for (ParException.Problem problem : problems) {
      var fields = new LinkedHashMap<String, Object>();
      fields.put("variable", problem.where());
      fields.put("error", problem.message());
      fields.put("hint", OperatorHints.of(problem.hint()));
      log.log(LogStream.Level.ERROR, "Configuration invalid", fields);
    }
  }

  /** The terminal line. */
  void logLast(LogStream log) {
    var fields = new LinkedHashMap<String, Object>();
    fields.put("code", code.name());
    fields.put("exit_code", code.number());
    fields.put("phase", phase);
    fields.put("error", error);
    fields.put("hint", hint);
    stack.ifPresent(text -> fields.put("stack", text));
    log.last(LogStream.Level.ERROR, "Runtime failed", fields);
  }
}
