package global.pixell.par.internal.manifest;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.AgentManifest.RuntimeSpec;
import global.pixell.par.AgentManifest.Ui;
import global.pixell.par.ParException;
import global.pixell.par.ParException.Kind;
import global.pixell.par.ParException.Problem;
import global.pixell.par.internal.text.DidYouMean;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.composer.Composer;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;
import org.yaml.snakeyaml.resolver.Resolver;

/**
 * {@code agent.yaml} to {@link AgentManifest}, and every fault of it at once, with its line.
 *
 * <p>The only class that knows the YAML parser. It reads the node tree, not values: lines are at
 * hand there, and an unquoted {@code 1.10} is still the text its author wrote.
 */
public final class ManifestReader {

  public static final String FILE = "agent.yaml";

  /** Far above any real manifest; keeps a hostile one from filling the heap. */
  public static final int MAX_BYTES = 1 << 20;

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
  private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}");
  private static final Pattern RUNTIME =
      Pattern.compile(
          "(python|node|java|go)[-@ ]?([0-9.]*|(?:[<>=~^!]{1,2} ?[0-9][0-9.]*(?:\\.[*x])?(?:, ?)?)+)");
  private static final Pattern MODULE_FUNCTION =
      Pattern.compile("[\\w./-]+(?::[A-Za-z_]\\w*)?", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern FUNCTION_PATH =
      Pattern.compile("[\\w./-]+[.:][A-Za-z_]\\w*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Set<String> KEYS =
      Set.of(
          "name",
          "version",
          "description",
          "author",
          "metadata",
          "runtime",
          "entrypoint",
          "command",
          "rest",
          "a2a",
          "http_server",
          "ui",
          "exports",
          "dependencies",
          "environment",
          "ready");
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
  private static final Set<String> RESERVED =
      Set.of(
          "AGENT_APP_ID",
          "DEPLOYMENT_ID",
          "REST_PORT",
          "A2A_PORT",
          "UI_PORT",
          "HEALTH_PORT",
          "BASE_PATH",
          "PATH",
          "HOME",
          "PYTHONPATH");

  private final List<Problem> problems = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();

  private ManifestReader() {}

  public static AgentManifest read(Path directory) {
    Path file = directory.resolve(FILE);
    try {
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw missing(directory);
      }
      if (Files.size(file) > MAX_BYTES) {
        throw unreadable(
            "it is " + Files.size(file) + " bytes, over the limit of " + MAX_BYTES + ".");
      }
      return parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw new ParException(
          Kind.DISK,
          file + " cannot be read: " + e + ".",
          "Check the permissions of the package.",
          e);
    }
  }

  private static ParException missing(Path directory) throws IOException {
    var names = new ArrayList<String>();
    Files.walkFileTree(
        directory,
        Set.of(),
        2,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
            return folder.equals(directory) ? FileVisitResult.CONTINUE : found(folder);
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            return found(file);
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException e) {
            // A folder that may not be read holds no manifest for us, and is no reason of its own.
            return found(file);
          }

          private FileVisitResult found(Path path) {
            String name = directory.relativize(path).toString();
            names.add(Files.isDirectory(path) ? name + "/" : name);
            return FileVisitResult.CONTINUE;
          }
        });
    return missing(names);
  }

  /**
   * The refusal of a package without a manifest; its message names the near misses.
   *
   * @param names paths of all entries, folders with a slash at the end
   */
  public static ParException missing(Collection<String> names) {
    String near =
        names.stream()
            .filter(name -> name.toLowerCase(Locale.ROOT).equals(FILE))
            .findFirst()
            .map(name -> " It holds '" + name + "': the name must be in lower case.")
            .or(
                () ->
                    names.stream()
                        .filter(name -> name.startsWith(FILE + "/"))
                        .findFirst()
                        .map(name -> " It holds the folder '" + FILE + "/': it must be a file."))
            .or(
                () ->
                    names.stream()
                        .filter(name -> name.endsWith("/" + FILE))
                        .findFirst()
                        .map(
                            name ->
                                " It holds '" + name + "': the package is wrapped in a folder."))
            .orElse("");
    List<String> top =
        names.stream()
            .map(n -> n.split("/", 2)[0])
            .filter(n -> !n.isEmpty())
            .distinct()
            .sorted()
            .limit(10)
            .toList();
    return new ParException(
        Kind.BAD_PACKAGE,
        "The package has no " + FILE + " at its top level; found " + top + "." + near,
        "Zip the content of the agent's folder, not the folder, with " + FILE + " at the top.");
  }

  public static AgentManifest parse(byte[] yaml) {
    return new ManifestReader().manifest(yaml);
  }

  private AgentManifest manifest(byte[] bytes) {
    MappingNode root = compose(bytes);
    Map<String, Node> top = entries(root);
    refuseForeign(root, top);
    top.forEach((key, node) -> warnOfNearMiss("", key, node, top.keySet(), KEYS));
    Map<String, Node> metadata = section(top, "metadata");
    String name = name(root, top);
    String version = version(root, top, metadata);
    Map<String, Node> rest = surface(top, "rest", Set.of("entry"));
    Map<String, Node> a2a = surface(top, "a2a", Set.of("service", "entry", "http_server"));
    Optional<String> httpServer =
        moduleFunction(a2a, "http_server", "a2a.http_server")
            .or(() -> moduleFunction(top, "http_server", "http_server"));
    var manifest =
        new AgentManifest(
            name,
            version,
            text(top, "description", "description")
                .or(() -> text(metadata, "description", "metadata.description")),
            text(top, "author", "author").or(() -> text(metadata, "author", "metadata.author")),
            runtime(top),
            text(top, "entrypoint", "entrypoint"),
            command(top),
            moduleFunction(rest, "entry", "rest.entry"),
            moduleFunction(a2a, "service", "a2a.service")
                .or(() -> moduleFunction(a2a, "entry", "a2a.entry")),
            httpServer,
            ui(top),
            exports(top),
            dependencies(top),
            environment(top),
            readiness(top),
            warnings);
    if (!problems.isEmpty()) {
      throw ParException.ofProblems(Kind.BAD_PACKAGE, FILE, problems);
    }
    return manifest;
  }

  private MappingNode compose(byte[] bytes) {
    var options = new LoaderOptions();
    options.setAllowDuplicateKeys(false);
    options.setMaxAliasesForCollections(50);
    options.setNestingDepthLimit(50);
    options.setCodePointLimit(MAX_BYTES);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      // Not through Yaml, which also makes what turns nodes into objects and back, and with it
      // starts java.util.logging: a tenth of a cached start.
      var parser = new ParserImpl(new StreamReader(text), options);
      Node node = new Composer(parser, new Resolver(), options).getSingleNode();
      if (node instanceof MappingNode mapping) {
        return mapping;
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

  private static ParException unreadable(String why) {
    return new ParException(
        Kind.BAD_PACKAGE,
        FILE + " cannot be read: " + why,
        "Write it as YAML, in UTF-8: name, version, command or entrypoint.");
  }

  private String name(MappingNode root, Map<String, Node> top) {
    Optional<String> name = text(top, "name", "name");
    if (name.isEmpty()) {
      fault(top.getOrDefault("name", root), "name is missing.", "Add name: my-agent.");
      return "";
    }
    if (!NAME.matcher(name.get()).matches()) {
      fault(
          node(top, "name", root),
          "name '" + name.get() + "' does not match [a-z][a-z0-9-]*.",
          "Use lower-case letters, digits and '-', beginning with a letter.");
    }
    return name.get();
  }

  private String version(MappingNode root, Map<String, Node> top, Map<String, Node> metadata) {
    boolean inMetadata = metadata.containsKey("version");
    Optional<String> version =
        inMetadata
            ? text(metadata, "version", "metadata.version")
            : text(top, "version", "version");
    Node at = inMetadata ? node(metadata, "version", root) : node(top, "version", root);
    if (version.isEmpty()) {
      fault(at, "version is missing.", "Add version: 0.1.0, or metadata.version.");
      return "";
    }
    if (!VERSION.matcher(version.get()).matches()) {
      fault(
          at,
          "version '" + version.get() + "' does not match " + VERSION.pattern() + ".",
          "Use at most 128 letters, digits, '.', '+', '_', '-', beginning with a letter or digit.");
    }
    return version.get();
  }

  private Optional<RuntimeSpec> runtime(Map<String, Node> top) {
    Node node = top.get("runtime");
    if (node == null || isNull(node)) {
      return Optional.empty();
    }
    String written;
    if (node instanceof MappingNode map) {
      written = runtimeMap(entries(map));
    } else {
      written = text(top, "runtime", "runtime").orElse("");
    }
    Matcher m = RUNTIME.matcher(written.toLowerCase(Locale.ROOT));
    if (!m.matches()) {
      fault(
          node,
          "runtime '" + written + "' is not known.",
          "Use python3.11, node20, java17, go1.21, or a map of name and version.");
      return Optional.empty();
    }
    return Optional.of(new RuntimeSpec(m.group(1), m.group(2)));
  }

  /** {@code {name: python, version: "3.11"}}, or {@code {python: ">=3.8"}}. */
  private String runtimeMap(Map<String, Node> parts) {
    Optional<String> name = text(parts, "name", "runtime.name");
    if (name.isEmpty() && parts.size() == 1) {
      String only = parts.keySet().iterator().next();
      return only + text(parts, only, "runtime." + only).orElse("");
    }
    return name.orElse("") + text(parts, "version", "runtime.version").orElse("");
  }

  private List<String> command(Map<String, Node> top) {
    Node node = top.get("command");
    if (node == null || isNull(node)) {
      return List.of();
    }
    var argv = new ArrayList<String>();
    if (node instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        if (item instanceof ScalarNode scalar && scalar.getValue().indexOf('\0') < 0) {
          argv.add(scalar.getValue());
        } else {
          fault(
              item, "command holds something that is not text.", "List the words of the command.");
        }
      }
    }
    if (argv.isEmpty() || argv.get(0).isBlank()) {
      fault(node, "command is not a list of words.", "Write command: [python3, main.py].");
    }
    return argv;
  }

  private Optional<Ui> ui(Map<String, Node> top) {
    Map<String, Node> ui = surface(top, "ui", Set.of("path"));
    Optional<String> path = text(ui, "path", "ui.path");
    path.filter(p -> escapes(p))
        .ifPresent(
            p ->
                fault(
                    ui.get("path"),
                    "ui.path '" + p + "' leaves the package.",
                    "Name a directory inside the package."));
    return path.map(p -> new Ui(p, text(ui, "basePath", "ui.basePath").orElse("/")));
  }

  private static boolean escapes(String path) {
    return path.startsWith("/")
        || path.indexOf('\\') >= 0
        || path.indexOf('\0') >= 0
        || List.of(path.split("/", -1)).contains("..");
  }

  /** A list of {@code {name, handler}}; what names no handler is offered by other surfaces. */
  private Map<String, String> exports(Map<String, Node> top) {
    var result = new LinkedHashMap<String, String>();
    if (!(top.get("exports") instanceof SequenceNode list)) {
      return result;
    }
    for (Node item : list.getValue()) {
      if (!(item instanceof MappingNode map)) {
        continue;
      }
      Map<String, Node> parts = entries(map);
      Optional<String> handler = text(parts, "handler", "exports.handler");
      Optional<String> name =
          text(parts, "id", "exports.id")
              .or(() -> text(parts, "name", "exports.name"))
              .or(() -> handler);
      if (handler.isPresent() && !FUNCTION_PATH.matcher(handler.get()).matches()) {
        fault(
            item,
            "exports.handler '" + handler.get() + "' is not module.function.",
            "Write it like agent.hello.");
      } else if (handler.isPresent()) {
        result.put(name.orElseThrow(), handler.get());
      }
    }
    return result;
  }

  private List<String> dependencies(Map<String, Node> top) {
    var result = new ArrayList<String>();
    // A map is another builder's notation, which no installer of a language understands.
    if (top.get("dependencies") instanceof SequenceNode list) {
      for (Node item : list.getValue()) {
        if (item instanceof ScalarNode scalar && !scalar.getValue().isBlank()) {
          result.add(scalar.getValue().strip());
        }
      }
    }
    return result;
  }

  /** The files of other products that bear the same name. */
  private void refuseForeign(MappingNode root, Map<String, Node> top) {
    if (top.containsKey("name") && (top.containsKey("version") || top.containsKey("metadata"))) {
      return;
    }
    String product =
        top.get("agents") instanceof MappingNode
            ? "Docker's agents (it has agents:)"
            : top.containsKey("kind") || top.containsKey("$schema")
                ? "Azure AI Foundry (it has kind: or $schema:)"
                : top.containsKey("role") && top.containsKey("goal") ? "CrewAI (it has role:)" : "";
    if (!product.isEmpty()) {
      fault(
          root,
          "this is an " + FILE + " of " + product + ", not one of PAR.",
          "Write one with name, version, and command or entrypoint.");
    }
  }

  /** A section that is there and yet declares nothing that PAR could serve. */
  private Map<String, Node> surface(Map<String, Node> top, String key, Set<String> known) {
    Map<String, Node> section = section(top, key);
    section.forEach((name, node) -> warnOfNearMiss(key + ".", name, node, section.keySet(), known));
    if (!section.isEmpty() && section.keySet().stream().noneMatch(known::contains)) {
      warnings.add(
          key
              + " is not served: it has none of the keys "
              + known.stream().sorted().toList()
              + ".");
    }
    return section;
  }

  private void warnOfNearMiss(
      String path, String key, Node node, Collection<String> present, Set<String> known) {
    if (!known.contains(key)) {
      DidYouMean.nearest(key, known)
          .filter(near -> !present.contains(near))
          .ifPresent(
              near ->
                  warnings.add(
                      FILE
                          + ":"
                          + line(node)
                          + ": the key '"
                          + path
                          + key
                          + "' is not known and ignored. Did you mean '"
                          + path
                          + near
                          + "'?"));
    }
  }

  private Map<String, String> environment(Map<String, Node> top) {
    var result = new LinkedHashMap<String, String>();
    section(top, "environment")
        .forEach(
            (key, node) -> {
              if (!VARIABLE.matcher(key).matches()) {
                fault(
                    node,
                    "environment '" + key + "' is not a variable name.",
                    "Use letters, digits and '_'.");
              } else if (RESERVED.contains(key)) {
                warnings.add(
                    "environment." + key + " is ignored: the runtime sets " + key + " itself.");
              } else if (node instanceof ScalarNode scalar
                  && scalar.getValue().indexOf('\0') >= 0) {
                fault(node, "environment." + key + " holds a NUL character.", "Remove it.");
              } else if (node instanceof ScalarNode scalar) {
                result.put(key, isNull(node) ? "" : scalar.getValue());
              } else {
                fault(
                    node, "environment." + key + " is not text.", "Give every variable one value.");
              }
            });
    return result;
  }

  private Optional<Readiness> readiness(Map<String, Node> top) {
    Node node = top.get("ready");
    if (node == null || isNull(node)) {
      return Optional.empty();
    }
    if (node instanceof ScalarNode scalar && scalar.getValue().equals("tcp")) {
      return Optional.of(new Readiness(Probe.TCP, ""));
    }
    if (node instanceof MappingNode map) {
      Map<String, Node> parts = entries(map);
      Optional<String> http = text(parts, "http", "ready.http").filter(p -> p.startsWith("/"));
      Optional<String> line = text(parts, "line", "ready.line");
      if (http.isPresent() != line.isPresent()) {
        return http.map(path -> new Readiness(Probe.HTTP, path))
            .or(() -> line.map(text -> new Readiness(Probe.LINE, text)));
      }
    }
    fault(
        node,
        "ready is not a probe.",
        "Write ready: {http: /health}, ready: tcp or ready: {line: text}.");
    return Optional.empty();
  }

  private Optional<String> moduleFunction(Map<String, Node> map, String key, String path) {
    Optional<String> value = text(map, key, path);
    value
        .filter(v -> !MODULE_FUNCTION.matcher(v).matches())
        .ifPresent(
            v ->
                fault(
                    map.get(key),
                    path + " '" + v + "' is not module:function.",
                    "Write it like app.routes:mount."));
    return value;
  }

  private Map<String, Node> section(Map<String, Node> parent, String key) {
    Node node = parent.get(key);
    if (node == null || isNull(node)) {
      return Map.of();
    }
    if (node instanceof MappingNode map) {
      return entries(map);
    }
    fault(node, key + " is not a map.", "Write " + key + " with indented keys below it.");
    return Map.of();
  }

  private Map<String, Node> entries(MappingNode map) {
    var result = new LinkedHashMap<String, Node>();
    map.getValue()
        .forEach(
            tuple -> {
              String key = tuple.getKeyNode() instanceof ScalarNode scalar ? scalar.getValue() : "";
              if (result.put(key, tuple.getValueNode()) != null) {
                fault(tuple.getKeyNode(), "'" + key + "' is there twice.", "Keep one of them.");
              }
            });
    return result;
  }

  private Optional<String> text(Map<String, Node> map, String key, String path) {
    Node node = map.get(key);
    if (node == null || isNull(node)) {
      return Optional.empty();
    }
    if (node instanceof ScalarNode scalar) {
      if (scalar.getValue().indexOf('\0') >= 0) {
        fault(node, path + " holds a NUL character.", "Remove it.");
        return Optional.empty();
      }
      return Optional.of(scalar.getValue().strip()).filter(s -> !s.isEmpty());
    }
    fault(node, path + " is not text.", "Give it one value.");
    return Optional.empty();
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static Node node(Map<String, Node> map, String key, Node fallback) {
    return map.getOrDefault(key, fallback);
  }

  private void fault(@org.jspecify.annotations.Nullable Node node, String message, String hint) {
    problems.add(new Problem(FILE + ":" + line(node), message, hint));
  }

  private static int line(@org.jspecify.annotations.Nullable Node node) {
    return node == null || node.getStartMark() == null ? 1 : node.getStartMark().getLine() + 1;
  }
}
