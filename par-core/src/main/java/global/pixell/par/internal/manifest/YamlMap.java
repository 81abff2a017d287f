package global.pixell.par.internal.manifest;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** A map of {@code agent.yaml}. A key that is given twice is a fault. */
final class YamlMap {

  private final YamlValue self;
  private final String prefix;
  private final Map<String, YamlValue> values = new LinkedHashMap<>();

  YamlMap(YamlValue self, MappingNode node, String prefix, Findings findings) {
    this.self = self;
    this.prefix = prefix;
    for (NodeTuple entry : node.getValue()) {
      String key = entry.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
      var value = new YamlValue(entry.getValueNode(), prefix + key, findings);
      if (values.put(key, value) != null) {
        findings.fault(
            YamlValue.lineOf(entry.getKeyNode()),
            "'" + key + "' is given twice.",
            "Keep one of them.");
      }
    }
  }

  static YamlMap root(MappingNode node, Findings findings) {
    return new YamlMap(new YamlValue(node, "", findings), node, "", findings);
  }

  /** What is before its keys in a message: {@code rest.}, or nothing for the root. */
  String prefix() {
    return prefix;
  }

  /** In the order of the file. */
  Map<String, YamlValue> values() {
    return values;
  }

  Set<String> keys() {
    return values.keySet();
  }

  boolean has(String key) {
    return values.containsKey(key);
  }

  /** The value of a key; empty when the key is absent or its value is null. */
  Optional<YamlValue> value(String key) {
    return Optional.ofNullable(values.get(key)).filter(value -> !value.isNull());
  }

  /** The text of a key; empty when it is absent, null or blank. Anything but text is a fault. */
  Optional<String> text(String key) {
    return value(key).flatMap(YamlValue::text);
  }

  /** The map of a key; empty when it is absent or null. Anything but a map is a fault. */
  Optional<YamlMap> map(String key) {
    Optional<YamlValue> value = value(key);
    value
        .filter(v -> !v.isMap())
        .ifPresent(
            v ->
                v.fault(
                    prefix + key + " is not a map.",
                    "Write " + prefix + key + " with indented keys below it."));
    return value.flatMap(YamlValue::map);
  }

  /** A fault of the value of a key, or of the whole map when the key is absent. */
  void fault(String key, String message, String hint) {
    values.getOrDefault(key, self).fault(message, hint);
  }
}
