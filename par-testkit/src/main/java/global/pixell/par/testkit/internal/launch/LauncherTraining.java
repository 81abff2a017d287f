package global.pixell.par.testkit.internal.launch;

import global.pixell.par.internal.io.DaemonThreads;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the class archive of a distribution's launcher in the background, with the lowest
 * priority: each later start of the launcher takes half as long. An archive fits one build of Java
 * and one directory, so a distribution cannot contain it.
 *
 * <p>Fails silently, because the launcher works without the archive. {@link #close} ends it.
 */
public final class LauncherTraining implements AutoCloseable {

  private final Thread thread;
  private final Duration delay;
  private @Nullable Process process;
  private boolean closed;

  private LauncherTraining(Duration delay) {
    this.delay = delay;
    thread = DaemonThreads.create("par-train", this::run);
  }

  /**
   * Starts the training if the launcher comes from a distribution without an archive.
   *
   * @param delay the time before the work begins
   */
  public static LauncherTraining start(Duration delay) {
    var training = new LauncherTraining(delay);
    if (LauncherCommand.training().isPresent()) {
      training.thread.start();
    }
    return training;
  }

  private void run() {
    try {
      TimeUnit.MILLISECONDS.sleep(delay.toMillis());
      Optional<List<String>> command = LauncherCommand.training();
      if (command.isPresent()) {
        Path lock = Path.of(command.get().get(2)).resolveSibling("train.lock");
        try (var file =
                FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock held = file.tryLock()) {
          // Another process trains at this moment if there is no lock to get.
          if (held != null) {
            train(command.get());
          }
        }
      }
    } catch (IOException | OverlappingFileLockException e) {
      // The launcher only starts slower.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void train(List<String> command) throws IOException, InterruptedException {
    var argv = new ArrayList<String>();
    Stream.of("/usr/bin/nice", "/bin/nice")
        .filter(nice -> Files.isExecutable(Path.of(nice)))
        .findFirst()
        .ifPresent(nice -> argv.addAll(List.of(nice, "-n", "19")));
    argv.addAll(command);
    Process started;
    synchronized (this) {
      if (closed) {
        return;
      }
      started =
          new ProcessBuilder(argv)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      process = started;
    }
    started.waitFor();
  }

  @Override
  public synchronized void close() {
    closed = true;
    thread.interrupt();
    if (process != null) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
