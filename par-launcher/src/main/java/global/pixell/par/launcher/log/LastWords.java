package global.pixell.par.launcher.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/**
 * The last lines of an agent that failed: stderr before stdout, and the line of a stack trace that
 * names the cause.
 *
 * @param cause such as {@code ModuleNotFoundError: No module named 'x'}, if the output names one
 * @param lines the newest of both streams, oldest first, free of secrets
 */
public record LastWords(Optional<String> cause, List<String> lines) {

  private static final int MAX_LINES = 20;
  private static final int MAX_LINE = 400;

  /** {@code package.SomeError: what}, as Python, Node and Java write it. */
  private static final Pattern NAMED =
      Pattern.compile(
          "(?:Uncaught |Caused by: |Exception in thread \"[^\"]{0,100}\" )?"
              + "(?:[A-Za-z_][\\w$]{0,60}[.])*(?:[A-Z]\\w{0,60})?"
              + "(?:Error|Exception|Exit|Interrupt|Warning|Failure)(?: \\[[A-Z_]{1,60}])?(?:: .*)?");

  private static final Pattern GO_PANIC = Pattern.compile("panic: .*|fatal error: .*");

  /** Copies the lines. */
  public LastWords {
    lines = List.copyOf(lines);
  }

  /** For an agent that printed nothing. */
  public static LastWords none() {
    return new LastWords(Optional.empty(), List.of());
  }

  /**
   * Chooses from the newest lines of both streams.
   *
   * @param stderr oldest first
   * @param stdout oldest first
   * @param redact takes secrets out of a line, before it is cut
   */
  static LastWords of(List<String> stderr, List<String> stdout, UnaryOperator<String> redact) {
    List<String> errors = shown(stderr, redact);
    List<String> output = shown(stdout, redact);
    Optional<String> cause = cause(errors).or(() -> cause(output));
    var lines = new ArrayList<String>(newest(errors, MAX_LINES));
    lines.addAll(newest(output, MAX_LINES - lines.size()));
    return new LastWords(cause, lines);
  }

  private static List<String> shown(List<String> lines, UnaryOperator<String> redact) {
    return lines.stream()
        .filter(line -> !line.isBlank())
        .map(line -> LineText.headAndTail(redact.apply(line), MAX_LINE))
        .toList();
  }

  private static List<String> newest(List<String> lines, int most) {
    return lines.subList(Math.max(0, lines.size() - most), lines.size());
  }

  /**
   * The cause is the last line that names an error. That holds for Python, for Java's deepest
   * "Caused by", and for Node, whose headline stands before its stack.
   */
  private static Optional<String> cause(List<String> lines) {
    for (int i = lines.size() - 1; i >= 0; i--) {
      String line = lines.get(i).strip();
      if (NAMED.matcher(line).matches() || GO_PANIC.matcher(line).matches()) {
        return Optional.of(line);
      }
    }
    return Optional.empty();
  }

  /** As a sentence of a failure: the cause first, then the lines. */
  public String sentence() {
    if (lines.isEmpty()) {
      return "It printed nothing.";
    }
    String all = "Its last lines: " + String.join(" | ", lines);
    return cause.map(text -> "Cause: " + text + ". " + all).orElse(all);
  }
}
