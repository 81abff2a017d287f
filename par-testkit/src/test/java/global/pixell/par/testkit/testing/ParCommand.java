package global.pixell.par.testkit.testing;

import global.pixell.par.testkit.internal.launch.LauncherCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A {@code par} command in its own process, with its output and exit code. */
public final class ParCommand implements AutoCloseable {

  /** The result of the command. */
  public record Outcome(int exitCode, String out, String err) {}

  private final Process process;
  private final Path out;
  private final Path err;

  private ParCommand(Process process, Path out, Path err) {
    this.process = process;
    this.out = out;
    this.err = err;
  }

  public static ParCommand start(Map<String, String> environment, String... args) {
    return startWithHeap("64m", environment, args);
  }

  /**
   * Starts a command with another heap than the launcher's own 64 MB.
   *
   * @param heap the maximum heap, as {@code -Xmx} takes it
   */
  public static ParCommand startWithHeap(
      String heap, Map<String, String> environment, String... args) {
    try {
      Path out = Files.createTempFile("par-out-", "");
      Path err = Files.createTempFile("par-err-", "");
      var builder =
          new ProcessBuilder(LauncherCommand.of(heap, List.of(args)))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      var variables = new HashMap<>(environment);
      variables.put("PATH", System.getenv("PATH"));
      builder.environment().clear();
      builder.environment().putAll(variables);
      return new ParCommand(builder.start(), out, err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Outcome run(Map<String, String> environment, String... args)
      throws InterruptedException {
    try (ParCommand command = start(environment, args)) {
      return command.await();
    }
  }

  /** Sends SIGKILL and waits for the end of the process. */
  public void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  public Outcome await() throws InterruptedException {
    return await(Duration.ofMinutes(1));
  }

  public Outcome await(Duration most) throws InterruptedException {
    if (!process.waitFor(most.toSeconds(), TimeUnit.SECONDS)) {
      throw new AssertionError("par did not end within " + most.toSeconds() + " s");
    }
    try {
      return new Outcome(
          process.exitValue(),
          Files.readString(out, StandardCharsets.UTF_8),
          Files.readString(err, StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
      Files.deleteIfExists(out);
      Files.deleteIfExists(err);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
