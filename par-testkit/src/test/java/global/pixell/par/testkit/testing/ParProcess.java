package global.pixell.par.testkit.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import global.pixell.par.testkit.internal.launch.LauncherCommand;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The real launcher in its own process, as an operator sees it: lines, signals, an exit code. */
public final class ParProcess implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final Thread reader;
  private final List<JsonNode> lines = new CopyOnWriteArrayList<>();
  private final LinkedBlockingQueue<JsonNode> unseen = new LinkedBlockingQueue<>();

  private ParProcess(Process process) {
    this.process = process;
    this.reader = new Thread(this::read, "par-process-reader");
    reader.setDaemon(true);
    reader.start();
  }

  /** The command line of the launcher with these arguments. */
  public static List<String> command(String... args) {
    return LauncherCommand.of("64m", List.of(args));
  }

  public static ParProcess start(Map<String, String> environment, String... args)
      throws IOException {
    return start(command(args), environment);
  }

  /** Starts any command that becomes or starts the launcher, such as {@code bin/par}. */
  public static ParProcess start(List<String> command, Map<String, String> environment)
      throws IOException {
    var builder = new ProcessBuilder(command);
    var variables = new HashMap<String, String>();
    variables.put("PATH", System.getenv("PATH"));
    variables.putAll(environment);
    builder.environment().clear();
    builder.environment().putAll(variables);
    builder.redirectError(ProcessBuilder.Redirect.INHERIT);
    return new ParProcess(builder.start());
  }

  /** Wraps a process that the caller has started. */
  public static ParProcess of(Process process) {
    return new ParProcess(process);
  }

  private void read() {
    try (var in =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode json = JSON.readTree(line);
        lines.add(json);
        unseen.add(json);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Waits for the next line of this event. */
  public JsonNode await(String event) throws InterruptedException {
    while (true) {
      JsonNode line = unseen.poll(60, TimeUnit.SECONDS);
      if (line == null) {
        throw new AssertionError("no line '" + event + "' within 60 s; seen were " + lines);
      }
      if (line.path("event").asText().equals(event)) {
        return line;
      }
    }
  }

  public long pid() {
    return process.pid();
  }

  public void terminate() {
    process.toHandle().destroy();
  }

  public int exitCode() throws InterruptedException {
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      throw new AssertionError("par did not end within 60 s; seen were " + lines);
    }
    reader.join(10_000);
    return process.exitValue();
  }

  public List<JsonNode> lines(String event) {
    return lines.stream().filter(l -> l.path("event").asText().equals(event)).toList();
  }

  public List<JsonNode> lines() {
    return lines;
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
