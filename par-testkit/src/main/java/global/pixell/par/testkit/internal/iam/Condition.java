package global.pixell.par.testkit.internal.iam;

import java.util.List;

/**
 * One entry of a {@code Condition} block: an operator, a key, and values, one of which must match.
 *
 * <p>For an absent key, as in the IAM user guide: an operator is false and its negation true;
 * {@code …IfExists} is true; {@code ForAllValues:} is true and {@code ForAnyValue:} false. The last
 * two treat an empty string as no value.
 */
record Condition(
    Quantifier quantifier,
    ConditionOperator operator,
    boolean ifExists,
    String key,
    List<ConditionOperator.Value> values) {

  /** How to compare a key that has several values. */
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
