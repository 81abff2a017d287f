package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.databind.JsonNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;

/**
 * An event pattern of EventBridge, with the features that the templates use: values, {@code prefix}
 * and {@code numeric}. A list in the event matches when one of its elements does. Other features
 * are refused.
 */
final class EventPattern {

  private EventPattern() {}

  static boolean matches(JsonNode pattern, JsonNode event) {
    if (!pattern.isObject()) {
      throw new IllegalArgumentException("a pattern is an object: " + pattern);
    }
    for (var field : pattern.properties()) {
      List<JsonNode> found = new ArrayList<>();
      collect(event, field.getKey(), found);
      JsonNode wanted = field.getValue();
      boolean matched =
          wanted.isObject()
              ? found.stream().anyMatch(value -> matches(wanted, value))
              : anyOf(wanted, found);
      if (!matched) {
        return false;
      }
    }
    return true;
  }

  private static void collect(JsonNode event, String name, List<JsonNode> found) {
    if (event.isArray()) {
      event.forEach(each -> collect(each, name, found));
    } else if (event.has(name)) {
      JsonNode value = event.get(name);
      // Search a list of objects element by element, with the next part of the pattern.
      if (value.isArray() && value.size() > 0 && !value.get(0).isObject()) {
        value.forEach(found::add);
      } else {
        found.add(value);
      }
    }
  }

  private static boolean anyOf(JsonNode wanted, List<JsonNode> found) {
    if (!wanted.isArray() || wanted.isEmpty()) {
      throw new IllegalArgumentException("what a field must be stands in a list: " + wanted);
    }
    boolean matched = false;
    for (JsonNode each : wanted) {
      for (JsonNode value : found) {
        matched |= one(each, value);
      }
    }
    return matched;
  }

  private static boolean one(JsonNode wanted, JsonNode value) {
    if (!wanted.isObject()) {
      return (wanted.isNumber() && value.isNumber())
          ? wanted.decimalValue().compareTo(value.decimalValue()) == 0
          : wanted.equals(value);
    }
    if (wanted.size() == 1 && wanted.path("prefix").isTextual()) {
      return value.isTextual() && value.asText().startsWith(wanted.get("prefix").asText());
    }
    if (wanted.size() == 1 && wanted.path("numeric").isArray()) {
      return value.isNumber() && numeric(wanted.get("numeric"), value.decimalValue());
    }
    throw new IllegalArgumentException("not one of value, prefix and numeric: " + wanted);
  }

  private static boolean numeric(JsonNode rule, BigDecimal value) {
    boolean matched = true;
    for (int i = 0; i < rule.size(); i += 2) {
      int compared = value.compareTo(rule.get(i + 1).decimalValue());
      matched &=
          switch (rule.get(i).asText()) {
            case "=" -> compared == 0;
            case "<" -> compared < 0;
            case "<=" -> compared <= 0;
            case ">" -> compared > 0;
            case ">=" -> compared >= 0;
            default -> throw new IllegalArgumentException("not a comparison: " + rule);
          };
    }
    return matched;
  }
}
