package global.pixell.par.testkit.cli.dev;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.cli.console.PackProgress;
import global.pixell.par.testkit.cli.console.Terminal;
import global.pixell.par.testkit.cli.instance.AuthorPaths;
import global.pixell.par.testkit.cli.instance.Instances;
import global.pixell.par.testkit.internal.control.context.Attachments;
import global.pixell.par.testkit.internal.io.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.launch.LauncherTraining;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The loop of {@code dev}: pack, publish, boot, wait for a change. {@link DevPackage} packs, {@link
 * DevLauncher} boots, and the listeners learn of each step.
 */
final class DevLoop implements AutoCloseable {

  /** The time that a launcher with its default settings needs to stop. */
  private static final Duration USUAL_GRACE = Duration.ofSeconds(25);

  /** A launcher that exceeds its grace by this time is killed. */
  private static final Duration MARGIN = Duration.ofSeconds(5);

  /** How often a boot may be tried again because a program has taken one of its ports. */
  private static final int MOST_MOVES = 3;

  /** The training waits until the author has seen the first boot. */
  private static final Duration BEFORE_TRAINING = Duration.ofSeconds(3);

  private final Path folder;
  private final Terminal terminal;
  private final DevOutput output;
  private final List<DevListener> listeners = new CopyOnWriteArrayList<>();
  private final FakeS3 s3;
  private final Path workDirectory;
  private final Map<String, String> environment;
  private final DevPorts ports;
  private final DevPackage agentPackage;
  private final DevInstance instance;
  private final LeftOutVariables leftOut;
  private final CountDownLatch ended = new CountDownLatch(1);
  private final CountDownLatch cleaned = new CountDownLatch(1);
  private final AtomicInteger interrupts = new AtomicInteger();
  private @Nullable Thread runner;
  private volatile @Nullable DevLauncher launcher;

  /** The run that may be started again on other ports; null while it is being replaced. */
  private @Nullable Run current;

  private int movesLeft;
  private volatile @Nullable LauncherTraining training;
  private final AtomicBoolean closing = new AtomicBoolean();
  private volatile boolean closed;

  /**
   * Creates a loop; {@link #run} starts it.
   *
   * @param s3 serves the package; closed with the loop
   * @param detail the detail of the launcher's lines; empty for JSON
   * @param passed the variables that the author passes to the agent
   */
  DevLoop(
      FakeS3 s3,
      Path folder,
      Terminal terminal,
      Optional<HumanLogFormatter.Detail> detail,
      PassedVariables passed)
      throws IOException {
    this(s3, folder, terminal, detail, passed, DevPorts.USUAL);
  }

  DevLoop(
      FakeS3 s3,
      Path folder,
      Terminal terminal,
      Optional<HumanLogFormatter.Detail> detail,
      PassedVariables passed,
      Map<String, Integer> usualPorts)
      throws IOException {
    this.s3 = s3;
    this.folder = folder;
    this.terminal = terminal;
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    s3.markBaseline();
    workDirectory = Files.createTempDirectory("par-dev-");
    Path cache = Files.createDirectory(workDirectory.resolve("cache"));
    output = new DevOutput(terminal, detail, new AuthorPaths(cache, folder));
    instance =
        new DevInstance(
            Instances.of(terminal.environment()),
            folder,
            workDirectory.resolve("log.jsonl"),
            s3.endpoint().toString());
    listeners.add(instance);
    listeners.add(new DevControl(Attachments.of(s3).addAgent()));
    // Added last, because ps, logs and the control API must know a step before the author reads it.
    listeners.add(output);
    agentPackage = new DevPackage(folder, workDirectory, s3);
    leftOut = new LeftOutVariables(folder, terminal.environment(), passed);
    environment = DevEnvironment.of(terminal.environment(), s3.environment(), cache);
    environment.putAll(passed.forLauncher());
    var given = new TreeSet<>(terminal.environment().keySet());
    given.addAll(passed.names());
    ports = new DevPorts(given);
    ports.choose(environment, usualPorts);
    passed.notes().forEach(output::note);
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

  /** Whether a second SIGINT killed the agent. */
  boolean wasKilled() {
    return interrupts.get() > 1;
  }

  private void loop() throws IOException, InterruptedException {
    try (var watch = new FolderWatch(folder, output::step)) {
      publish();
      training = LauncherTraining.start(BEFORE_TRAINING);
      output.step("watching " + folder + "; Ctrl-C ends it");
      output.step("requests, faults and log, to see and to change: " + s3.control());
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
    PackageFolder.Packed packed;
    try (var progress = PackProgress.on(terminal)) {
      packed = agentPackage.pack(terminal.environment(), progress);
    }
    if (agentPackage.isPublished(packed) && isRunning()) {
      return;
    }
    String url = agentPackage.publish(packed);
    listeners.forEach(listener -> listener.packed(packed));
    synchronized (this) {
      current = null;
    }
    stop();
    environment.put("PACKAGE_URL", url);
    synchronized (this) {
      movesLeft = MOST_MOVES;
      start();
    }
    leftOut.find(environment.keySet()).ifPresent(output::note);
  }

  private synchronized void start() throws IOException {
    if (!closed) {
      var run = new Run();
      current = run;
      launcher = DevLauncher.start(environment, run);
    }
  }

  /**
   * Starts the launcher again, on other ports, if it ended before the agent was ready and a program
   * has taken one of its ports since dev chose it, such as a second {@code dev}.
   *
   * @return what has changed; empty when the reason must be another one
   */
  private synchronized List<String> startOnOtherPorts(Run ended) throws IOException {
    if (closed || ended != current || ended.ready || movesLeft == 0) {
      return List.of();
    }
    movesLeft--;
    List<String> changes = ports.replaceTaken(environment);
    if (!changes.isEmpty()) {
      start();
    }
    return changes;
  }

  private synchronized boolean isRunning() {
    return launcher != null && launcher.isAlive();
  }

  private void stop() throws InterruptedException {
    DevLauncher running = launcher;
    if (running != null) {
      running.stop(grace().plus(MARGIN));
    }
  }

  /** The time that the launcher gives the agent to stop. */
  private Duration grace() {
    String seconds = environment.getOrDefault("GRACEFUL_SHUTDOWN_TIMEOUT_SEC", "").strip();
    return seconds.matches("\\d{1,4}") ? Duration.ofSeconds(Long.parseLong(seconds)) : USUAL_GRACE;
  }

  /**
   * Reacts to SIGINT. The first one ends the loop, the second one kills the agent, and the third
   * one ends this process. Ctrl-C on a terminal reaches the launcher, too, so the launcher gets no
   * second signal then.
   */
  void interrupt() {
    DevLauncher running = launcher;
    switch (interrupts.getAndIncrement()) {
      case 0 -> {
        output.stopping(grace());
        close();
      }
      case 1 -> {
        if (running != null) {
          running.kill();
        }
      }
      default -> Runtime.getRuntime().halt(DevCommand.KILLED);
    }
  }

  /** Ends the loop and deletes its files. A second call waits until the first one has done so. */
  @Override
  public void close() {
    boolean first = !closing.getAndSet(true);
    try {
      if (first) {
        end();
      } else {
        cleaned.await();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + workDirectory + " was not deleted: " + e);
    } finally {
      if (first) {
        cleaned.countDown();
      }
    }
  }

  private void end() throws IOException, InterruptedException {
    Thread looping;
    synchronized (this) {
      closed = true;
      looping = runner;
    }
    if (looping != null && looping != Thread.currentThread()) {
      looping.interrupt();
      boolean unused = ended.await(USUAL_GRACE.toMillis(), TimeUnit.MILLISECONDS);
    }
    DevLauncher running = launcher;
    if (running != null && interrupts.get() > 0) {
      running.stopAfterInterrupt(grace().plus(MARGIN));
    } else {
      stop();
    }
    LauncherTraining trains = training;
    if (trains != null) {
      trains.close();
    }
    instance.close();
    s3.close();
    ReadOnlyTreeDeleter.delete(workDirectory);
  }

  /** Passes the reports of one run on to all listeners, until the loop is closed. */
  private final class Run implements DevListener {
    private volatile boolean ready;

    @Override
    public void started(long pid, Map<String, String> variables) {
      listeners.forEach(listener -> listener.started(pid, variables));
    }

    @Override
    public void line(String text, Map<String, ?> fields) {
      if (DevLauncher.isEvent(fields, "Runtime ready")) {
        ready = true;
      }
      listeners.forEach(listener -> listener.line(text, fields));
    }

    @Override
    public void ended(int exitCode, String reason) {
      List<String> changes = List.of();
      try {
        changes = startOnOtherPorts(this);
      } catch (IOException e) {
        output.note("the agent was not started on other ports: " + e);
      }
      changes.forEach(output::note);
      if (changes.isEmpty() && !closed) {
        listeners.forEach(listener -> listener.ended(exitCode, reason));
      }
    }
  }
}
