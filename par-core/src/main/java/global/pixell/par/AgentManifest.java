package global.pixell.par;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What an {@code agent.yaml} says, checked.
 *
 * <p>Unknown keys of the file are ignored; its faults are refused all at once, each with its line.
 *
 * @param name the agent's name, {@code [a-z][a-z0-9-]*}; never used as a path
 * @param version the agent's version: {@code metadata.version} where present, else {@code version}
 * @param description free text
 * @param author free text
 * @param runtime what it runs on, where it says so
 * @param entrypoint {@code module:function} for Python, a main class or jar for Java, a script for
 *     Node, an executable otherwise
 * @param command the argv to run as it is; empty when the agent is started by its entrypoint or
 *     surfaces
 * @param restEntry {@code module:function} that mounts REST routes
 * @param a2aService {@code module:function} that makes the agent-to-agent service
 * @param httpServer {@code module:name} of an ASGI application to run as it is
 * @param ui the static files it serves
 * @param exports the functions it offers by name, {@code module.function} or {@code
 *     module:function}
 * @param dependencies the packages it needs, in its language's own notation, such as {@code
 *     requests>=2.31}
 * @param environment variables for the agent, with {@code ${VAR}} and {@code ${VAR:-default}} not
 *     yet expanded
 * @param readiness how the agent shows that it is ready, where it declares it
 * @param warnings what is odd about the file and yet accepted
 */
public record AgentManifest(
    String name,
    String version,
    Optional<String> description,
    Optional<String> author,
    Optional<RuntimeSpec> runtime,
    Optional<String> entrypoint,
    List<String> command,
    Optional<String> restEntry,
    Optional<String> a2aService,
    Optional<String> httpServer,
    Optional<Ui> ui,
    Map<String, String> exports,
    List<String> dependencies,
    Map<String, String> environment,
    Optional<Readiness> readiness,
    List<String> warnings) {

  /**
   * A language and its version, such as {@code python} and {@code 3.11}.
   *
   * @param name {@code python}, {@code node}, {@code java} or {@code go}
   * @param version digits and dots, or a range as it was written, such as {@code >=3.8}; may be
   *     empty, for any
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
   * @param path the directory in the package as the file names it
   * @param basePath the path they are served under, {@code /} by default
   */
  public record Ui(String path, String basePath) {}

  /** What to ask of a started agent to know that it is ready. */
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
   * @param probe what is asked
   * @param value the path, or the text; empty for {@link Probe#TCP}
   */
  public record Readiness(Probe probe, String value) {}

  /** Copies the collections. */
  public AgentManifest {
    command = List.copyOf(command);
    exports = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(exports));
    dependencies = List.copyOf(dependencies);
    environment = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(environment));
    warnings = List.copyOf(warnings);
  }

  /**
   * Whether there is anything to start.
   *
   * @return false for a package that can be fetched and inspected only
   */
  public boolean runnable() {
    return !command.isEmpty()
        || entrypoint.isPresent()
        || !exports.isEmpty()
        || !surfaces().isEmpty();
  }

  /**
   * The surfaces it declares.
   *
   * @return of {@code rest}, {@code a2a}, {@code http}, {@code ui}, in this order
   */
  public List<String> surfaces() {
    var declared = new java.util.ArrayList<String>();
    restEntry.ifPresent(x -> declared.add("rest"));
    a2aService.ifPresent(x -> declared.add("a2a"));
    httpServer.ifPresent(x -> declared.add("http"));
    ui.ifPresent(x -> declared.add("ui"));
    return List.copyOf(declared);
  }
}
