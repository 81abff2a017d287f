package global.pixell.par.testkit.operations;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import global.pixell.par.testkit.testing.IamFolder;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * A CloudFormation template with its parameters filled in, as CloudFormation does it: it checks
 * parameters, asserts rules, evaluates conditions and resolves intrinsic functions. A reference to
 * a resource becomes its name if the template sets one, otherwise {@code ref:LogicalId}. Unknown
 * features fail.
 */
final class Template {

  /** A template or a set of parameters that CloudFormation would refuse. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String message) {
      super(message);
    }
  }

  static final Map<String, String> PSEUDO =
      Map.of(
          "AWS::AccountId", "111122223333",
          "AWS::Region", "us-east-2",
          "AWS::Partition", "aws",
          "AWS::URLSuffix", "amazonaws.com",
          "AWS::StackName", "stack");

  /** Properties that set the name to which a reference resolves. */
  private static final Map<String, String> NAMES =
      Map.of(
          "AWS::Logs::LogGroup", "LogGroupName",
          "AWS::Events::Rule", "Name",
          "AWS::ECS::Cluster", "ClusterName",
          "AWS::IAM::Role", "RoleName");

  private static final Pattern VARIABLE = Pattern.compile("\\$\\{(!?)([^}]+)\\}");

  private final String text;
  private final JsonNode source;

  private Template(String text) {
    this.text = text;
    Yaml yaml = new Yaml(new SafeConstructor(new LoaderOptions()));
    // Refuse aliases, because CloudFormation documents that it does not support them.
    yaml.parse(new StringReader(text))
        .forEach(
            event -> {
              if (event instanceof AliasEvent) {
                throw new Refused("CloudFormation does not support aliases");
              }
            });
    this.source = json(yaml.compose(new StringReader(text)));
  }

  static Template of(String text) {
    return new Template(text);
  }

  static Template read(String file) throws IOException {
    return new Template(Files.readString(IamFolder.file("cloudformation/" + file)));
  }

  String text() {
    return text;
  }

  JsonNode source() {
    return source;
  }

  /** The template with other text. */
  Template with(String old, String changed) {
    if (!text.contains(old)) {
      throw new IllegalArgumentException("the template does not have: " + old);
    }
    return new Template(text.replace(old, changed));
  }

  /** The resources that a stack with these parameters has, by logical id. */
  JsonNode resources(Map<String, String> parameters) {
    return new Resolution(parameters).resources();
  }

  private final class Resolution {

    private final Map<String, JsonNode> values = new TreeMap<>();

    Resolution(Map<String, String> parameters) {
      for (String given : parameters.keySet()) {
        if (!source.path("Parameters").has(given)) {
          throw new Refused("there is no parameter " + given);
        }
      }
      for (var parameter : source.path("Parameters").properties()) {
        values.put(
            parameter.getKey(),
            parameter(
                parameter.getKey(), parameter.getValue(), parameters.get(parameter.getKey())));
      }
      for (var rule : source.path("Rules").properties()) {
        if (!rule.getValue().has("RuleCondition")
            || condition(rule.getValue().get("RuleCondition"))) {
          for (JsonNode assertion : rule.getValue().path("Assertions")) {
            if (!condition(assertion.get("Assert"))) {
              throw new Refused(assertion.path("AssertDescription").asText());
            }
          }
        }
      }
    }

    private JsonNode parameter(String name, JsonNode declared, @Nullable String given) {
      if (given == null && !declared.has("Default")) {
        throw new Refused("the parameter " + name + " is required");
      }
      String value = given == null ? declared.get("Default").asText() : given;
      if (declared.has("AllowedPattern")
          && !Pattern.matches(declared.get("AllowedPattern").asText(), value)) {
        throw new Refused(name + " does not match " + declared.get("AllowedPattern").asText());
      }
      if (declared.has("AllowedValues")
          && !Documents.texts(declared.get("AllowedValues")).contains(value)) {
        throw new Refused(name + " is none of " + declared.get("AllowedValues"));
      }
      if (declared.get("Type").asText().equals("Number")) {
        double number = Double.parseDouble(value);
        if (number < declared.path("MinValue").asDouble(number)
            || number > declared.path("MaxValue").asDouble(number)) {
          throw new Refused(name + " is out of range: " + value);
        }
      }
      if (declared.get("Type").asText().equals("CommaDelimitedList")) {
        ArrayNode list = Documents.STRICT.createArrayNode();
        for (String each : value.split(",", -1)) {
          list.add(each.strip());
        }
        return list;
      }
      return TextNode.valueOf(value);
    }

    JsonNode resources() {
      ObjectNode resources = Documents.STRICT.createObjectNode();
      for (var resource : source.get("Resources").properties()) {
        if (exists(resource.getValue())) {
          ObjectNode resolved = (ObjectNode) resolve(resource.getValue()).orElseThrow();
          resources.set(resource.getKey(), resolved.without(List.of("Condition", "Metadata")));
        }
      }
      return resources;
    }

    private boolean exists(JsonNode resource) {
      return !resource.has("Condition") || named(resource.get("Condition").asText());
    }

    private boolean named(String condition) {
      if (!source.path("Conditions").has(condition)) {
        throw new Refused("there is no condition " + condition);
      }
      return condition(source.get("Conditions").get(condition));
    }

    private boolean condition(JsonNode node) {
      String function = onlyName(node);
      JsonNode value = node.get(function);
      return switch (function) {
        case "Condition" -> named(value.asText());
        case "Fn::Not" -> !condition(value.get(0));
        case "Fn::And" -> Documents.elements(value).stream().allMatch(this::condition);
        case "Fn::Or" -> Documents.elements(value).stream().anyMatch(this::condition);
        case "Fn::Equals" -> text(value.get(0)).equals(text(value.get(1)));
        default -> throw new Refused(function + " decides nothing");
      };
    }

    private String text(JsonNode node) {
      return resolve(node).orElseThrow().asText();
    }

    /** The resolved value; empty for {@code AWS::NoValue}. */
    private Optional<JsonNode> resolve(JsonNode node) {
      if (node.isArray()) {
        ArrayNode list = Documents.STRICT.createArrayNode();
        node.forEach(each -> resolve(each).ifPresent(list::add));
        return Optional.of(list);
      }
      if (!node.isObject()) {
        return Optional.of(node);
      }
      if (node.size() == 1) {
        String name = onlyName(node);
        if (name.equals("Ref") || name.startsWith("Fn::")) {
          return call(name, node.get(name));
        }
      }
      ObjectNode copy = Documents.STRICT.createObjectNode();
      node.properties()
          .forEach(
              each -> resolve(each.getValue()).ifPresent(value -> copy.set(each.getKey(), value)));
      return Optional.of(copy);
    }

    private Optional<JsonNode> call(String function, JsonNode value) {
      return switch (function) {
        case "Ref" -> reference(value.asText());
        case "Fn::If" -> resolve(value.get(named(value.get(0).asText()) ? 1 : 2));
        case "Fn::Sub" -> Optional.of(TextNode.valueOf(substitute(value.asText())));
        case "Fn::GetAtt" -> Optional.of(TextNode.valueOf(attribute(value.asText())));
        case "Fn::Join" ->
            Optional.of(
                TextNode.valueOf(
                    String.join(
                        value.get(0).asText(),
                        Documents.texts(resolve(value.get(1)).orElseThrow()))));
        default -> throw new Refused(function + " is not known here");
      };
    }

    private Optional<JsonNode> reference(String name) {
      if (name.equals("AWS::NoValue")) {
        return Optional.empty();
      }
      if (PSEUDO.containsKey(name)) {
        return Optional.of(TextNode.valueOf(PSEUDO.get(name)));
      }
      if (values.containsKey(name)) {
        return Optional.of(Objects.requireNonNull(values.get(name)));
      }
      JsonNode resource = existing(name);
      String property = NAMES.get(resource.get("Type").asText());
      return property == null
          ? Optional.of(TextNode.valueOf("ref:" + name))
          : resolve(resource.get("Properties").get(property));
    }

    private JsonNode existing(String name) {
      JsonNode resource = source.get("Resources").path(name);
      if (resource.isMissingNode() || !exists(resource)) {
        throw new Refused("a reference to " + name + ", which this stack does not have");
      }
      return resource;
    }

    private String attribute(String path) {
      String name = path.substring(0, path.indexOf('.'));
      existing(name);
      return "attr:" + path;
    }

    private String substitute(String value) {
      return VARIABLE
          .matcher(value)
          .replaceAll(
              found ->
                  Matcher.quoteReplacement(
                      !found.group(1).isEmpty()
                          ? "${" + found.group(2) + "}"
                          : found.group(2).contains(".")
                              ? attribute(found.group(2))
                              : reference(found.group(2)).orElseThrow().asText()));
    }
  }

  private static String onlyName(JsonNode node) {
    List<String> names = Documents.names(node);
    if (names.size() != 1) {
      throw new Refused("one function, not " + names);
    }
    return names.get(0);
  }

  /** The YAML as JSON, with short functions such as {@code !Ref} in their long form. */
  private static JsonNode json(Node node) {
    JsonNode value = plain(node);
    String tag = node.getTag().getValue();
    if (!tag.startsWith("!")) {
      return value;
    }
    String function = tag.substring(1);
    ObjectNode call = Documents.STRICT.createObjectNode();
    call.set(
        (function.equals("Ref") || function.equals("Condition")) ? function : "Fn::" + function,
        value);
    return call;
  }

  private static JsonNode plain(Node node) {
    if (node instanceof MappingNode mapping) {
      ObjectNode object = Documents.STRICT.createObjectNode();
      mapping
          .getValue()
          .forEach(
              each -> {
                String key = ((ScalarNode) each.getKeyNode()).getValue();
                if (object.has(key)) {
                  throw new Refused("the key " + key + " stands twice");
                }
                object.set(key, json(each.getValueNode()));
              });
      return object;
    }
    if (node instanceof SequenceNode sequence) {
      List<JsonNode> list = new ArrayList<>();
      sequence.getValue().forEach(each -> list.add(json(each)));
      return Documents.STRICT.createArrayNode().addAll(list);
    }
    ScalarNode scalar = (ScalarNode) node;
    if (scalar.getTag().equals(Tag.INT)) {
      return Documents.STRICT.getNodeFactory().numberNode(Long.parseLong(scalar.getValue()));
    }
    if (scalar.getTag().equals(Tag.BOOL)) {
      return Documents.STRICT.getNodeFactory().booleanNode(scalar.getValue().equals("true"));
    }
    if (scalar.getTag().equals(Tag.TIMESTAMP)) {
      throw new Refused("quote the date " + scalar.getValue());
    }
    return TextNode.valueOf(scalar.getValue());
  }
}
