package global.pixell.par.testkit.cli;

import global.pixell.par.testkit.distribution.BuiltDistribution;
import global.pixell.par.testkit.testing.OutputLines;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** {@code par-testkit} as a process, with stdout and stderr in one stream. */
final class RunningCommand implements AutoCloseable {
  private final Process process;
  private final OutputLines lines;

  RunningCommand(String... args) throws IOException {
    this(Map.of(), args);
  }

  RunningCommand(Map<String, String> environment, String... args) throws IOException {
    var builder = new ProcessBuilder(argv(args)).redirectErrorStream(true);
    var variables = new HashMap<String, String>(environment);
    variables.put("PATH", System.getenv("PATH"));
    builder.environment().clear();
    builder.environment().putAll(variables);
    process = builder.start();
    lines = new OutputLines(process);
  }

  /** The command line. */
  static List<String> argv(String... args) {
    var argv =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC"));
    argv.addAll(BuiltDistribution.option());
    argv.addAll(List.of("-cp", System.getProperty("java.class.path"), TestkitMain.class.getName()));
    argv.addAll(List.of(args));
    return argv;
  }

  /** Waits for the next line that contains this text. */
  String awaitContaining(String text) throws InterruptedException {
    return lines.await("with '" + text + "'", line -> line.contains(text));
  }

  /** A line that begins with this text, and that may have been read before. */
  String find(String beginning) throws InterruptedException {
    for (String line : lines.all()) {
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    return await(beginning);
  }

  /** Waits for the next line that begins with this text. */
  String await(String beginning) throws InterruptedException {
    return lines.await("'" + beginning + "'", line -> line.startsWith(beginning));
  }

  /** All lines so far. */
  List<String> lines() {
    return lines.all();
  }

  int stop() throws InterruptedException {
    process.toHandle().destroy();
    return exitCode();
  }

  int exitCode() throws InterruptedException {
    return lines.exitCode();
  }

  @Override
  public void close() {
    lines.close();
  }
}
