package global.pixell.par.launcher.agent.preparation;

import global.pixell.par.launcher.agent.AgentCommand;
import global.pixell.par.launcher.agent.AgentRuntime;
import global.pixell.par.launcher.agent.Executable;
import global.pixell.par.launcher.agent.PreparedAgent;
import global.pixell.par.launcher.agent.VersionRule;
import global.pixell.par.launcher.failure.LaunchException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A Java agent: a jar ({@code -jar}), a main class on the class path of the package's folder and
 * its jars, or {@code module/main.class} on the module path of its jars.
 */
final class JavaAgent implements AgentRuntime {

  private static final Pattern RELEASE = Pattern.compile("JAVA_VERSION=\"(?:1\\.)?(\\d+)[^\"]*\"");

  @Override
  public AgentCommand prepare(PreparedAgent agent) {
    String java = java(agent).toString();
    if (!agent.manifest().command().isEmpty()) {
      return agent.ownCommand();
    }
    String entrypoint = agent.manifest().entrypoint().orElse("");
    if (entrypoint.endsWith(".jar")) {
      return agent.command(
          List.of(java, "-jar", Executable.inPackage(entrypoint, agent.tree()).toString()));
    }
    String jars = jars(agent.tree());
    if (entrypoint.contains("/")) {
      return agent.command(List.of(java, "-p", jars.isEmpty() ? "." : jars, "-m", entrypoint));
    }
    String classPath = agent.tree() + (jars.isEmpty() ? "" : File.pathSeparator + jars);
    return agent.command(List.of(java, "-cp", classPath, entrypoint));
  }

  /** The task's JAVA_HOME, then PATH, then the Java that PAR runs on. */
  private static Path java(PreparedAgent agent) {
    String home = agent.environment().get("JAVA_HOME");
    Optional<Path> ofHome =
        Optional.of(home)
            .filter(h -> !h.isEmpty())
            .map(h -> Path.of(h, "bin", "java"))
            .filter(Files::isExecutable);
    Path java =
        ofHome
            .or(() -> Executable.onPath("java", agent.environment().get("PATH")))
            .orElse(Path.of(System.getProperty("java.home"), "bin", "java"));
    requireVersion(agent, java);
    return java;
  }

  private static void requireVersion(PreparedAgent agent, Path java) {
    String wanted = agent.manifest().runtime().map(r -> r.version()).orElse("");
    Optional<Integer> found = version(java);
    if (wanted.isEmpty() || found.isEmpty()) {
      return;
    }
    if (!VersionRule.of(wanted).admitsOrNewer(String.valueOf(found.get()))) {
      throw LaunchException.agentFailed(
          "The agent needs Java " + wanted + ", and " + java + " is Java " + found.get() + ".",
          "Set JAVA_HOME to a newer Java, or take an image that has it.");
    }
  }

  /** Reads the version from the JDK's {@code release} file, which is faster than starting a JVM. */
  private static Optional<Integer> version(Path java) {
    try {
      Path release = java.toRealPath().resolve("../../release").normalize();
      Matcher m = RELEASE.matcher(Files.readString(release));
      return m.find() ? Optional.of(Integer.valueOf(m.group(1))) : Optional.empty();
    } catch (IOException | NumberFormatException e) {
      return Optional.empty();
    }
  }

  private static String jars(Path tree) {
    try (Stream<Path> files = Files.walk(tree, 2)) {
      return String.join(
          File.pathSeparator,
          files
              .filter(f -> f.getFileName().toString().endsWith(".jar"))
              .map(Path::toString)
              .sorted()
              .toList());
    } catch (IOException e) {
      throw LaunchException.agentFailed(
          "The package " + tree + " cannot be read: " + e + ".", "Fetch it again.", e);
    }
  }
}
