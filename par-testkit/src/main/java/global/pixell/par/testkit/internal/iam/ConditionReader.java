package global.pixell.par.testkit.internal.iam;

import com.fasterxml.jackson.databind.JsonNode;
import global.pixell.par.testkit.internal.iam.Condition.Quantifier;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Reads the conditions of a statement. */
final class ConditionReader {

  private final PolicyJson json;
  private final boolean variables;

  ConditionReader(PolicyJson json, boolean variables) {
    this.json = json;
    this.variables = variables;
  }

  /** Reads a block of conditions; returns an empty list without a block. */
  List<Condition> read(@Nullable JsonNode block, String path) {
    List<Condition> conditions = new ArrayList<>();
    if (block == null) {
      return conditions;
    }
    if (!block.isObject()) {
      json.refuse(path, "must be an object of operators");
      return conditions;
    }
    for (Map.Entry<String, JsonNode> entry : block.properties()) {
      String operatorPath = path + PolicyJson.step(entry.getKey());
      Optional<Operator> operator = operator(entry.getKey(), operatorPath);
      if (!entry.getValue().isObject() || entry.getValue().isEmpty()) {
        json.refuse(operatorPath, "must be an object of condition keys");
      } else if (operator.isPresent()) {
        for (Map.Entry<String, JsonNode> line : entry.getValue().properties()) {
          conditions.add(
              condition(
                  operator.get(),
                  line.getKey(),
                  line.getValue(),
                  operatorPath + PolicyJson.step(line.getKey())));
        }
      }
    }
    return conditions;
  }

  private record Operator(Quantifier quantifier, ConditionOperator operator, boolean ifExists) {}

  private Optional<Operator> operator(String word, String path) {
    String rest = word;
    Quantifier quantifier = Quantifier.ONE;
    if (rest.startsWith("ForAnyValue:")) {
      quantifier = Quantifier.ANY_VALUE;
    } else if (rest.startsWith("ForAllValues:")) {
      quantifier = Quantifier.ALL_VALUES;
    }
    rest = rest.substring(quantifier == Quantifier.ONE ? 0 : rest.indexOf(':') + 1);
    boolean ifExists = rest.endsWith("IfExists");
    String base = ifExists ? rest.substring(0, rest.length() - "IfExists".length()) : rest;
    Optional<ConditionOperator> operator = ConditionOperator.of(base);
    if (operator.isEmpty()) {
      json.refuse(
          path,
          "is not a condition operator" + DidYouMean.suggestion(base, ConditionOperator.words()));
      return Optional.empty();
    }
    if (operator.get() == ConditionOperator.NULL && !word.equals("Null")) {
      json.refuse(path, "does not exist: Null asks for absence itself and stands alone");
      return Optional.empty();
    }
    return Optional.of(new Operator(quantifier, operator.get(), ifExists));
  }

  private Condition condition(Operator operator, String key, JsonNode values, String path) {
    json.attempt(path, () -> ConditionKeys.check(key));
    List<ConditionOperator.Value> read = new ArrayList<>();
    for (String text : json.texts(values, path)) {
      json.attempt(path, () -> read.add(operator.operator().read(text, variables)));
    }
    return new Condition(
        operator.quantifier(), operator.operator(), operator.ifExists(), key, read);
  }
}
