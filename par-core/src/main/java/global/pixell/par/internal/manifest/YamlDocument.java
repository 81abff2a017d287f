package global.pixell.par.internal.manifest;

import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/** Parses {@code agent.yaml} to nodes, with limits against hostile files. */
final class YamlDocument {

  private static final int MAX_ALIASES = 50;
  private static final int MAX_DEPTH = 50;

  private YamlDocument() {}

  /**
   * The top-level map of a file.
   *
   * @throws ParException of kind {@code BAD_PACKAGE} when it is not UTF-8, not YAML or not a map
   */
  static YamlMap parse(byte[] bytes, Findings findings) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(MAX_ALIASES);
    options.setNestingDepthLimit(MAX_DEPTH);
    options.setCodePointLimit(ManifestReader.MAX_BYTES);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      // Not through the class Yaml: it also creates the converters between nodes and objects, and
      // with them java.util.logging, which costs a tenth of a cached start.
      var parser = new ParserImpl(new StreamReader(text), options);
      Node root = new Composer(parser, new Resolver(), options).getSingleNode();
      if (root instanceof MappingNode mapping) {
        return YamlMap.root(mapping, findings);
      }
      throw unreadable("it is not a map of keys.");
    } catch (CharacterCodingException e) {
      throw unreadable("it is not UTF-8 text.");
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      throw unreadable("line " + line + ": " + e.getProblem() + ".");
    } catch (YAMLException e) {
      throw unreadable(String.valueOf(e.getMessage()) + ".");
    }
  }

  static ParException unreadable(String why) {
    return new ParException(
        Kind.BAD_PACKAGE,
        ManifestReader.FILE + " cannot be read: " + why,
        "Write it as YAML, in UTF-8: name, version, command or entrypoint.");
  }
}
