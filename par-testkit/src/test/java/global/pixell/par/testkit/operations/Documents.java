package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** JSON documents, read strictly and compared by their meaning. */
final class Documents {

  static final JsonMapper STRICT =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .build();

  private Documents() {}

  static JsonNode json(String text) throws IOException {
    return STRICT.readTree(text);
  }

  /** A document of the {@code iam} folder. */
  static JsonNode read(String file) throws IOException {
    return json(Files.readString(IamFolder.file(file)));
  }

  /** A document of the {@code iam} folder in which these texts are replaced. */
  static JsonNode read(String file, Map<String, String> values) throws IOException {
    String text = Files.readString(IamFolder.file(file));
    for (Map.Entry<String, String> value : values.entrySet()) {
      text = text.replace(value.getKey(), value.getValue());
    }
    return json(text);
  }

  static List<JsonNode> statements(JsonNode policy) {
    return elements(policy.path("Statement"));
  }

  /** The elements of a list, or the value itself if it is not a list. */
  static List<JsonNode> elements(JsonNode node) {
    List<JsonNode> elements = new ArrayList<>();
    if (node.isArray()) {
      node.forEach(elements::add);
    } else if (!node.isMissingNode()) {
      elements.add(node);
    }
    return elements;
  }

  static List<String> texts(JsonNode node) {
    return elements(node).stream().map(JsonNode::asText).toList();
  }

  static List<String> names(JsonNode node) {
    List<String> names = new ArrayList<>();
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /** The same policy with every list of one element replaced by that element, as IAM reads it. */
  static JsonNode normal(JsonNode node) {
    if (node.isObject()) {
      ObjectNode copy = STRICT.createObjectNode();
      node.properties().forEach(each -> copy.set(each.getKey(), normal(each.getValue())));
      return copy;
    }
    if (node.isArray() && node.size() == 1) {
      return normal(node.get(0));
    }
    if (node.isArray()) {
      ArrayNode copy = STRICT.createArrayNode();
      node.forEach(each -> copy.add(normal(each)));
      return copy;
    }
    return node;
  }
}
