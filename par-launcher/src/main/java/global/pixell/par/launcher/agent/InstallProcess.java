package global.pixell.par.launcher.agent;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A helper process that ends by itself: an installer, or a query to an interpreter. */
public final class InstallProcess {

  /** In bytes; far more than an installer prints. Its last lines say why it failed. */
  private static final int MAX_OUTPUT = 1 << 20;

  /**
   * How a process ended.
   *
   * @param exitCode its exit code; -1 when it could not be started or PAR killed it
   * @param output the last MiB of both streams together
   * @param timedOut whether PAR killed it at its deadline
   */
  public record Result(int exitCode, String output, boolean timedOut) {

    /**
     * Whether the process succeeded.
     *
     * @return false after a timeout, too
     */
    public boolean ok() {
      return exitCode == 0 && !timedOut;
    }
  }

  private InstallProcess() {}

  /**
   * Runs a process until it ends. Kills it and its descendants when the time is over or the caller
   * is interrupted.
   *
   * @param argv program and arguments
   * @param environment its whole environment
   * @param directory its working directory
   * @param timeout the time after which it is killed
   * @return how it ended
   * @throws InterruptedException when the boot is stopped
   */
  public static Result run(
      List<String> argv, Map<String, String> environment, Path directory, Duration timeout)
      throws InterruptedException {
    Path output = null;
    try {
      // A file, because a pipe stays open as long as a grandchild has it.
      output = Files.createTempFile("par-install-", ".log");
      var builder =
          new ProcessBuilder(argv)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .redirectOutput(output.toFile())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
      builder.environment().clear();
      builder.environment().putAll(environment);
      Process process = builder.start();
      boolean ended = false;
      try {
        ended = process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS);
      } finally {
        if (!ended) {
          process.descendants().forEach(ProcessHandle::destroyForcibly);
          process.destroyForcibly();
        }
      }
      return new Result(ended ? process.exitValue() : -1, tail(output), !ended);
    } catch (IOException e) {
      return new Result(-1, String.valueOf(e.getMessage()), false);
    } finally {
      delete(output);
    }
  }

  private static String tail(Path output) throws IOException {
    try (var channel = Files.newByteChannel(output)) {
      long from = Math.max(0, channel.size() - MAX_OUTPUT);
      channel.position(from);
      var bytes = java.nio.ByteBuffer.allocate((int) (channel.size() - from));
      while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
        // Reads until the buffer is full or the file ends.
      }
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  private static void delete(@org.jspecify.annotations.Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The file stays in the temporary directory.
    }
  }
}
