package global.pixell.par;

import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The checked content of an {@code agent.yaml}.
 *
 * <p>PAR ignores unknown keys of the file. When the file has faults, one exception reports all of
 * them, each with its line. Immutable and thread-safe.
 */
public final class AgentManifest {

  /**
   * The variables that PAR sets for an agent. An {@code environment} section cannot replace them:
   * the reader of a manifest drops them with a warning.
   */
  public static final Set<String> RESERVED_VARIABLES =
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

  /** A kind of service that a manifest can declare. */
  public enum Surface {
    /** REST routes, {@code rest.entry}. */
    REST,
    /** An agent-to-agent service, {@code a2a.service}. */
    A2A,
    /** A whole ASGI application, {@code http_server}. */
    HTTP,
    /** Static files, {@code ui}. */
    UI;

    /**
     * The short name of the surface, as in the JSON of the command line.
     *
     * @return the constant's name in lower case
     */
    public String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A language and its version, such as {@code python} and {@code 3.11}.
   *
   * @param name {@code python}, {@code node}, {@code java} or {@code go}
   * @param version digits and dots, or a range as it was written, such as {@code >=3.8}; empty for
   *     any version
   */
  public record RuntimeSpec(String name, String version) {
    @Override
    public String toString() {
      return name + version;
    }
  }

  /**
   * Static files.
   *
   * @param path the directory in the package, as {@code agent.yaml} spells it
   * @param basePath the URL path before {@code /ui}, where PAR serves the files; {@code /} by
   *     default
   */
  public record Ui(String path, String basePath) {}

  /** How PAR finds out that a started agent is ready. */
  public enum Probe {
    /** A GET of {@link Readiness#value()}, a path, on {@code REST_PORT} answers 2xx or 3xx. */
    HTTP,
    /** {@code A2A_PORT} accepts a connection. */
    TCP,
    /** A line of the agent's output contains {@link Readiness#value()}. */
    LINE
  }

  /**
   * A declared readiness probe: {@code ready: {http: /health}}, {@code ready: tcp} or {@code ready:
   * {line: text}}.
   *
   * @param probe the kind of probe
   * @param value the path, or the text; empty for {@link Probe#TCP}
   */
  public record Readiness(Probe probe, String value) {}

  private final String name;
  private final String version;
  private final Optional<String> description;
  private final Optional<String> author;
  private final Optional<RuntimeSpec> runtime;
  private final Optional<String> entrypoint;
  private final List<String> command;
  private final Optional<String> restEntry;
  private final Optional<String> a2aService;
  private final Optional<String> httpServer;
  private final Optional<Ui> ui;
  private final Map<String, String> exports;
  private final List<String> dependencies;
  private final Map<String, String> environment;
  private final Optional<Readiness> readiness;
  private final List<String> warnings;

  private AgentManifest(Builder builder) {
    name = builder.name;
    version = builder.version;
    description = builder.description;
    author = builder.author;
    runtime = builder.runtime;
    entrypoint = builder.entrypoint;
    command = List.copyOf(builder.command);
    restEntry = builder.restEntry;
    a2aService = builder.a2aService;
    httpServer = builder.httpServer;
    ui = builder.ui;
    exports = Collections.unmodifiableMap(new LinkedHashMap<>(builder.exports));
    dependencies = List.copyOf(builder.dependencies);
    environment = Collections.unmodifiableMap(new LinkedHashMap<>(builder.environment));
    readiness = builder.readiness;
    warnings = List.copyOf(builder.warnings);
  }

  /**
   * Starts a manifest, for instance for the test of a host.
   *
   * @param name the agent's name
   * @param version the agent's version
   * @return a builder for a manifest with nothing else; it checks no rules of {@code agent.yaml}
   */
  public static Builder builder(String name, String version) {
    return new Builder(name, version);
  }

  /**
   * The agent's name.
   *
   * @return {@code [a-z][a-z0-9-]*}; PAR never uses it as a path
   */
  public String name() {
    return name;
  }

  /**
   * The agent's version.
   *
   * @return {@code metadata.version} where present, else {@code version}
   */
  public String version() {
    return version;
  }

  /**
   * What the agent does.
   *
   * @return free text
   */
  public Optional<String> description() {
    return description;
  }

  /**
   * Who wrote the agent.
   *
   * @return free text
   */
  public Optional<String> author() {
    return author;
  }

  /**
   * The language the agent runs on.
   *
   * @return empty when the file does not declare it
   */
  public Optional<RuntimeSpec> runtime() {
    return runtime;
  }

  /**
   * The program or function that starts the agent.
   *
   * @return {@code module:function} or a script for Python, a main class or jar for Java, a script
   *     for Node, an executable otherwise; empty when the file does not declare it
   */
  public Optional<String> entrypoint() {
    return entrypoint;
  }

  /**
   * The command line that starts the agent.
   *
   * @return the program and its arguments, with variables not yet expanded; empty when the
   *     entrypoint or the surfaces start the agent
   */
  public List<String> command() {
    return command;
  }

  /**
   * The function that mounts REST routes.
   *
   * @return {@code module:function}
   */
  public Optional<String> restEntry() {
    return restEntry;
  }

  /**
   * The function that creates the agent-to-agent service.
   *
   * @return {@code module:function}
   */
  public Optional<String> a2aService() {
    return a2aService;
  }

  /**
   * An ASGI application to run as it is.
   *
   * @return {@code module:name}
   */
  public Optional<String> httpServer() {
    return httpServer;
  }

  /**
   * The static files of the agent's user interface.
   *
   * @return empty when the agent has none
   */
  public Optional<Ui> ui() {
    return ui;
  }

  /**
   * The functions that the agent offers by name.
   *
   * @return name to {@code module.function} or {@code module:function}, in the order of the file
   */
  public Map<String, String> exports() {
    return exports;
  }

  /**
   * The packages that the agent needs.
   *
   * @return in its language's own notation, such as {@code requests>=2.31}
   */
  public List<String> dependencies() {
    return dependencies;
  }

  /**
   * Variables for the agent.
   *
   * @return name to value, in the order of the file; {@code ${VAR}} and {@code ${VAR:-default}} are
   *     not yet expanded
   */
  public Map<String, String> environment() {
    return environment;
  }

  /**
   * How the agent shows that it is ready.
   *
   * @return empty when the file does not declare it
   */
  public Optional<Readiness> readiness() {
    return readiness;
  }

  /**
   * Problems of the file that do not make it invalid.
   *
   * @return sentences, possibly none
   */
  public List<String> warnings() {
    return warnings;
  }

  /**
   * Whether the manifest declares something to start.
   *
   * @return false for a package that PAR can only fetch and inspect
   */
  public boolean runnable() {
    return !command.isEmpty()
        || entrypoint.isPresent()
        || !exports.isEmpty()
        || !surfaces().isEmpty();
  }

  /**
   * The surfaces that the agent declares.
   *
   * @return unmodifiable, in the order of {@link Surface}
   */
  public Set<Surface> surfaces() {
    var declared = EnumSet.noneOf(Surface.class);
    restEntry.ifPresent(entry -> declared.add(Surface.REST));
    a2aService.ifPresent(service -> declared.add(Surface.A2A));
    httpServer.ifPresent(server -> declared.add(Surface.HTTP));
    ui.ifPresent(files -> declared.add(Surface.UI));
    return Collections.unmodifiableSet(declared);
  }

  private List<Object> values() {
    return List.of(
        name,
        version,
        description,
        author,
        runtime,
        entrypoint,
        command,
        restEntry,
        a2aService,
        httpServer,
        ui,
        exports,
        dependencies,
        environment,
        readiness,
        warnings);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof AgentManifest manifest && manifest.values().equals(values());
  }

  @Override
  public int hashCode() {
    return values().hashCode();
  }

  /** {@code name@version}. */
  @Override
  public String toString() {
    return name + "@" + version;
  }

  /** Collects the values of a manifest. Mutable, for one thread; the manifest is immutable. */
  public static final class Builder {
    private final String name;
    private final String version;
    private Optional<String> description = Optional.empty();
    private Optional<String> author = Optional.empty();
    private Optional<RuntimeSpec> runtime = Optional.empty();
    private Optional<String> entrypoint = Optional.empty();
    private Collection<String> command = List.of();
    private Optional<String> restEntry = Optional.empty();
    private Optional<String> a2aService = Optional.empty();
    private Optional<String> httpServer = Optional.empty();
    private Optional<Ui> ui = Optional.empty();
    private Map<String, String> exports = Map.of();
    private Collection<String> dependencies = List.of();
    private Map<String, String> environment = Map.of();
    private Optional<Readiness> readiness = Optional.empty();
    private Collection<String> warnings = List.of();

    private Builder(String name, String version) {
      this.name = Objects.requireNonNull(name, "name");
      this.version = Objects.requireNonNull(version, "version");
    }

    /**
     * Sets {@link AgentManifest#description()}.
     *
     * @param value free text
     * @return this
     */
    public Builder description(Optional<String> value) {
      description = Objects.requireNonNull(value, "description");
      return this;
    }

    /**
     * Sets {@link AgentManifest#author()}.
     *
     * @param value free text
     * @return this
     */
    public Builder author(Optional<String> value) {
      author = Objects.requireNonNull(value, "author");
      return this;
    }

    /**
     * Sets {@link AgentManifest#runtime()}.
     *
     * @param value the language
     * @return this
     */
    public Builder runtime(Optional<RuntimeSpec> value) {
      runtime = Objects.requireNonNull(value, "runtime");
      return this;
    }

    /**
     * Sets {@link AgentManifest#entrypoint()}.
     *
     * @param value the program or function
     * @return this
     */
    public Builder entrypoint(Optional<String> value) {
      entrypoint = Objects.requireNonNull(value, "entrypoint");
      return this;
    }

    /**
     * Sets {@link AgentManifest#command()}.
     *
     * @param value the program and its arguments
     * @return this
     */
    public Builder command(Collection<String> value) {
      command = Objects.requireNonNull(value, "command");
      return this;
    }

    /**
     * Sets {@link AgentManifest#restEntry()}.
     *
     * @param value {@code module:function}
     * @return this
     */
    public Builder restEntry(Optional<String> value) {
      restEntry = Objects.requireNonNull(value, "restEntry");
      return this;
    }

    /**
     * Sets {@link AgentManifest#a2aService()}.
     *
     * @param value {@code module:function}
     * @return this
     */
    public Builder a2aService(Optional<String> value) {
      a2aService = Objects.requireNonNull(value, "a2aService");
      return this;
    }

    /**
     * Sets {@link AgentManifest#httpServer()}.
     *
     * @param value {@code module:name}
     * @return this
     */
    public Builder httpServer(Optional<String> value) {
      httpServer = Objects.requireNonNull(value, "httpServer");
      return this;
    }

    /**
     * Sets {@link AgentManifest#ui()}.
     *
     * @param value static files
     * @return this
     */
    public Builder ui(Optional<Ui> value) {
      ui = Objects.requireNonNull(value, "ui");
      return this;
    }

    /**
     * Sets {@link AgentManifest#exports()}.
     *
     * @param value name to function
     * @return this
     */
    public Builder exports(Map<String, String> value) {
      exports = Objects.requireNonNull(value, "exports");
      return this;
    }

    /**
     * Sets {@link AgentManifest#dependencies()}.
     *
     * @param value in the notation of the language
     * @return this
     */
    public Builder dependencies(Collection<String> value) {
      dependencies = Objects.requireNonNull(value, "dependencies");
      return this;
    }

    /**
     * Sets {@link AgentManifest#environment()}.
     *
     * @param value name to value
     * @return this
     */
    public Builder environment(Map<String, String> value) {
      environment = Objects.requireNonNull(value, "environment");
      return this;
    }

    /**
     * Sets {@link AgentManifest#readiness()}.
     *
     * @param value the declared probe
     * @return this
     */
    public Builder readiness(Optional<Readiness> value) {
      readiness = Objects.requireNonNull(value, "readiness");
      return this;
    }

    /**
     * Sets {@link AgentManifest#warnings()}.
     *
     * @param value sentences
     * @return this
     */
    public Builder warnings(Collection<String> value) {
      warnings = Objects.requireNonNull(value, "warnings");
      return this;
    }

    /**
     * Builds the manifest.
     *
     * @return a manifest with copies of the collections
     */
    public AgentManifest build() {
      return new AgentManifest(this);
    }
  }
}
