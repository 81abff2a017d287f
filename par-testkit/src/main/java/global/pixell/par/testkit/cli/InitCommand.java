package global.pixell.par.testkit.cli;

import global.pixell.par.launcher.config.ParVersion;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import global.pixell.par.testkit.internal.text.DidYouMean;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Makes a small agent that runs, with tests. */
final class InitCommand implements Command {

  /**
   * A kind of agent.
   *
   * @param files the names of its files
   * @param test the command that runs its tests
   * @param before a command that must run before {@code dev}; empty for none
   */
  private record Template(List<String> files, String test, String before) {}

  private static final String IGNORE = ".parignore";
  private static final Map<String, Template> TEMPLATES = new LinkedHashMap<>();

  static {
    TEMPLATES.put(
        "python",
        new Template(List.of("agent.yaml", "main.py", "test_agent.py", IGNORE), "pytest", ""));
    TEMPLATES.put(
        "node",
        new Template(
            List.of("agent.yaml", "server.js", "server.test.js", "package.json", IGNORE),
            "node --test",
            ""));
    TEMPLATES.put(
        "java",
        new Template(
            List.of(
                "agent.yaml",
                "pom.xml",
                "src/main/java/Agent.java",
                "src/test/java/AgentTest.java",
                IGNORE),
            "mvn test",
            "mvn -q compile"));
    TEMPLATES.put(
        "sh", new Template(List.of("agent.yaml", "run.sh", "test.sh", IGNORE), "sh test.sh", ""));
  }

  @Override
  public String name() {
    return "init";
  }

  @Override
  public String summary() {
    return "makes a small agent that runs, with tests";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of(), Set.of(), List.of(), List.of(String.join("|", TEMPLATES.keySet()), "DIR"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit init [python|node|java|sh] [DIR]

        Writes a small agent with tests into DIR, which is created, or into the current directory. The
        agent is named after the directory. Without a language, it is a Python agent. Existing files
        are never overwritten: if one of the files exists, nothing is written.

          python   a function that answers POST /invoke; tests for pytest with the fixtures of pytest-par
          node     an HTTP server without dependencies; tests for node --test
          java     an HTTP server without dependencies, for Maven; tests with @ParTest
          sh       a script that works until it is stopped, and a script that tests it
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException {
    List<String> words = options.words();
    String kind = words.isEmpty() ? "python" : words.get(0);
    Template template = TEMPLATES.get(kind);
    if (template == null) {
      throw new UsageException(
          "there is no template '"
              + kind
              + "'"
              + (DidYouMean.suggestion(kind, TEMPLATES.keySet()).isEmpty()
                  ? "; choose one of " + String.join(", ", TEMPLATES.keySet())
                  : DidYouMean.suggestion(kind, TEMPLATES.keySet())));
    }
    Path directory = Path.of(words.size() > 1 ? words.get(1) : "");
    String agent = agentName(directory);
    requireAbsent(directory, template);
    for (String file : template.files()) {
      Path target = directory.resolve(file);
      if (target.getParent() != null) {
        Files.createDirectories(target.getParent());
      }
      Files.writeString(target, content(kind, file, agent));
    }
    greet(agent, directory, template, terminal);
    return 0;
  }

  /** A directory's name as an agent's name: lower-case letters, digits and hyphens. */
  private static String agentName(Path directory) throws IOException {
    Path real = directory.toAbsolutePath().normalize();
    String name =
        String.valueOf(real.getFileName() == null ? "" : real.getFileName())
            .toLowerCase(Locale.ROOT)
            .replaceAll("[^a-z0-9]+", "-")
            .replaceAll("^[^a-z]+|-+$", "");
    return name.isEmpty() ? "agent" : name;
  }

  private static void requireAbsent(Path directory, Template template) {
    if (Files.exists(directory) && !Files.isDirectory(directory)) {
      throw new UsageException(directory + " is not a directory");
    }
    List<String> existing =
        template.files().stream()
            .filter(file -> Files.exists(directory.resolve(file), LinkOption.NOFOLLOW_LINKS))
            .toList();
    if (!existing.isEmpty()) {
      throw new UsageException(
          (existing.size() == 1 ? "this file exists" : "these files exist")
              + " and would be overwritten, so nothing was written: "
              + String.join(", ", existing)
              + "; name another DIR");
    }
  }

  private static String content(String kind, String file, String agent) throws IOException {
    // The build leaves files out of a jar whose names begin with a dot.
    String resource = "init/" + kind + "/" + (file.equals(IGNORE) ? IGNORE.substring(1) : file);
    try (InputStream in = InitCommand.class.getResourceAsStream(resource)) {
      if (in == null) {
        throw new IllegalStateException("the jar has no " + resource);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .replace("@NAME@", agent)
          .replace("@VERSION@", ParVersion.current());
    }
  }

  private static void greet(String agent, Path directory, Template template, Terminal terminal) {
    terminal.step("made the agent " + agent + ": " + String.join(", ", template.files()));
    String folder = directory.toString();
    if (!folder.isEmpty()) {
      terminal.out().println("  cd " + folder);
    }
    if (!template.before().isEmpty()) {
      terminal.out().println("  " + template.before());
    }
    terminal.out().println("  par-testkit dev .      # runs it, and again after each change");
    terminal.out().printf("  %-22s # runs its tests%n", template.test());
  }
}
