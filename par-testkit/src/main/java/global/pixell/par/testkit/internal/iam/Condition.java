package global.pixell.par.testkit.internal.iam;

import java.util.List;

/**
 * One entry of a {@code Condition} block: an operator, a key, and values of which one must match.
 *
 * <p>Absent keys, as in the IAM user guide: an operator is false without its key, its negation
 * true; {@code …IfExists} is true; {@code ForAllValues:} is true, {@code ForAnyValue:} false, and
 * both take an empty string for no value.
 */
record Condition(
    Quantifier quantifier,
    ConditionOperator operator,
    boolean ifExists,
    String key,
    List<ConditionOperator.Value> values) {

  /** How a key with several values is compared. */
  enum Quantifier {
    ONE,
    ANY_VALUE,
    ALL_VALUES
  }

  Condition {
    values = List.copyOf(values);
  }

  boolean holds(ConditionContext context) {
    List<String> actual = context.all(key);
    if (operator == ConditionOperator.NULL) {
      String absent = Boolean.toString(actual.isEmpty());
      return values.stream().anyMatch(value -> value.matches(absent, context));
    }
    if (actual.isEmpty() && ifExists) {
      return true;
    }
    List<String> some = actual.stream().filter(each -> !each.isEmpty()).toList();
    return switch (quantifier) {
      case ONE ->
          actual.stream().anyMatch(each -> matchesAValue(each, context)) != operator.negated();
      case ANY_VALUE ->
          some.stream().anyMatch(each -> matchesAValue(each, context) != operator.negated());
      case ALL_VALUES ->
          some.stream().allMatch(each -> matchesAValue(each, context) != operator.negated());
    };
  }

  private boolean matchesAValue(String actual, ConditionContext context) {
    return values.stream().anyMatch(value -> value.matches(actual, context));
  }
}
