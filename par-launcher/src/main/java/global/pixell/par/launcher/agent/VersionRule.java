package global.pixell.par.launcher.agent;

import java.util.ArrayList;
import java.util.List;

/**
 * The version of a runtime that a manifest asks for: {@code 3.11}, {@code 20}, {@code >=3.8,<4}, or
 * nothing for any.
 */
public final class VersionRule {

  private record Bound(String operator, List<Integer> version) {}

  private final String text;
  private final List<Bound> bounds = new ArrayList<>();

  private VersionRule(String text) {
    this.text = text;
  }

  /**
   * Reads a rule.
   *
   * @param text the rule as a manifest spells it
   * @return the rule
   */
  public static VersionRule of(String text) {
    var rule = new VersionRule(text.strip());
    for (String part : text.split("[, ]+", -1)) {
      String version = part.replaceFirst("^[<>=~^!]+", "").replaceFirst("\\.[*x]$", "");
      if (!version.isEmpty()) {
        String operator =
            part.substring(0, part.length() - part.replaceFirst("^[<>=~^!]+", "").length());
        rule.bounds.add(new Bound(operator, numbers(version)));
      }
    }
    return rule;
  }

  /**
   * Whether it names one version line, such as {@code 3.11}, rather than a range.
   *
   * @return false for a range and for an empty rule
   */
  public boolean exact() {
    return bounds.size() == 1 && bounds.get(0).operator().isEmpty();
  }

  /**
   * Whether a version satisfies the rule: it is of the same line, or within the range.
   *
   * @param version such as {@code 3.11.2}
   * @return true also for an empty rule
   */
  public boolean admits(String version) {
    List<Integer> numbers = numbers(version);
    return bounds.stream().allMatch(bound -> admits(bound, numbers));
  }

  /**
   * Whether a version satisfies the rule, or is newer than the one line that the rule names.
   *
   * @param version such as {@code 3.11.2}
   * @return true also for a version that the agent was perhaps not tested with
   */
  public boolean admitsOrNewer(String version) {
    return admits(version) || (exact() && compare(numbers(version), bounds.get(0).version()) > 0);
  }

  private static boolean admits(Bound bound, List<Integer> version) {
    List<Integer> wanted = bound.version();
    int order = compare(version, wanted);
    boolean sameLine =
        version.size() >= wanted.size() && version.subList(0, wanted.size()).equals(wanted);
    return switch (bound.operator()) {
      case "", "=", "==", "===" -> sameLine;
      case "!=" -> !sameLine;
      case ">=" -> order >= 0;
      case ">" -> order > 0 && !sameLine;
      case "<=" -> order <= 0 || sameLine;
      case "<" -> order < 0;
      case "^" -> order >= 0 && version.get(0).equals(wanted.get(0));
      default -> {
        // ~= and ~: the last number may grow.
        int fixed = Math.max(1, wanted.size() - 1);
        yield order >= 0
            && version.size() >= fixed
            && version.subList(0, fixed).equals(wanted.subList(0, fixed));
      }
    };
  }

  private static int compare(List<Integer> a, List<Integer> b) {
    for (int i = 0; i < Math.max(a.size(), b.size()); i++) {
      int order = Integer.compare(i < a.size() ? a.get(i) : 0, i < b.size() ? b.get(i) : 0);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private static List<Integer> numbers(String version) {
    var numbers = new ArrayList<Integer>();
    for (String part : version.split("\\.", -1)) {
      String digits = part.replaceFirst("\\D.*$", "");
      if (digits.isEmpty() || digits.length() > 9) {
        break;
      }
      numbers.add(Integer.valueOf(digits));
    }
    return numbers.isEmpty() ? List.of(0) : numbers;
  }

  @Override
  public String toString() {
    return text;
  }
}
