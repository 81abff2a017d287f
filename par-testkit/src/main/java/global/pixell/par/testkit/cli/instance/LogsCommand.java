package global.pixell.par.testkit.cli.instance;

import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.testkit.cli.console.Command;
import global.pixell.par.testkit.cli.console.Options;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.console.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Prints the log of an agent that {@code dev} runs in another terminal. */
public final class LogsCommand implements Command {

  private static final long PAUSE_MILLIS = 100;

  @Override
  public String name() {
    return "logs";
  }

  @Override
  public String summary() {
    return "prints the log of a running agent; -f follows it";
  }

  @Override
  public Options.Syntax syntax() {
    return new Options.Syntax(
        Set.of(),
        Set.of("-f", "--follow", "-v", "--verbose", "--json"),
        List.of(),
        List.of("AGENT"));
  }

  @Override
  public String help() {
    return """
        usage: par-testkit logs [-f] [AGENT]

        Prints the log of an agent that dev runs. AGENT is its name, its directory or the process id
        that ps shows; by default the agent of the current directory, or the only one.

          -f, --follow    wait for further lines until dev ends
          -v, --verbose   print all log lines with all fields
          --json          print the log lines as the container will write them
        """;
  }

  @Override
  public int run(Options options, Terminal terminal) throws IOException, InterruptedException {
    Optional<String> wanted = options.words().stream().findFirst();
    Instances instances = Instances.of(terminal.environment());
    Instances.Instance agent = instances.agent(wanted);
    Consumer<String> log = printer(options, agent, terminal);
    boolean follows = options.has("-f", "--follow");
    // dev deletes the file when it ends; an open file can still be read then.
    try (var in = new RandomAccessFile(agent.get("log"), "r")) {
      var line = new ByteArrayOutputStream();
      while (true) {
        // Check before reading, so that no line is missed that was written until then.
        boolean ended = !runs(instances, agent);
        read(in, line, log);
        if (!follows || ended) {
          return 0;
        }
        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    } catch (FileNotFoundException e) {
      throw new UsageException(agent.get("agent") + " has written no log yet");
    }
  }

  /** The fields of an agent change when it is packed again. */
  private static boolean runs(Instances instances, Instances.Instance agent) {
    return instances.list().stream()
        .anyMatch(other -> other.pid() == agent.pid() && other.started().equals(agent.started()));
  }

  private static Consumer<String> printer(
      Options options, Instances.Instance agent, Terminal terminal) {
    Optional<HumanLogFormatter.Detail> detail =
        options.has("--json")
            ? Optional.empty()
            : Optional.of(
                options.has("-v", "--verbose")
                    ? HumanLogFormatter.Detail.ALL
                    : HumanLogFormatter.Detail.SHORT);
    return LauncherLog.printer(
        terminal,
        detail,
        new AuthorPaths(
            Path.of(agent.get("log")).resolveSibling("cache"), Path.of(agent.get("directory"))));
  }

  /** Prints the complete lines that were written since the last call. */
  private static void read(RandomAccessFile in, ByteArrayOutputStream line, Consumer<String> log)
      throws IOException {
    if (in.length() < in.getFilePointer()) {
      // The log was started again.
      in.seek(0);
      line.reset();
    }
    byte[] block = new byte[1 << 16];
    for (int count = in.read(block); count > 0; count = in.read(block)) {
      for (int i = 0; i < count; i++) {
        if (block[i] == '\n') {
          log.accept(line.toString(StandardCharsets.UTF_8));
          line.reset();
        } else {
          line.write(block[i]);
        }
      }
    }
  }
}
