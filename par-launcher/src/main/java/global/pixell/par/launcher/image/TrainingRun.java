package global.pixell.par.launcher.image;

import global.pixell.par.launcher.boot.Boot;
import global.pixell.par.launcher.boot.ShellReport;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Does once what later boots do, while the JVM records the classes that are loaded. {@link
 * ClassArchive} runs it, in a process of its own.
 */
public final class TrainingRun {

  /** The part with a boot, and with fetches from S3. */
  static final String NETWORK = "network";

  /** The part that needs only the cache and this machine. */
  static final String LOCAL = "local";

  /** Runs the command line, on which this package may not depend. */
  public interface CommandLine {

    /**
     * Runs one command.
     *
     * @return its exit code
     */
    int run(List<String> words, Map<String, String> environment, PrintStream out);
  }

  private final Map<String, String> environment;
  private final CommandLine commandLine;
  private final PrintStream nowhere =
      new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);

  private TrainingRun(Map<String, String> environment, CommandLine commandLine) {
    this.environment = environment;
    this.commandLine = commandLine;
  }

  /**
   * Runs one part.
   *
   * @param part {@link #NETWORK} or {@link #LOCAL}
   * @param environment as {@link TrainingBucket} made it
   * @return the worst exit code of its commands
   */
  public static int run(String part, Map<String, String> environment, CommandLine commandLine) {
    var training = new TrainingRun(environment, commandLine);
    return part.equals(LOCAL) ? training.local() : training.network();
  }

  private int network() {
    String pinned = environment.getOrDefault("PACKAGE_URL", "");
    String unpinned = pinned.replaceFirst("#.*", "");
    // Without a digest, the checksum of S3 is verified; and it comes before a boot installs a log.
    int first =
        cli(with("PAR_CACHE_DIR", cache().resolve("unpinned").toString()), "fetch", unpinned);
    int boot = boot(without("AGENT_PACKAGE_PATH"));
    int fetch = cli(environment, "fetch", unpinned);
    int range = cli(environment, "fetch", "par/rehearsal@^1.0", "--json");
    // No agent runs now, so 1 is the right answer.
    cli(environment, "health");
    return worst(first, boot, fetch, range);
  }

  private int local() {
    // This puts the package into the cache, where the fetch finds it.
    int boot = boot(without("PACKAGE_URL"));
    int fetch = cli(environment, "fetch", environment.getOrDefault("PACKAGE_URL", ""));
    int inspect = cli(environment, "inspect", environment.getOrDefault("AGENT_PACKAGE_PATH", ""));
    cli(environment, "health");
    return worst(boot, fetch, inspect, cli(environment, "--version"));
  }

  /** The agent exits once PAR has seen it ready, however slow this machine is. */
  private int boot(Map<String, String> variables) {
    Path seen = cache().resolveSibling("seen-ready");
    variables.put("SEEN", seen.toString());
    var lines =
        new OutputStream() {
          @Override
          public void write(int b) {}

          @Override
          public void write(byte[] line, int from, int length) throws IOException {
            if (new String(line, from, length, StandardCharsets.UTF_8).contains("Runtime ready")) {
              Files.writeString(seen, "");
            }
          }
        };
    return new Boot(variables, lines, Clock.systemUTC(), ShellReport.to(null)).run();
  }

  private int cli(Map<String, String> variables, String... command) {
    return commandLine.run(List.of(command), variables, nowhere);
  }

  private Path cache() {
    return Path.of(environment.getOrDefault("PAR_CACHE_DIR", ""));
  }

  private Map<String, String> with(String name, String value) {
    var variables = new HashMap<>(environment);
    variables.put(name, value);
    return variables;
  }

  private Map<String, String> without(String name) {
    var variables = new HashMap<>(environment);
    variables.remove(name);
    return variables;
  }

  private static int worst(int... codes) {
    return IntStream.of(codes).max().orElse(0);
  }
}
