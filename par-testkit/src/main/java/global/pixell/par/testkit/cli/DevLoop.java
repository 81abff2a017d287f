package global.pixell.par.testkit.cli;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.launch.LauncherTraining;
import global.pixell.par.testkit.internal.launch.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The loop of {@code dev}: pack, publish, boot, wait for a change. {@link DevPackage} packs, {@link
 * DevLauncher} boots, and the listeners, {@link DevOutput} first, learn of each step.
 */
final class DevLoop implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(30);

  /** The training waits until the author has seen the first boot. */
  private static final Duration BEFORE_TRAINING = Duration.ofSeconds(3);

  private final Path folder;
  private final Terminal terminal;
  private final DevOutput output;
  private final List<DevListener> listeners = new CopyOnWriteArrayList<>();
  private final FakeS3 s3 = FakeS3.start(FakeS3.options().keepRequests(ServeCommand.KEPT));
  private final Path workDirectory;
  private final Map<String, String> environment;
  private final DevPackage agentPackage;
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Thread runner;
  private @Nullable DevLauncher launcher;
  private volatile @Nullable LauncherTraining training;
  private volatile boolean closed;

  /**
   * Creates a loop; {@link #run} starts it.
   *
   * @param detail the detail of the launcher's lines; empty for JSON
   */
  DevLoop(Path folder, Terminal terminal, Optional<HumanLogFormatter.Detail> detail)
      throws IOException {
    this.folder = folder;
    this.terminal = terminal;
    output = new DevOutput(terminal, detail);
    listeners.add(output);
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    workDirectory = Files.createTempDirectory("par-dev-");
    agentPackage = new DevPackage(folder, workDirectory, s3);
    environment =
        DevEnvironment.of(terminal.environment(), s3.environment(), workDirectory.resolve("cache"));
  }

  /** The fake S3 that serves the package. */
  FakeS3 s3() {
    return s3;
  }

  /** Adds an observer; call it before {@link #run}. */
  void addListener(DevListener listener) {
    listeners.add(listener);
  }

  /** Sets a variable of the launcher, and so of the agent; call it before {@link #run}. */
  void putVariable(String name, String value) {
    environment.put(name, value);
  }

  /**
   * Runs until {@link #close}. The first pack must succeed, because there is no earlier agent to
   * keep running.
   */
  int run() throws IOException, InterruptedException {
    synchronized (this) {
      runner = Thread.currentThread();
    }
    try {
      loop();
    } catch (InterruptedException | IOException | RuntimeException e) {
      if (!closed) {
        throw e;
      }
    } finally {
      ended.countDown();
    }
    return 0;
  }

  private void loop() throws IOException, InterruptedException {
    try (var watch = new FolderWatch(folder, output::step)) {
      publish();
      training = LauncherTraining.start(BEFORE_TRAINING);
      output.step("watching " + folder + "; Ctrl-C ends it");
      while (!closed) {
        watch.awaitChange(() -> output.step("the folder keeps changing; packing when it is quiet"));
        republish();
      }
    }
  }

  private void republish() throws InterruptedException {
    try {
      publish();
    } catch (ParException e) {
      notPacked(e.getMessage() + " " + OperatorHints.of(e.hint()));
    } catch (LaunchException e) {
      notPacked(e.getMessage() + " " + e.hint());
    } catch (NotPackableException | IOException e) {
      notPacked(e.getMessage() + ".");
    }
  }

  private void notPacked(String reason) {
    listeners.forEach(listener -> listener.notPacked(reason));
  }

  private void publish() throws IOException, InterruptedException {
    PackageFolder.Packed packed = agentPackage.pack(terminal.environment());
    if (agentPackage.isPublished(packed) && isRunning()) {
      return;
    }
    String url = agentPackage.publish(packed);
    listeners.forEach(listener -> listener.packed(packed));
    stop();
    environment.put("PACKAGE_URL", url);
    start();
  }

  private synchronized void start() throws IOException {
    if (!closed) {
      launcher = DevLauncher.start(environment, new Observers());
    }
  }

  private synchronized boolean isRunning() {
    return launcher != null && launcher.isAlive();
  }

  private synchronized void stop() throws InterruptedException {
    if (launcher != null) {
      launcher.stop(GRACE);
    }
  }

  /** Ends the loop and deletes its files. A second call does nothing. */
  @Override
  public void close() {
    Thread looping;
    synchronized (this) {
      if (closed) {
        return;
      }
      closed = true;
      looping = runner;
    }
    try {
      if (looping != null && looping != Thread.currentThread()) {
        looping.interrupt();
        boolean unused = ended.await(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
      stop();
      LauncherTraining trains = training;
      if (trains != null) {
        trains.close();
      }
      s3.close();
      ReadOnlyTreeDeleter.delete(workDirectory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + workDirectory + " was not deleted: " + e);
    }
  }

  /** Passes the launcher's reports on to all listeners, until the loop is closed. */
  private final class Observers implements DevListener {
    @Override
    public void started(long pid, Map<String, String> variables) {
      listeners.forEach(listener -> listener.started(pid, variables));
    }

    @Override
    public void line(String text, Map<String, ?> fields) {
      listeners.forEach(listener -> listener.line(text, fields));
    }

    @Override
    public void ended(int exitCode, String reason) {
      if (!closed) {
        listeners.forEach(listener -> listener.ended(exitCode, reason));
      }
    }
  }
}
