package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.ParException.Problem;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the JSON of one policy document and collects its problems, each with its JSON path.
 *
 * <p>It walks the JSON tree, because data binding would ignore unknown members, and an ignored
 * member could change the meaning of the policy.
 */
final class PolicyJson {

  private static final String HINT =
      "Correct the document: other tools may skip unknown parts silently.";

  private final List<Problem> problems = new ArrayList<>();

  List<Problem> problems() {
    return List.copyOf(problems);
  }

  /** Which of two mutually exclusive elements the statement has; true for the second. */
  boolean oneOf(JsonNode node, String path, String is, String isNot, boolean required) {
    if (node.has(is) && node.has(isNot)) {
      refuse(path, "has both " + is + " and " + isNot + "; they exclude each other");
    } else if (required && !node.has(is) && !node.has(isNot)) {
      refuse(path, "has neither " + is + " nor " + isNot);
    }
    return node.has(isNot);
  }

  /** Reads a text, or a non-empty list of texts; numbers and booleans count as text. */
  List<String> texts(@Nullable JsonNode node, String path) {
    List<String> texts = new ArrayList<>();
    if (node == null) {
      return texts;
    }
    if (node.isArray() && node.isEmpty()) {
      refuse(path, "is an empty list");
    }
    List<JsonNode> nodes = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(nodes::add);
    } else {
      nodes.add(node);
    }
    for (JsonNode each : nodes) {
      if (each.isTextual() || each.isBoolean() || each.isNumber()) {
        texts.add(each.asText());
      } else {
        refuse(path, "must be text or a list of texts");
      }
    }
    return texts;
  }

  /** Checks that a node is an object, and reports each unknown member. */
  boolean members(JsonNode node, String path, List<String> known) {
    if (!node.isObject()) {
      refuse(path, "must be an object");
      return false;
    }
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      if (!known.contains(entry.getKey())) {
        refuse(
            path + step(entry.getKey()),
            "is not known" + DidYouMean.suggestion(entry.getKey(), known));
      }
    }
    return true;
  }

  /**
   * Runs code that may refuse a value with an IllegalArgumentException, and reports its message.
   */
  void attempt(String path, Runnable reading) {
    try {
      reading.run();
    } catch (IllegalArgumentException e) {
      refuse(path, String.valueOf(e.getMessage()));
    }
  }

  /** Adds a problem. Reading continues, so that the error lists all problems at once. */
  void refuse(String path, String message) {
    problems.add(new Problem(path, message.endsWith("?") ? message : message + ".", HINT));
  }

  /** A member as a step of a path: {@code .Name}, or quoted. */
  static String step(String member) {
    return member.matches("\\w+") ? "." + member : "['" + member + "']";
  }
}
