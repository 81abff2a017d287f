package global.pixell.par.testkit.internal.iam;

import global.pixell.par.testkit.internal.iam.PolicyPattern.WildcardScope;
import java.math.BigDecimal;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.IntPredicate;

/** The condition operators of IAM. Each parses the values of its type. */
enum ConditionOperator {
  STRING_EQUALS("StringEquals", false, text(WildcardScope.NONE)),
  STRING_NOT_EQUALS("StringNotEquals", true, text(WildcardScope.NONE)),
  STRING_EQUALS_IGNORE_CASE("StringEqualsIgnoreCase", false, textIgnoringCase()),
  STRING_NOT_EQUALS_IGNORE_CASE("StringNotEqualsIgnoreCase", true, textIgnoringCase()),
  STRING_LIKE("StringLike", false, text(WildcardScope.ANYTHING)),
  STRING_NOT_LIKE("StringNotLike", true, text(WildcardScope.ANYTHING)),

  NUMERIC_EQUALS("NumericEquals", false, number(order -> order == 0)),
  NUMERIC_NOT_EQUALS("NumericNotEquals", true, number(order -> order == 0)),
  NUMERIC_LESS_THAN("NumericLessThan", false, number(order -> order < 0)),
  NUMERIC_LESS_THAN_EQUALS("NumericLessThanEquals", false, number(order -> order <= 0)),
  NUMERIC_GREATER_THAN("NumericGreaterThan", false, number(order -> order > 0)),
  NUMERIC_GREATER_THAN_EQUALS("NumericGreaterThanEquals", false, number(order -> order >= 0)),

  DATE_EQUALS("DateEquals", false, date(order -> order == 0)),
  DATE_NOT_EQUALS("DateNotEquals", true, date(order -> order == 0)),
  DATE_LESS_THAN("DateLessThan", false, date(order -> order < 0)),
  DATE_LESS_THAN_EQUALS("DateLessThanEquals", false, date(order -> order <= 0)),
  DATE_GREATER_THAN("DateGreaterThan", false, date(order -> order > 0)),
  DATE_GREATER_THAN_EQUALS("DateGreaterThanEquals", false, date(order -> order >= 0)),

  BOOL("Bool", false, truth()),
  BINARY_EQUALS("BinaryEquals", false, binary()),
  IP_ADDRESS("IpAddress", false, address()),
  NOT_IP_ADDRESS("NotIpAddress", true, address()),

  // IAM documents ArnEquals and ArnLike as identical.
  ARN_EQUALS("ArnEquals", false, arn()),
  ARN_NOT_EQUALS("ArnNotEquals", true, arn()),
  ARN_LIKE("ArnLike", false, arn()),
  ARN_NOT_LIKE("ArnNotLike", true, arn()),

  /** Tests whether the key is absent, not its value. */
  NULL("Null", false, truth());

  /** A parsed value of a policy, which is compared with a value of a request. */
  interface Value {
    boolean matches(String actual, ConditionContext context);
  }

  /** Parses a value; throws IllegalArgumentException with a sentence for a malformed value. */
  private interface Reader {
    Value read(String text, boolean variables);
  }

  private final String word;
  private final boolean negated;

  // The readers are stateless lambdas, but Error Prone cannot tell.
  @SuppressWarnings("ImmutableEnumChecker")
  private final Reader reader;

  ConditionOperator(String word, boolean negated, Reader reader) {
    this.word = word;
    this.negated = negated;
    this.reader = reader;
  }

  static Optional<ConditionOperator> of(String word) {
    return Arrays.stream(values()).filter(operator -> operator.word.equals(word)).findFirst();
  }

  static List<String> words() {
    return Arrays.stream(values()).map(ConditionOperator::word).toList();
  }

  String word() {
    return word;
  }

  /** Whether the condition holds when no value matches, instead of when one does. */
  boolean negated() {
    return negated;
  }

  Value read(String text, boolean variables) {
    return reader.read(text, variables);
  }

  private static Reader text(WildcardScope reach) {
    return (text, variables) -> PolicyPattern.parse(text, reach, variables)::matches;
  }

  private static Reader textIgnoringCase() {
    return (text, variables) ->
        PolicyPattern.parse(text, WildcardScope.NONE, variables)::matchesIgnoringCase;
  }

  private static Reader arn() {
    return (text, variables) -> {
      PolicyPattern pattern = PolicyPattern.parse(text, WildcardScope.ARN, variables);
      if (pattern.segments() < 6) {
        throw new IllegalArgumentException(
            "\"" + text + "\" is not an ARN: write six segments, separated by colons");
      }
      return pattern::matches;
    };
  }

  private static Reader number(IntPredicate holds) {
    return comparison(ConditionOperator::parseNumber, holds, "a number");
  }

  private static Reader date(IntPredicate holds) {
    return comparison(
        PolicyDate::parse, holds, "a date (ISO 8601, or seconds since 1970-01-01T00:00:00Z)");
  }

  private static <T extends Comparable<? super T>> Reader comparison(
      Function<String, Optional<T>> parser, IntPredicate holds, String form) {
    return (text, variables) -> {
      T expected = parser.apply(text).orElseThrow(() -> notA(form, text));
      return (actual, context) ->
          parser.apply(actual).filter(each -> holds.test(each.compareTo(expected))).isPresent();
    };
  }

  private static Reader truth() {
    return (text, variables) -> {
      String expected = text.toLowerCase(Locale.ROOT);
      if (!expected.equals("true") && !expected.equals("false")) {
        throw notA("true or false", text);
      }
      return (actual, context) -> actual.equalsIgnoreCase(expected);
    };
  }

  private static Reader binary() {
    return (text, variables) -> {
      byte[] expected = base64(text).orElseThrow(() -> notA("Base64", text));
      return (actual, context) ->
          base64(actual).filter(each -> Arrays.equals(each, expected)).isPresent();
    };
  }

  private static Reader address() {
    return (text, variables) -> {
      CidrBlock range =
          CidrBlock.parse(text)
              .orElseThrow(
                  () -> notA("an IP address or a CIDR range such as 203.0.113.0/24", text));
      return (actual, context) -> range.contains(actual);
    };
  }

  private static Optional<BigDecimal> parseNumber(String text) {
    try {
      return Optional.of(new BigDecimal(text.trim()));
    } catch (NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static Optional<byte[]> base64(String text) {
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private static IllegalArgumentException notA(String form, String text) {
    return new IllegalArgumentException("\"" + text + "\" is not " + form);
  }
}
