package global.pixell.par.internal.manifest;

import java.util.List;
import java.util.Optional;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * One value of {@code agent.yaml}, with its line.
 *
 * <p>It is read from the parser's node, not from a converted object: a node knows its line, and an
 * unquoted {@code 1.10} is still the text that its author wrote.
 */
final class YamlValue {

  private final Node node;
  private final String path;
  private final Findings findings;

  /**
   * A value.
   *
   * @param path the keys that lead to it, such as {@code metadata.version}
   */
  YamlValue(Node node, String path, Findings findings) {
    this.node = node;
    this.path = path;
    this.findings = findings;
  }

  /** Whether nothing is written after the key, or {@code null}. */
  boolean isNull() {
    return node.getTag().equals(Tag.NULL);
  }

  boolean isMap() {
    return node instanceof MappingNode;
  }

  /** The text of a scalar exactly as it was written; empty for a map and for a list. */
  Optional<String> scalar() {
    return node instanceof ScalarNode scalar ? Optional.of(scalar.getValue()) : Optional.empty();
  }

  /**
   * The text of a scalar without the blanks around it; empty for a blank one. A map, a list and a
   * NUL character are faults.
   */
  Optional<String> text() {
    Optional<String> written = scalar();
    if (written.isEmpty()) {
      fault(path + " is not text.", "Give it one value.");
    } else if (containsNul(written.get())) {
      fault(path + " contains a NUL character.", "Remove it.");
      return Optional.empty();
    }
    return written.map(String::strip).filter(text -> !text.isEmpty());
  }

  /** The map that it is; empty for a scalar and for a list. */
  Optional<YamlMap> map() {
    return node instanceof MappingNode mapping
        ? Optional.of(new YamlMap(this, mapping, path + ".", findings))
        : Optional.empty();
  }

  /** The items of a list; none for a scalar and for a map. */
  List<YamlValue> items() {
    return node instanceof SequenceNode list
        ? list.getValue().stream().map(item -> new YamlValue(item, path, findings)).toList()
        : List.of();
  }

  /** The line on which it begins, from 1. */
  int line() {
    return lineOf(node);
  }

  void fault(String message, String hint) {
    findings.fault(line(), message, hint);
  }

  /** A NUL would end the text early in a command line or in an environment. */
  static boolean containsNul(String text) {
    return text.indexOf('\0') >= 0;
  }

  static int lineOf(Node node) {
    return node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
  }
}
