package global.pixell.par.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** {@code par-testkit} as a process, with stdout and stderr in one stream. */
final class RunningCommand implements AutoCloseable {
  private final Process process;
  private final BufferedReader lines;
  private final List<String> seen = new ArrayList<>();

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
    lines =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  /** The command line. */
  static List<String> argv(String... args) {
    var argv =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                TestkitMain.class.getName()));
    argv.addAll(List.of(args));
    return argv;
  }

  /** Waits for the next line that contains this text. */
  String awaitContaining(String text) throws IOException {
    return await(text, line -> line.contains(text));
  }

  /** A line that begins with this text, and that may have been read before. */
  String find(String beginning) throws IOException {
    for (String line : seen) {
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    return await(beginning);
  }

  /** Waits for the next line that begins with this text. */
  String await(String beginning) throws IOException {
    return await(beginning, line -> line.startsWith(beginning));
  }

  private String await(String text, Predicate<String> wanted) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      seen.add(line);
      if (wanted.test(line)) {
        return line;
      }
    }
    throw new AssertionError("no line '" + text + "' in " + String.join("\n", seen));
  }

  int stop() throws IOException, InterruptedException {
    process.toHandle().destroy();
    return exitCode();
  }

  int exitCode() throws IOException, InterruptedException {
    // Read to the end, because a full pipe would block the process.
    lines.transferTo(java.io.Writer.nullWriter());
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
