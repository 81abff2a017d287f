package global.pixell.par.testkit.testing;

import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.FreePorts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A package in a local folder, whose agent is a shell script, and its environment. */
public final class LocalAgent implements AutoCloseable {

  /** The distribution's {@code par} command, as a container starts it. */
  public static final Path PAR =
      Path.of("../par-launcher/target/par/bin/par").toAbsolutePath().normalize();

  private final Path directory;
  private final Map<String, String> environment = new HashMap<>();

  /** Creates an agent that is ready when it prints {@code up}. */
  public LocalAgent(String script) throws IOException {
    this(script, "ready: {line: up}");
  }

  public LocalAgent(String script, String manifest) throws IOException {
    directory = Files.createTempDirectory("par-local-");
    Path tree = Files.createDirectory(directory.resolve("package"));
    Files.writeString(
        tree.resolve("agent.yaml"),
        "name: local\nversion: 1.0.0\ncommand: [sh, run.sh]\n" + manifest + "\n");
    Files.writeString(tree.resolve("run.sh"), script + "\n");
    Path java = Path.of(System.getProperty("java.home"));
    environment.put("JAVA_HOME", java.toString());
    environment.put("PATH", System.getenv("PATH"));
    environment.put("AGENT_APP_ID", "local-app");
    environment.put("AGENT_PACKAGE_PATH", tree.toString());
    environment.put("PAR_CACHE_DIR", directory.resolve("cache").toString());
    environment.put("DIR", directory.toString());
    environment.putAll(FreePorts.variables());
  }

  /** A file of the agent, in the directory that its script knows as {@code $DIR}. */
  public Path file(String name) {
    return directory.resolve(name);
  }

  public LocalAgent with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  public Map<String, String> environment() {
    return environment;
  }

  public int port(String variable) {
    return Integer.parseInt(environment.get(variable));
  }

  /** Starts the launcher's Java process alone. */
  public ParProcess java() throws IOException {
    return ParProcess.start(environment);
  }

  /** Starts the distribution's {@code par}. */
  public ParProcess par() throws IOException {
    return ParProcess.start(List.of(PAR.toString()), environment);
  }

  /** Waits until the agent has written the file, and reads it. */
  public String await(String name) throws IOException, InterruptedException {
    Path file = file(name);
    long end = System.nanoTime() + 60_000_000_000L;
    while (!Files.exists(file) || Files.size(file) == 0) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("the agent did not write " + name + " within 60 s");
      }
      Thread.sleep(5);
    }
    return Files.readString(file).strip();
  }

  /** Whether a process runs; a zombie, which its parent has not collected yet, does not. */
  public static boolean isRunning(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      char state = stat.charAt(stat.lastIndexOf(')') + 2);
      return state != 'Z' && state != 'X';
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    ReadOnlyTreeDeleter.delete(directory);
  }
}
