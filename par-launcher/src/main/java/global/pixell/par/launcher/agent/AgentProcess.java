package global.pixell.par.launcher.agent;

import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.log.LastWords;
import global.pixell.par.launcher.log.LogStream;
import global.pixell.par.launcher.log.OutputPump;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/** The agent's process and the processes that it started. */
final class AgentProcess {

  /** E2BIG, which Java 17 writes as {@code error=7, …} and Java 25 as {@code error: 7 (…)}. */
  private static final Pattern ARGUMENTS_TOO_LONG = Pattern.compile("error(=|: )7\\b");

  private final Process process;
  private final OutputPump stdout;
  private final OutputPump stderr;
  private final ProcessTree tree;

  private AgentProcess(Process process, OutputPump stdout, OutputPump stderr, ProcessTree tree) {
    this.process = process;
    this.stdout = stdout;
    this.stderr = stderr;
    this.tree = tree;
  }

  /**
   * Starts the agent with its standard input closed.
   *
   * @param lines receives each line of a stream until it returns true
   * @param started receives the process id before the first line of the agent is read
   * @throws LaunchException when the system cannot start it
   */
  static AgentProcess start(
      AgentCommand command,
      ProcessWrapper wrapper,
      LogStream log,
      Predicate<String> lines,
      LongConsumer started) {
    String runId = runId();
    var builder =
        new ProcessBuilder(wrapper.child(command.argv())).directory(command.directory().toFile());
    builder.environment().clear();
    builder.environment().putAll(command.environment());
    builder.environment().put(AgentVariables.RUN_ID, runId);
    try {
      Process process = builder.start();
      process.getOutputStream().close();
      started.accept(process.pid());
      return new AgentProcess(
          process,
          OutputPump.start(process.getInputStream(), "stdout", log, lines),
          OutputPump.start(process.getErrorStream(), "stderr", log, lines),
          new ProcessTree(process.toHandle(), ownPids(), runId));
    } catch (IOException e) {
      if (ARGUMENTS_TOO_LONG.matcher(String.valueOf(e.getMessage())).find()) {
        throw tooLong(builder, e);
      }
      throw LaunchException.agentFailed(
          "The agent's program "
              + command.argv().get(0)
              + " cannot be started: "
              + e.getMessage()
              + ".",
          "Check that it is executable and made for this platform.",
          e);
    }
  }

  /** Linux allows 128 KB for one argument or variable, and a quarter of the stack limit for all. */
  private static LaunchException tooLong(ProcessBuilder builder, IOException e) {
    long words = builder.command().stream().mapToLong(AgentProcess::bytes).sum();
    long variables =
        builder.environment().entrySet().stream()
            .mapToLong(v -> bytes(v.getKey()) + bytes(v.getValue()))
            .sum();
    String largest =
        builder.environment().entrySet().stream()
            .max(Comparator.comparingLong(v -> bytes(v.getValue())))
            .map(v -> v.getKey() + " with " + bytes(v.getValue()))
            .orElse("none");
    return LaunchException.agentFailed(
        "The agent's argument list is too long for the kernel: "
            + words
            + " bytes of command and "
            + variables
            + " of environment; its largest variable is "
            + largest
            + ".",
        "Put large values into files: one text may have 128 KB, and all together usually 2 MB.",
        e);
  }

  /** The size of a text with the NUL that ends it. */
  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length + 1L;
  }

  /**
   * An id that is unique on this machine. It is not secret, so it needs no SecureRandom, which
   * takes longer to start than an agent.
   */
  private static String runId() {
    long random = ThreadLocalRandom.current().nextLong();
    return ProcessHandle.current().pid()
        + "-"
        + Long.toHexString(System.nanoTime())
        + "-"
        + Long.toHexString(random);
  }

  /** This JVM, and the shell of {@code bin/par} that waits for it. */
  private static Set<Long> ownPids() {
    long self = ProcessHandle.current().pid();
    return new HashSet<>(List.of(self, Long.getLong("par.shell", self)));
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  CompletableFuture<Process> onExit() {
    return process.onExit();
  }

  /**
   * The exit code of an agent that has ended. The JVM learns of an end a moment after the kernel
   * does, so this waits for it; 137 for a process that not even KILL has ended.
   */
  int exitCode(Duration atMost) throws InterruptedException {
    return process.waitFor(atMost.toNanos(), TimeUnit.NANOSECONDS) ? process.exitValue() : 137;
  }

  /** The agent's running processes, the agent first. */
  List<ProcessHandle> members() {
    return tree.members();
  }

  /** Waits until the agent's output is in the log; false when the time is over first. */
  boolean drain(Duration atMost) throws InterruptedException {
    return OutputPump.drain(atMost, stdout, stderr);
  }

  /** The last lines of both streams. */
  LastWords lastWords() {
    return OutputPump.lastWords(stderr, stdout);
  }
}
