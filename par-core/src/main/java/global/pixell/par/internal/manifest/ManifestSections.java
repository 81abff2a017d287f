package global.pixell.par.internal.manifest;

import global.pixell.par.AgentManifest;
import global.pixell.par.AgentManifest.Probe;
import global.pixell.par.AgentManifest.Readiness;
import global.pixell.par.AgentManifest.RuntimeSpec;
import global.pixell.par.AgentManifest.Ui;
import global.pixell.par.internal.text.DidYouMean;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sections of {@code agent.yaml} and their rules. */
final class ManifestSections {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]*");
  private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z][0-9A-Za-z.+_-]{0,127}");
  private static final Pattern RUNTIME =
      Pattern.compile(
          "(python|node|java|go)[-@ ]?([0-9.]*|(?:[<>=~^!]{1,2} ?[0-9][0-9.]*(?:\\.[*x])?(?:, ?)?)+)");
  private static final Pattern MODULE_FUNCTION =
      Pattern.compile("[\\w./-]+(?::[A-Za-z_]\\w*)?", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern FUNCTION_PATH =
      Pattern.compile("[\\w./-]+[.:][A-Za-z_]\\w*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern VARIABLE = Pattern.compile("[A-Za-z_][A-Za-z0-9_]*");
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

  private final YamlMap root;
  private final Findings findings;

  private ManifestSections(YamlMap root, Findings findings) {
    this.root = root;
    this.findings = findings;
  }

  /** The manifest; where the findings have faults, it is not valid and must not be used. */
  static AgentManifest read(YamlMap root, Findings findings) {
    return new ManifestSections(root, findings).read();
  }

  private AgentManifest read() {
    refuseOtherProducts();
    warnOfNearMisses(root, KEYS);
    Optional<YamlMap> metadata = root.map("metadata");
    Optional<YamlMap> rest = surface("rest", Set.of("entry"));
    Optional<YamlMap> a2a = surface("a2a", Set.of("service", "entry", "http_server"));
    return AgentManifest.builder(name(), version(metadata))
        .description(
            root.text("description").or(() -> metadata.flatMap(m -> m.text("description"))))
        .author(root.text("author").or(() -> metadata.flatMap(m -> m.text("author"))))
        .runtime(runtime())
        .entrypoint(root.text("entrypoint"))
        .command(command())
        .restEntry(rest.flatMap(map -> moduleFunction(map, "entry")))
        .a2aService(
            a2a.flatMap(map -> moduleFunction(map, "service"))
                .or(() -> a2a.flatMap(map -> moduleFunction(map, "entry"))))
        .httpServer(
            a2a.flatMap(map -> moduleFunction(map, "http_server"))
                .or(() -> moduleFunction(root, "http_server")))
        .ui(ui())
        .exports(exports())
        .dependencies(dependencies())
        .environment(environment())
        .readiness(readiness())
        .warnings(findings.warnings())
        .build();
  }

  /** Recognises the files of other products that are named {@code agent.yaml}, too. */
  private void refuseOtherProducts() {
    if (root.has("name") && (root.has("version") || root.has("metadata"))) {
      return;
    }
    String product = "";
    if (root.value("agents").filter(YamlValue::isMap).isPresent()) {
      product = "Docker's agents (it has agents:)";
    } else if (root.has("kind") || root.has("$schema")) {
      product = "Azure AI Foundry (it has kind: or $schema:)";
    } else if (root.has("role") && root.has("goal")) {
      product = "CrewAI (it has role:)";
    }
    if (!product.isEmpty()) {
      root.fault(
          "",
          "this is an " + ManifestReader.FILE + " of " + product + ", not one of PAR.",
          "Write one with name, version, and command or entrypoint.");
    }
  }

  private void warnOfNearMisses(YamlMap map, Set<String> known) {
    map.values()
        .forEach(
            (key, value) -> {
              if (!known.contains(key)) {
                DidYouMean.nearest(key, known)
                    .filter(near -> !map.has(near))
                    .ifPresent(near -> warnOfNearMiss(value, map.prefix() + key, map, near));
              }
            });
  }

  private void warnOfNearMiss(YamlValue value, String written, YamlMap map, String near) {
    findings.warn(
        value.line(),
        "the key '"
            + written
            + "' is not known and ignored. Did you mean '"
            + map.prefix()
            + near
            + "'?");
  }

  private String name() {
    Optional<String> name = root.text("name");
    if (name.isEmpty()) {
      root.fault("name", "name is missing.", "Add name: my-agent.");
    } else if (!NAME.matcher(name.get()).matches()) {
      root.fault(
          "name",
          "name '" + name.get() + "' does not match " + NAME.pattern() + ".",
          "Use lower-case letters, digits and '-', beginning with a letter.");
    }
    return name.orElse("");
  }

  /** {@code metadata.version} where present; the top-level version is then the manifest's own. */
  private String version(Optional<YamlMap> metadata) {
    YamlMap owner = metadata.filter(m -> m.has("version")).orElse(root);
    Optional<String> version = owner.text("version");
    if (version.isEmpty()) {
      owner.fault("version", "version is missing.", "Add version: 0.1.0, or metadata.version.");
    } else if (!VERSION.matcher(version.get()).matches()) {
      owner.fault(
          "version",
          "version '" + version.get() + "' does not match " + VERSION.pattern() + ".",
          "Use at most 128 letters, digits, '.', '+', '_', '-', beginning with a letter or digit.");
    }
    return version.orElse("");
  }

  private Optional<RuntimeSpec> runtime() {
    Optional<YamlValue> runtime = root.value("runtime");
    if (runtime.isEmpty()) {
      return Optional.empty();
    }
    Optional<YamlMap> map = runtime.get().map();
    String written = map.isPresent() ? runtimeOf(map.get()) : runtime.get().text().orElse("");
    Matcher parts = RUNTIME.matcher(written.toLowerCase(Locale.ROOT));
    if (!parts.matches()) {
      runtime
          .get()
          .fault(
              "runtime '" + written + "' is not known.",
              "Use python3.11, node20, java17, go1.21, or a map of name and version.");
      return Optional.empty();
    }
    return Optional.of(new RuntimeSpec(parts.group(1), parts.group(2)));
  }

  /** {@code {name: python, version: "3.11"}}, or {@code {python: ">=3.8"}}. */
  private static String runtimeOf(YamlMap map) {
    Optional<String> name = map.text("name");
    if (name.isEmpty() && map.keys().size() == 1) {
      String only = map.keys().iterator().next();
      return only + map.text(only).orElse("");
    }
    return name.orElse("") + map.text("version").orElse("");
  }

  private List<String> command() {
    Optional<YamlValue> command = root.value("command");
    if (command.isEmpty()) {
      return List.of();
    }
    var argv = new ArrayList<String>();
    for (YamlValue item : command.get().items()) {
      Optional<String> word = item.scalar().filter(text -> !YamlValue.containsNul(text));
      word.ifPresent(argv::add);
      if (word.isEmpty()) {
        item.fault("command contains something that is not text.", "List its words.");
      }
    }
    if (argv.isEmpty() || argv.get(0).isBlank()) {
      command.get().fault("command is not a list of words.", "Write command: [python3, main.py].");
    }
    return argv;
  }

  /** A section that declares a surface; a warning when it has none of the known keys. */
  private Optional<YamlMap> surface(String key, Set<String> known) {
    Optional<YamlMap> section = root.map(key).filter(map -> !map.keys().isEmpty());
    section.ifPresent(
        map -> {
          warnOfNearMisses(map, known);
          if (map.keys().stream().noneMatch(known::contains)) {
            findings.warn(
                key
                    + " is not served: it has none of the keys "
                    + known.stream().sorted().toList()
                    + ".");
          }
        });
    return section;
  }

  private Optional<Ui> ui() {
    Optional<YamlMap> ui = surface("ui", Set.of("path"));
    Optional<String> path = ui.flatMap(map -> map.text("path"));
    if (path.isEmpty()) {
      return Optional.empty();
    }
    if (leavesPackage(path.get())) {
      ui.get()
          .fault(
              "path",
              "ui.path '" + path.get() + "' leaves the package.",
              "Name a directory inside the package.");
    }
    return Optional.of(new Ui(path.get(), ui.get().text("basePath").orElse("/")));
  }

  private static boolean leavesPackage(String path) {
    return path.startsWith("/")
        || path.indexOf('\\') >= 0
        || List.of(path.split("/", -1)).contains("..");
  }

  /** A list of {@code {name, handler}}; another surface offers the ones without a handler. */
  private Map<String, String> exports() {
    var exports = new LinkedHashMap<String, String>();
    List<YamlValue> items = root.value("exports").map(YamlValue::items).orElse(List.of());
    for (YamlValue item : items) {
      Optional<YamlMap> map = item.map();
      Optional<String> handler = map.flatMap(m -> m.text("handler"));
      Optional<String> name =
          map.flatMap(m -> m.text("id"))
              .or(() -> map.flatMap(m -> m.text("name")))
              .or(() -> handler);
      if (handler.isPresent() && !FUNCTION_PATH.matcher(handler.get()).matches()) {
        item.fault(
            "exports.handler '" + handler.get() + "' is not module.function.",
            "Write it like agent.hello.");
      } else if (handler.isPresent()) {
        exports.put(name.orElseThrow(), handler.get());
      }
    }
    return exports;
  }

  /** A list; a map is another builder's notation, which no installer of a language understands. */
  private List<String> dependencies() {
    List<YamlValue> items = root.value("dependencies").map(YamlValue::items).orElse(List.of());
    return items.stream()
        .flatMap(item -> item.scalar().stream())
        .map(String::strip)
        .filter(dependency -> !dependency.isEmpty())
        .toList();
  }

  private Map<String, String> environment() {
    var environment = new LinkedHashMap<String, String>();
    root.map("environment")
        .ifPresent(
            map ->
                map.values().forEach((name, value) -> environment.putAll(variable(name, value))));
    return environment;
  }

  /** One variable; none when it is reserved or has a fault. */
  private Map<String, String> variable(String name, YamlValue value) {
    Optional<String> text = value.scalar();
    if (!VARIABLE.matcher(name).matches()) {
      value.fault(
          "environment '" + name + "' is not a variable name.", "Use letters, digits and '_'.");
    } else if (AgentManifest.RESERVED_VARIABLES.contains(name)) {
      findings.warn("environment." + name + " is ignored: the runtime sets " + name + " itself.");
    } else if (text.isEmpty()) {
      value.fault("environment." + name + " is not text.", "Give every variable one value.");
    } else if (YamlValue.containsNul(text.get())) {
      value.fault("environment." + name + " contains a NUL character.", "Remove it.");
    } else {
      return Map.of(name, value.isNull() ? "" : text.get());
    }
    return Map.of();
  }

  private Optional<Readiness> readiness() {
    Optional<YamlValue> ready = root.value("ready");
    if (ready.isEmpty()) {
      return Optional.empty();
    }
    if (ready.get().scalar().filter("tcp"::equals).isPresent()) {
      return Optional.of(new Readiness(Probe.TCP, ""));
    }
    Optional<YamlMap> map = ready.get().map();
    Optional<Readiness> http =
        map.flatMap(m -> m.text("http"))
            .filter(path -> path.startsWith("/"))
            .map(path -> new Readiness(Probe.HTTP, path));
    Optional<Readiness> line =
        map.flatMap(m -> m.text("line")).map(text -> new Readiness(Probe.LINE, text));
    if (http.isPresent() != line.isPresent()) {
      return http.or(() -> line);
    }
    ready
        .get()
        .fault(
            "ready is not a probe.",
            "Write ready: {http: /health}, ready: tcp or ready: {line: text}.");
    return Optional.empty();
  }

  private static Optional<String> moduleFunction(YamlMap map, String key) {
    Optional<String> value = map.text(key);
    value
        .filter(v -> !MODULE_FUNCTION.matcher(v).matches())
        .ifPresent(
            v ->
                map.fault(
                    key,
                    map.prefix() + key + " '" + v + "' is not module:function.",
                    "Write it like app.routes:mount."));
    return value;
  }
}
