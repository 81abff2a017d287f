package global.pixell.par.testkit.cli;

import global.pixell.par.ParConfig;
import global.pixell.par.ParException;
import global.pixell.par.internal.text.Json;
import global.pixell.par.launcher.failure.LaunchException;
import global.pixell.par.launcher.failure.OperatorHints;
import global.pixell.par.launcher.terminal.HumanLog;
import global.pixell.par.launcher.terminal.HumanLogFormatter;
import global.pixell.par.launcher.terminal.Paint;
import global.pixell.par.launcher.terminal.TerminalFeatures;
import global.pixell.par.launcher.terminal.TerminalText;
import global.pixell.par.testkit.FakeS3;
import global.pixell.par.testkit.internal.launch.FreePorts;
import global.pixell.par.testkit.internal.launch.LauncherProcess;
import global.pixell.par.testkit.internal.launch.ReadOnlyTreeDeleter;
import global.pixell.par.testkit.internal.pack.NotPackableException;
import global.pixell.par.testkit.internal.pack.PackageFolder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The loop of {@code dev}: pack, publish, boot, wait for a change. */
final class DevLoop implements AutoCloseable {

  private static final Duration GRACE = Duration.ofSeconds(30);
  private static final Map<String, Integer> PORTS =
      Map.of("REST_PORT", 8080, "A2A_PORT", 50_051, "UI_PORT", 3000, "HEALTH_PORT", 8081);

  private final Path folder;
  private final Terminal terminal;
  private final Terminal steps;
  private final Optional<HumanLogFormatter.Detail> detail;
  private final FakeS3 s3 = FakeS3.start(FakeS3.options().keepRequests(ServeCommand.KEPT));
  private final Path workDirectory;
  private final Map<String, String> environment;
  private final CountDownLatch ended = new CountDownLatch(1);
  private Path published;
  private String digest = "";
  private @Nullable Thread runner;
  private @Nullable Process process;
  private volatile @Nullable Process stopped;
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
    // Programs read JSON output from stdout, so the lines of dev go to stderr.
    steps = detail.isEmpty() ? terminal.onErr() : terminal;
    this.detail = detail;
    s3.createBucket(ParConfig.DEFAULT_BUCKET);
    workDirectory = Files.createTempDirectory("par-dev-");
    published = workDirectory;
    environment =
        LauncherProcess.environment(
            terminal.environment(), s3.environment(), workDirectory.resolve("cache"));
    environment.put("AGENT_APP_ID", terminal.environment().getOrDefault("AGENT_APP_ID", "dev"));
    var taken = new ArrayList<>(PackageFolder.LIMITS);
    taken.addAll(List.of("LOG_LEVEL", "PAR_READY_TIMEOUT_MS", "PAR_READY_GRACE_MS"));
    for (String name : taken) {
      Optional.ofNullable(terminal.environment().get(name))
          .ifPresent(value -> environment.put(name, value));
    }
    PORTS.forEach(this::port);
  }

  /**
   * Sets a port: the one in the environment, else the usual one if it is free, else any free one.
   */
  private void port(String name, int usual) {
    String wanted = terminal.environment().get(name);
    if (wanted != null) {
      environment.put(name, wanted);
    } else if (FreePorts.isFree(usual)) {
      environment.put(name, String.valueOf(usual));
    }
  }

  void fault(String spec) {
    FaultSpec.apply(s3, spec);
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
    try (var watch = new FolderWatch(folder, steps::step)) {
      publish();
      steps.step("watching " + folder + "; Ctrl-C ends it");
      while (!closed) {
        watch.awaitChange(() -> steps.step("the folder keeps changing; packing when it is quiet"));
        republish();
      }
    }
  }

  private void republish() throws InterruptedException {
    try {
      publish();
    } catch (ParException e) {
      keep(e.getMessage() + " " + OperatorHints.of(e.hint()));
    } catch (LaunchException e) {
      keep(e.getMessage() + " " + e.hint());
    } catch (NotPackableException | IOException e) {
      keep(e.getMessage() + ".");
    }
  }

  private void keep(String why) {
    steps.step(
        terminal.paint(Paint.Colour.RED, "not packed: ") + why + " The old agent keeps running.");
  }

  private void publish() throws IOException, InterruptedException {
    PackageFolder.Packed packed =
        PackageFolder.pack(folder, workDirectory.resolve("agent.apkg"), terminal.environment());
    String packedDigest = packed.inspection().digest().hex();
    if (packedDigest.equals(digest) && isRunning()) {
      return;
    }
    digest = packedDigest;
    String key = serve(packed);
    steps.step(
        "packed %s: %,d bytes, sha256 %s"
            .formatted(packed.id(), packed.inspection().packageBytes(), digest.substring(0, 12)));
    packed.inspection().warnings().forEach(this::warn);
    packed.findings().forEach(this::warn);
    stop();
    environment.put(
        "PACKAGE_URL", "s3://" + ParConfig.DEFAULT_BUCKET + "/" + key + "#sha256=" + digest);
    start();
  }

  /** Publishes a copy, because the fake serves the file itself, which must not change. */
  private String serve(PackageFolder.Packed packed) throws IOException {
    var manifest = packed.inspection().manifest();
    String key = "dev/%1$s/%2$s/%1$s.apkg".formatted(manifest.name(), manifest.version());
    Path file = workDirectory.resolve(digest + ".apkg");
    Files.move(packed.file(), file, StandardCopyOption.REPLACE_EXISTING);
    s3.put(ParConfig.DEFAULT_BUCKET, key, file);
    if (!published.equals(file) && !published.equals(workDirectory)) {
      Files.deleteIfExists(published);
    }
    published = file;
    return key;
  }

  private void warn(String warning) {
    steps.step(terminal.paint(Paint.Colour.YELLOW, "warning: ") + TerminalText.printable(warning));
  }

  private synchronized void start() throws IOException {
    if (closed) {
      return;
    }
    Process started = LauncherProcess.start(environment);
    process = started;
    var reader = new Thread(() -> follow(started), "par-dev-log");
    reader.setDaemon(true);
    reader.start();
  }

  private void follow(Process followed) {
    Consumer<String> log = log();
    String why = "the launcher exited";
    try (var lines =
        new BufferedReader(
            new InputStreamReader(followed.getInputStream(), StandardCharsets.UTF_8))) {
      for (String text = lines.readLine(); text != null; text = lines.readLine()) {
        log.accept(text);
        Map<String, ?> line = fields(text);
        switch (text(line, "origin").equals("par") ? text(line, "event") : "") {
          case "Runtime ready" -> ready();
          case "Agent exited" -> why = "the agent exited with code " + text(line, "exit_code");
          case "Runtime failed" ->
              why = text(line, "code") + ": " + text(line, "error").lines().findFirst().orElse("");
          default -> {}
        }
      }
      if (stopped != followed && !closed) {
        steps.step(
            terminal.paint(Paint.Colour.RED, "ended")
                + " with exit code "
                + followed.waitFor()
                + ": "
                + TerminalText.printable(why.replaceFirst("\\.$", ""))
                + "; change a file to start it again");
      }
    } catch (IOException e) {
      // The loop was closed.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Consumer<String> log() {
    if (detail.isEmpty()) {
      return terminal.out()::println;
    }
    TerminalFeatures features = terminal.features();
    var formatter = new HumanLogFormatter(features.paint(), detail.get());
    return new HumanLog(terminal.out(), formatter, features.inPlace())::show;
  }

  /** The fields of a log line; empty for a line that is not JSON. */
  private static Map<String, ?> fields(String line) {
    try {
      return Json.read(line);
    } catch (IOException e) {
      return Map.of();
    }
  }

  private static String text(Map<String, ?> line, String field) {
    Object value = line.get(field);
    return value == null ? "" : value.toString();
  }

  /**
   * Prints the addresses to try. An agent need not listen at all, and an agent without a probe may
   * not listen yet.
   */
  private void ready() {
    var listening = new ArrayList<String>();
    for (String name : List.of("REST_PORT", "A2A_PORT", "UI_PORT")) {
      String port = environment.getOrDefault(name, "");
      if (FreePorts.isListening(port)) {
        String host = "127.0.0.1:" + port;
        listening.add(name.equals("A2A_PORT") ? "A2A on " + host : "http://" + host + "/");
      }
    }
    steps.step(
        terminal.paint(Paint.Colour.GREEN, "ready")
            + (listening.isEmpty()
                ? ", nothing listens on REST_PORT " + environment.get("REST_PORT") + " yet"
                : ": " + String.join("  ", listening))
            + "  health: http://127.0.0.1:"
            + environment.get("HEALTH_PORT")
            + "/health");
  }

  private synchronized boolean isRunning() {
    return process != null && process.isAlive();
  }

  /** Stops the launcher as a container runtime does: SIGTERM, then SIGKILL. */
  private synchronized void stop() throws InterruptedException {
    Process running = process;
    if (running != null) {
      stopped = running;
      running.toHandle().destroy();
      if (!running.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        running.descendants().forEach(ProcessHandle::destroyForcibly);
        running.destroyForcibly();
      }
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
      s3.close();
      ReadOnlyTreeDeleter.delete(workDirectory);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      terminal.err().println("par-testkit: " + workDirectory + " was not deleted: " + e);
    }
  }
}
