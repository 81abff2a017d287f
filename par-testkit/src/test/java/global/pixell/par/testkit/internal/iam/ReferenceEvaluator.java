package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A second, independent implementation of the IAM rules, as simple as possible: it works directly
 * on the JSON with regular expressions and shares no code with the evaluator that it checks.
 */
final class ReferenceEvaluator {

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^}]*)}");

  private final Map<String, List<String>> context;

  /** Takes the complete context, with every key in lower case and without absent keys. */
  ReferenceEvaluator(Map<String, List<String>> context) {
    this.context = context;
  }

  /** "deny", "allow" or "nothing". */
  String decide(List<JsonNode> policies, String action, String resource) {
    boolean allow = false;
    for (JsonNode policy : policies) {
      for (JsonNode statement : policy.get("Statement")) {
        if (applies(statement, action, resource)) {
          if (statement.get("Effect").asText().equals("Deny")) {
            return "deny";
          }
          allow = true;
        }
      }
    }
    return allow ? "allow" : "nothing";
  }

  private boolean applies(JsonNode statement, String action, String resource) {
    boolean actionOk;
    if (statement.has("Action")) {
      actionOk = anyAction(statement.get("Action"), action);
    } else {
      actionOk = !anyAction(statement.get("NotAction"), action);
    }
    boolean resourceOk;
    if (statement.has("Resource")) {
      resourceOk = anyResource(statement.get("Resource"), resource);
    } else {
      resourceOk = !anyResource(statement.get("NotResource"), resource);
    }
    if (!actionOk || !resourceOk) {
      return false;
    }
    if (statement.has("Condition")) {
      for (Map.Entry<String, JsonNode> operator : statement.get("Condition").properties()) {
        for (Map.Entry<String, JsonNode> key : operator.getValue().properties()) {
          if (!holds(operator.getKey(), key.getKey(), strings(key.getValue()))) {
            return false;
          }
        }
      }
    }
    return true;
  }

  private static boolean anyAction(JsonNode patterns, String action) {
    for (String pattern : strings(patterns)) {
      String regex = pattern.replace("*", ".*").replace("?", ".");
      if (Pattern.compile(regex, Pattern.CASE_INSENSITIVE).matcher(action).matches()) {
        return true;
      }
    }
    return false;
  }

  private boolean anyResource(JsonNode patterns, String resource) {
    for (String pattern : strings(patterns)) {
      String regex = arnRegex(pattern, true);
      if (regex != null && Pattern.compile(regex, Pattern.DOTALL).matcher(resource).matches()) {
        return true;
      }
    }
    return false;
  }

  private boolean holds(String word, String key, List<String> expected) {
    boolean ifExists = word.endsWith("IfExists");
    String operator = ifExists ? word.substring(0, word.length() - 8) : word;
    List<String> actual = context.getOrDefault(key.toLowerCase(Locale.ROOT), List.of());
    boolean absent = actual.isEmpty();
    if (operator.equals("Null")) {
      return expected.contains(absent ? "true" : "false");
    }
    if (absent && ifExists) {
      return true;
    }
    if (operator.startsWith("ForAllValues:")) {
      String base = operator.substring(13);
      for (String each : actual) {
        if (!each.isEmpty() && !single(base, each, expected)) {
          return false;
        }
      }
      return true;
    }
    if (operator.startsWith("ForAnyValue:")) {
      String base = operator.substring(12);
      for (String each : actual) {
        if (!each.isEmpty() && single(base, each, expected)) {
          return true;
        }
      }
      return false;
    }
    boolean negative = operator.contains("Not");
    if (absent) {
      return negative;
    }
    for (String each : actual) {
      boolean verdict = single(operator, each, expected);
      if (negative && !verdict) {
        return false;
      }
      if (!negative && verdict) {
        return true;
      }
    }
    return negative;
  }

  /** Compares one value of the request with all values of the policy, including negation. */
  private boolean single(String operator, String actual, List<String> expected) {
    boolean negative = operator.contains("Not");
    for (String each : expected) {
      if (compare(operator.replace("Not", ""), actual, each)) {
        return !negative;
      }
    }
    return negative;
  }

  private boolean compare(String operator, String actual, String expected) {
    if (operator.startsWith("Numeric")) {
      return ordered(
          operator.substring(7), new BigDecimal(actual).compareTo(new BigDecimal(expected)));
    }
    if (operator.startsWith("Date")) {
      return ordered(operator.substring(4), instant(actual).compareTo(instant(expected)));
    }
    return switch (operator) {
      case "StringEquals", "StringLike" ->
          matches(textRegex(expected, operator.endsWith("Like")), 0, actual);
      case "StringEqualsIgnoreCase" ->
          matches(textRegex(expected, false), Pattern.CASE_INSENSITIVE, actual);
      case "ArnEquals", "ArnLike" -> matches(arnRegex(expected, false), 0, actual);
      case "Bool" -> actual.equalsIgnoreCase(expected);
      case "BinaryEquals" -> decoded(actual).equals(decoded(expected));
      case "IpAddress" -> inRange(actual, expected);
      default -> throw new IllegalArgumentException(operator);
    };
  }

  private static boolean matches(@Nullable String regex, int flags, String actual) {
    return regex != null
        && Pattern.compile(regex, flags | Pattern.DOTALL).matcher(actual).matches();
  }

  private static String decoded(String base64) {
    return new String(Base64.getDecoder().decode(base64), StandardCharsets.ISO_8859_1);
  }

  private static boolean ordered(String how, int order) {
    return switch (how) {
      case "Equals" -> order == 0;
      case "LessThan" -> order < 0;
      case "LessThanEquals" -> order <= 0;
      case "GreaterThan" -> order > 0;
      case "GreaterThanEquals" -> order >= 0;
      default -> throw new IllegalArgumentException(how);
    };
  }

  private static Instant instant(String text) {
    if (text.matches("\\d{5,}")) {
      return Instant.ofEpochSecond(Long.parseLong(text));
    }
    return Instant.parse(text.length() == 10 ? text + "T00:00:00Z" : text);
  }

  /** Compares IPv4 addresses as strings of 32 binary digits, up to the length of the prefix. */
  private static boolean inRange(String actual, String expected) {
    String[] range = expected.split("/", -1);
    int length = range.length == 1 ? 32 : Integer.parseInt(range[1]);
    return bits(actual).substring(0, length).equals(bits(range[0]).substring(0, length));
  }

  private static String bits(String address) {
    StringBuilder bits = new StringBuilder();
    for (String octet : address.split("\\.", -1)) {
      String binary = Integer.toBinaryString(Integer.parseInt(octet));
      bits.append("0".repeat(8 - binary.length())).append(binary);
    }
    return bits.toString();
  }

  /** Null when a variable has no value. */
  private @Nullable String textRegex(String pattern, boolean wildcards) {
    return regex(pattern, wildcards ? ".*" : "\\*", wildcards ? "." : "\\?");
  }

  /** Null when a variable has no value. */
  private @Nullable String arnRegex(String pattern, boolean lastStarReachesOver) {
    if (pattern.equals("*")) {
      return ".*";
    }
    // Hide variables while the pattern is split at its colons.
    List<String> variables = new ArrayList<>();
    Matcher found = VARIABLE.matcher(pattern);
    StringBuilder hidden = new StringBuilder();
    while (found.find()) {
      variables.add(found.group());
      found.appendReplacement(hidden, "\u0001");
    }
    found.appendTail(hidden);
    String[] segments = hidden.toString().split(":", 6);
    StringBuilder regex = new StringBuilder();
    for (int i = 0; i < segments.length; i++) {
      String segment = segments[i];
      while (segment.contains("\u0001")) {
        segment = segment.replaceFirst("\u0001", Matcher.quoteReplacement(variables.remove(0)));
      }
      String star = i == 5 ? ".*" : "[^:]*";
      String one = i == 5 ? "." : "[^:]";
      String piece;
      if (lastStarReachesOver && i < 5 && segment.endsWith("*")) {
        String before = regex(segment.substring(0, segment.length() - 1), star, one);
        piece = before == null ? null : before + ".*";
      } else {
        piece = regex(segment, star, one);
      }
      if (piece == null) {
        return null;
      }
      regex.append(i == 0 ? "" : ":").append(piece);
    }
    return regex.toString();
  }

  private @Nullable String regex(String pattern, String star, String one) {
    StringBuilder regex = new StringBuilder();
    int at = 0;
    while (at < pattern.length()) {
      Matcher variable = VARIABLE.matcher(pattern).region(at, pattern.length());
      if (variable.lookingAt()) {
        String value = value(variable.group(1));
        if (value == null) {
          return null;
        }
        regex.append(Pattern.quote(value));
        at = variable.end();
        continue;
      }
      char letter = pattern.charAt(at++);
      if (letter == '*') {
        regex.append(star);
      } else if (letter == '?') {
        regex.append(one);
      } else {
        regex.append(Pattern.quote(String.valueOf(letter)));
      }
    }
    return regex.toString();
  }

  private @Nullable String value(String inside) {
    if (inside.equals("*") || inside.equals("?") || inside.equals("$")) {
      return inside;
    }
    String[] parts = inside.split(", *", 2);
    List<String> values = context.getOrDefault(parts[0].toLowerCase(Locale.ROOT), List.of());
    if (values.size() == 1) {
      return values.get(0);
    }
    return parts.length == 1 ? null : parts[1].replace("'", "");
  }

  private static List<String> strings(JsonNode node) {
    List<String> strings = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(each -> strings.add(each.asText()));
    } else {
      strings.add(node.asText());
    }
    return strings;
  }
}
